# SPDX-License-Identifier: Apache-2.0
# What a user installs: the program `insula`, the headers, the libraries of all floors, and the
# package that find_package(insula) finds. insula::insula is all floors at once.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(insula_libraries GLOBAL PROPERTY INSULA_LIBRARIES)
add_library(insula_all INTERFACE)
add_library(insula::insula ALIAS insula_all)
set_target_properties(insula_all PROPERTIES EXPORT_NAME insula)
target_link_libraries(insula_all INTERFACE ${insula_libraries})

set(insula_include "${CMAKE_INSTALL_INCLUDEDIR}/insula")
set(insula_package "${CMAKE_INSTALL_LIBDIR}/cmake/insula")
install(
  TARGETS insula_all ${insula_libraries}
  EXPORT insula
  INCLUDES
  DESTINATION "${insula_include}")
install(
  DIRECTORY framework
  DESTINATION "${insula_include}"
  FILES_MATCHING
  PATTERN "*.h"
  PATTERN detail EXCLUDE)
if(EXISTS "${PROJECT_SOURCE_DIR}/modules/catalogue.h")
  install(FILES modules/catalogue.h DESTINATION "${insula_include}/modules")
endif()
if(TARGET insula)
  install(TARGETS insula)
endif()

configure_package_config_file(cmake/insulaConfig.cmake.in insulaConfig.cmake
                              INSTALL_DESTINATION "${insula_package}")
write_basic_package_version_file(insulaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  EXPORT insula
  NAMESPACE insula::
  FILE insulaTargets.cmake
  DESTINATION "${insula_package}")
install(
  FILES "${PROJECT_BINARY_DIR}/insulaConfig.cmake"
        "${PROJECT_BINARY_DIR}/insulaConfigVersion.cmake" cmake/dependencies.cmake
  DESTINATION "${insula_package}")
