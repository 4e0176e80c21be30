# How a floor and its tests are declared:
#
#   insula_floor(dataset SOURCES dataset.cpp tsv.cpp DEPENDS config numerics LINKS ZLIB::ZLIB)
#   insula_test(dataset tsv_test.cpp manifest_test.cpp)      # one executable per floor
#
# A floor is the static library insula_<name> (alias insula::<name>); includes are written from the
# repository root.
add_library(insula_warnings INTERFACE)
target_compile_options(insula_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                 -Wno-sign-conversion -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in "text" + std::string that are not there (gcc.gnu.org/PR105651).
  target_compile_options(insula_warnings INTERFACE -Wno-restrict)
endif()

function(insula_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS;LINKS" ${ARGN})
  add_library(insula_${name} STATIC ${FLOOR_SOURCES})
  add_library(insula::${name} ALIAS insula_${name})
  target_include_directories(insula_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  list(TRANSFORM FLOOR_DEPENDS PREPEND insula::)
  target_link_libraries(insula_${name} PUBLIC ${FLOOR_DEPENDS} PRIVATE ${FLOOR_LINKS}
                                       $<BUILD_INTERFACE:insula_warnings>)
endfunction()

function(insula_test floor)
  find_package(GTest REQUIRED)
  add_executable(insula_${floor}_test ${ARGN})
  target_link_libraries(insula_${floor}_test PRIVATE insula::${floor} GTest::gtest_main
                                                     insula_warnings)
  add_test(NAME ${floor} COMMAND insula_${floor}_test)
endfunction()
