# SPDX-License-Identifier: Apache-2.0
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
step("${CMAKE_COMMAND}" -S "${CONSUMER}" -B "${WORK}/build" -G "${GENERATOR}"
     "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_C_COMPILER=${CC}" "-DCMAKE_CXX_COMPILER=${CXX}"
     "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_BUILD_TYPE=${CONFIG}")
step("${CMAKE_COMMAND}" --build "${WORK}/build")

# The project outside reads a document with the library and prints what it understood.
step("${WORK}/build/consumer")
if(NOT output STREQUAL "tau = 0.1 s\n")
  message(FATAL_ERROR "the consumer printed '${output}'")
endif()

if(PROGRAM)
  step("${WORK}/prefix/bin/insula" --version)
  if(NOT output MATCHES "${VERSION}")
    message(FATAL_ERROR "insula --version printed '${output}'")
  endif()
endif()
