# SPDX-License-Identifier: Apache-2.0
# How a floor and its tests are declared:
#
#   insula_floor(dataset SOURCES dataset.cpp tsv.cpp DEPENDS config numerics LINKS ZLIB::ZLIB)
#   insula_test(dataset tsv_test.cpp manifest_test.cpp)          # one executable per floor
#   insula_test(structure include_direction_test.cpp LINKS …)    # tests that belong to no floor
#   insula_benchmark(sensitivities sensitivities.cpp LINKS insula::simulation)   # ./dev bench
#
# A floor is the static library insula_<name> (alias insula::<name>); includes are written from the
# repository root. DEPENDS are the floors below that it shows in its headers or calls, LINKS are
# libraries that stay inside its .cpp files, PUBLIC are libraries that its headers include (Eigen).

add_library(insula_warnings INTERFACE)
target_compile_options(insula_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                 -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps and overruns in joined texts that are not there (gcc.gnu.org/PR105329,
  # PR105651); Clang and later GCCs look for real ones.
  target_compile_options(insula_warnings INTERFACE -Wno-restrict -Wno-array-bounds
                                                   -Wno-stringop-overflow -Wno-stringop-overread)
endif()

# The same digits from every compiler: a fused multiply-add rounds once where the source rounds
# twice. Kernels that may fuse say so for their own file.
add_library(insula_arithmetic INTERFACE)
target_compile_options(insula_arithmetic INTERFACE -ffp-contract=off)

# precompiled.h is read once for all floors; presets without it show a missing include.
set(INSULA_TEST_TIMEOUT 600 CACHE STRING "Seconds until a test executable counts as hung")
option(INSULA_PRECOMPILE "Compile the headers that most files include only once" ON)
if(INSULA_PRECOMPILE)
  add_library(insula_precompiled OBJECT "${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp")
  set_target_properties(insula_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_features(insula_precompiled PRIVATE cxx_std_20)
  target_link_libraries(insula_precompiled PRIVATE Eigen3::Eigen insula_warnings insula_arithmetic)
  target_precompile_headers(insula_precompiled PRIVATE
                            "${CMAKE_CURRENT_LIST_DIR}/precompiled.h")
endif()

function(insula_precompile target)
  if(INSULA_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM insula_precompiled)
  endif()
endfunction()

# Adds a folder if it has a CMakeLists.txt.
function(insula_add folder)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
    add_subdirectory(${folder})
  endif()
endfunction()

function(insula_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS;LINKS;PUBLIC" ${ARGN})
  add_library(insula_${name} STATIC ${FLOOR_SOURCES})
  add_library(insula::${name} ALIAS insula_${name})
  set_target_properties(insula_${name} PROPERTIES EXPORT_NAME ${name}
                                                  POSITION_INDEPENDENT_CODE ON)
  target_compile_features(insula_${name} PUBLIC cxx_std_20)
  target_include_directories(insula_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  list(TRANSFORM FLOOR_DEPENDS PREPEND insula::)
  target_link_libraries(
    insula_${name}
    PUBLIC ${FLOOR_DEPENDS} ${FLOOR_PUBLIC}
    PRIVATE ${FLOOR_LINKS} $<BUILD_INTERFACE:insula_warnings> $<BUILD_INTERFACE:insula_arithmetic>)
  insula_precompile(insula_${name})
  set_property(GLOBAL APPEND PROPERTY INSULA_LIBRARIES insula_${name})
endfunction()

# GoogleTest and what the floors' precompiled header holds, compiled once for all tests.
function(insula_test_support)
  if(TARGET insula_test_support)
    return()
  endif()
  find_package(GTest REQUIRED)
  add_library(insula_test_support STATIC "${PROJECT_SOURCE_DIR}/tests/support/precompiled.cpp")
  target_include_directories(insula_test_support PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(insula_test_support PUBLIC GTest::gtest_main Eigen3::Eigen insula_warnings
                                                   insula_arithmetic)
  target_compile_features(insula_test_support PUBLIC cxx_std_20)
  # Where tests find the numbers they compare with, and the tree itself.
  target_compile_definitions(
    insula_test_support PUBLIC INSULA_REFERENCE="${PROJECT_SOURCE_DIR}/tests/reference"
                               INSULA_ROOT="${PROJECT_SOURCE_DIR}")
  target_precompile_headers(
    insula_test_support PRIVATE <gtest/gtest.h> <fstream> <nlohmann/json.hpp> <sstream>
                                "${PROJECT_SOURCE_DIR}/cmake/precompiled.h")
endfunction()

function(insula_test name)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  insula_test_support()
  add_executable(insula_${name}_test ${TEST_UNPARSED_ARGUMENTS})
  if(TARGET insula::${name})
    list(APPEND TEST_LINKS insula::${name})
  endif()
  target_link_libraries(insula_${name}_test PRIVATE ${TEST_LINKS} insula_test_support)
  target_precompile_headers(insula_${name}_test REUSE_FROM insula_test_support)
  add_test(NAME ${name} COMMAND insula_${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${INSULA_TEST_TIMEOUT})
endfunction()

# Benchmarks are not part of an ordinary build; the target insula_benchmarks builds them all.
function(insula_benchmark name)
  cmake_parse_arguments(BENCHMARK "" "" "LINKS" ${ARGN})
  if(NOT TARGET insula_benchmarks)
    add_custom_target(insula_benchmarks)
  endif()
  add_executable(insula_${name}_benchmark EXCLUDE_FROM_ALL ${BENCHMARK_UNPARSED_ARGUMENTS})
  set_target_properties(
    insula_${name}_benchmark
    PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/benchmarks/bin")
  target_include_directories(insula_${name}_benchmark PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(insula_${name}_benchmark PRIVATE ${BENCHMARK_LINKS} insula_warnings
                                                         insula_arithmetic)
  add_dependencies(insula_benchmarks insula_${name}_benchmark)
endfunction()
