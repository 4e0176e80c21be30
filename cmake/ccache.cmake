# SPDX-License-Identifier: Apache-2.0
# Compiles through ccache where it is installed and nothing else was asked for. The sloppiness is
# what ccache needs to cache files that use the tests' precompiled header.
find_program(INSULA_CCACHE ccache)
mark_as_advanced(INSULA_CCACHE)
if(PROJECT_IS_TOP_LEVEL AND INSULA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${INSULA_CCACHE}")
endif()
