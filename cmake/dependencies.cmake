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
# These come without a CMake package.
function(insula_find_library name header)
  if(NOT TARGET ${name}::${name})
    string(TOUPPER "INSULA_${name}" variable)
    find_library(${variable} ${name} REQUIRED)
    find_path(${variable}_INCLUDE ${header} PATH_SUFFIXES ${ARGN} REQUIRED)
    mark_as_advanced(${variable} ${variable}_INCLUDE)
    add_library(${name}::${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(
      ${name}::${name} PROPERTIES IMPORTED_LOCATION "${${variable}}" INTERFACE_INCLUDE_DIRECTORIES
                                                                     "${${variable}_INCLUDE}")
  endif()
endfunction()
insula_find_library(matio matio.h)
insula_find_library(nifti2 nifti2_io.h nifti)
insula_find_library(turbojpeg turbojpeg.h)
insula_find_library(utf8proc utf8proc.h)
find_package(EXPAT REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PNG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
