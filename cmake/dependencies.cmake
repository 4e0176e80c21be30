# SPDX-License-Identifier: Apache-2.0
# What Insula is built on, found on this machine and never downloaded. The installed package reads
# this same file, because static libraries pass their needs on.
find_package(Boost REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(HDF5 REQUIRED COMPONENTS C)
# OpenBLAS and no other: its threads are switched off by a call of its own (numerics/dense.h).
set(BLA_VENDOR OpenBLAS)
find_package(LAPACK REQUIRED)
# matio comes without a CMake package.
if(NOT TARGET matio::matio)
  find_library(INSULA_MATIO matio REQUIRED)
  find_path(INSULA_MATIO_INCLUDE matio.h REQUIRED)
  mark_as_advanced(INSULA_MATIO INSULA_MATIO_INCLUDE)
  add_library(matio::matio UNKNOWN IMPORTED)
  set_target_properties(matio::matio PROPERTIES IMPORTED_LOCATION "${INSULA_MATIO}"
                                                INTERFACE_INCLUDE_DIRECTORIES
                                                "${INSULA_MATIO_INCLUDE}")
endif()
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
