# SPDX-License-Identifier: BSD-2-Clause
# What `cmake --install` installs, in three components: tool (the program and the documentation), library (libminbtf.so),
# development (headers, static library, and files for CMake and pkg-config).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS minbtf EXPORT minbtfTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/minbtf DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(MINBTF_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/minbtf)
install(EXPORT minbtfTargets NAMESPACE minbtf:: DESTINATION ${MINBTF_CMAKE_DIR} COMPONENT development)
if(BUILD_SHARED_LIBS)
  set_target_properties(minbtf_internal PROPERTIES EXPORT_NAME minbtf_static)
  install(TARGETS minbtf_internal EXPORT minbtfStaticTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT minbtfStaticTargets NAMESPACE minbtf:: DESTINATION ${MINBTF_CMAKE_DIR} COMPONENT development)
endif()
# A C program that links the static library needs the C++ library, which the C compiler does not add.
set(minbtf_cxx_libraries)
set(pc_cxx_library)
foreach(library IN ITEMS stdc++ c++)
  if(library IN_LIST CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
    set(minbtf_cxx_libraries ${library} m)
    set(pc_cxx_library "-l${library} -lm")
  endif()
endforeach()
configure_package_config_file(src/cmake/minbtfConfig.cmake.in ${PROJECT_BINARY_DIR}/minbtfConfig.cmake
                              INSTALL_DESTINATION ${MINBTF_CMAKE_DIR})
# Before version 1.0, each minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/minbtfConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/minbtfConfig.cmake ${PROJECT_BINARY_DIR}/minbtfConfigVersion.cmake
        DESTINATION ${MINBTF_CMAKE_DIR} COMPONENT development)

# The paths in minbtf.pc are relative to its own place, so that the installed tree can be moved. A system package is not
# moved, and pkg-config leaves out -I/usr/include only if it is written like that.
function(pkg_config_path result directory)
  if(IS_ABSOLUTE "${directory}")
    set(${result} "${directory}" PARENT_SCOPE)
  else()
    set(${result} "\${prefix}/${directory}" PARENT_SCOPE)
  endif()
endfunction()
set(pc_directory ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(MINBTF_DEB OR IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH pc_up /prefix/${pc_directory} /prefix)
  string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
  set(pc_prefix "\${pcfiledir}/${pc_up}")
endif()
pkg_config_path(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
pkg_config_path(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
# Where only the static library is installed, `pkg-config --libs` without --static prints all that it needs.
if(BUILD_SHARED_LIBS)
  set(pc_libs "Requires.private: libelf\nLibs: -L\${libdir} -lminbtf\nLibs.private: ${pc_cxx_library}")
else()
  set(pc_libs "Requires: libelf\nLibs: -L\${libdir} -lminbtf ${pc_cxx_library}")
endif()
configure_file(src/cmake/minbtf.pc.in minbtf.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/minbtf.pc DESTINATION ${pc_directory} COMPONENT development)

# The documentation has the layout of the source tree, so that its links work.
set(MINBTF_DOC_COMPONENT development)
if(MINBTF_TOOL)
  set(MINBTF_DOC_COMPONENT tool)
  install(TARGETS min-btf RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
  file(GLOB schemas CONFIGURE_DEPENDS docs/*.schema.json)
  install(FILES ${schemas} DESTINATION ${CMAKE_INSTALL_DATADIR}/min-btf COMPONENT tool)
endif()
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${MINBTF_DOC_COMPONENT})
if(NOT MINBTF_DEB)  # Debian's name of it is `copyright`
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${MINBTF_DOC_COMPONENT})
endif()
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${MINBTF_DOC_COMPONENT}
        PATTERN *.schema.json EXCLUDE PATTERN .gitignore EXCLUDE)
