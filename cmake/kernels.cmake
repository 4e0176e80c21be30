# SPDX-License-Identifier: Apache-2.0
# Hot kernels: the same source compiled once for each instruction set into one library, always
# optimised and free to fuse multiply-adds; which one runs is chosen at start (numerics/isa.h).
set(INSULA_ISAS portable)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND INSULA_ISAS avx2 avx512)
endif()
set(INSULA_ISA_FLAGS_portable "")
set(INSULA_ISA_FLAGS_avx2 -mavx2 -mfma)
set(INSULA_ISA_FLAGS_avx512 -mavx512f -mavx512dq -mavx512vl -mfma)

function(insula_kernels library)
  foreach(isa IN LISTS INSULA_ISAS)
    add_library(${library}_${isa} OBJECT ${ARGN})
    target_compile_features(${library}_${isa} PUBLIC cxx_std_20)
    set_target_properties(${library}_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${library}_${isa} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(${library}_${isa} PRIVATE INSULA_ISA=${isa})
    # Without the last flag GCC's address sanitizer takes minutes over a kernel; others are unmoved.
    target_compile_options(
      ${library}_${isa} PRIVATE -O3 -ffp-contract=fast ${INSULA_ISA_FLAGS_${isa}}
                                $<$<CXX_COMPILER_ID:GNU>:-fno-sanitize-address-use-after-scope>)
    target_link_libraries(${library}_${isa} PRIVATE insula_warnings Eigen3::Eigen)
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${library}_${isa}>)
  endforeach()
endfunction()
