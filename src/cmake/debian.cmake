# SPDX-License-Identifier: BSD-2-Clause
# Packages for Debian, made by CPack: min-btf (component tool), libminbtf0 (library) and libminbtf-dev (development). The
# preset `deb` sets MINBTF_DEB. tests/packages/deb_test.sh builds, checks, installs and removes the packages.

# The commit with the tag of the version, and sources without git, are version 0.2.0. Any other commit is
# 0.2.0~TIME.COMMIT, which dpkg sorts by the time of the commit, and before 0.2.0.
set(deb_upstream ${PROJECT_VERSION})
if(EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} describe --exact-match --tags --match v${PROJECT_VERSION} HEAD
                  RESULT_VARIABLE deb_untagged OUTPUT_QUIET ERROR_QUIET)
  if(deb_untagged)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env TZ=UTC git -C ${PROJECT_SOURCE_DIR} log -1 --abbrev=12
                            --date=format-local:%Y%m%d.%H%M%S --format=%cd.%h
                    OUTPUT_VARIABLE deb_snapshot ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(deb_snapshot)
      string(APPEND deb_upstream "~${deb_snapshot}")
    endif()
  endif()
endif()
set(deb_version ${deb_upstream}-1)
set(deb_package_tool min-btf)
set(deb_package_library libminbtf0)
set(deb_package_development libminbtf-dev)

set(maintainer "min-btf developers <min-btf@packages.invalid>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

# The time of SOURCE_DATE_EPOCH, if it is set.
string(TIMESTAMP deb_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(deb_changelog ${PROJECT_BINARY_DIR}/debian/changelog.Debian)
file(WRITE ${deb_changelog} "min-btf (${deb_version}) unstable; urgency=medium

  * Package of ${deb_upstream}.
    changelog.gz lists the changes.

 -- ${maintainer}  ${deb_date}
")
configure_file(CHANGELOG.md ${PROJECT_BINARY_DIR}/debian/changelog COPYONLY)
execute_process(COMMAND gzip -9 -n -f -k ${deb_changelog} ${PROJECT_BINARY_DIR}/debian/changelog COMMAND_ERROR_IS_FATAL ANY)

file(READ LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)\n\n(.*[^\n])" license "${license}")
set(copyright "${CMAKE_MATCH_1}")
string(REPLACE "\n\n" "\n.\n" license "${CMAKE_MATCH_2}")
string(REPLACE "\n" "\n " license " ${license}")
file(WRITE ${PROJECT_BINARY_DIR}/debian/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: min-btf

Files: *
Copyright: ${copyright}
License: BSD-2-Clause
${license}
")

foreach(component tool library development)
  install(FILES ${deb_changelog}.gz ${PROJECT_BINARY_DIR}/debian/changelog.gz ${PROJECT_BINARY_DIR}/debian/copyright
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${deb_package_${component}} COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${deb_package_${component}})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL tool library development)
set(CPACK_PACKAGE_NAME min-btf)
set(CPACK_PACKAGE_VERSION ${deb_upstream})
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/cmake/debian_files.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/cmake/debian_scripts.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS "bash-completion")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
file(WRITE ${PROJECT_BINARY_DIR}/debian/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/triggers)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libminbtf0 (= ${deb_version}), libelf-dev")
# The first line of a description is the synopsis. CPack puts CPACK_PACKAGE_DESCRIPTION_SUMMARY before each of them, unless
# it is CMake's own text.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CPACK_DEFAULT_PACKAGE_DESCRIPTION_SUMMARY}")
set(CPACK_COMPONENT_TOOL_DESCRIPTION
"reduces kernel BTF to what BPF objects need
CO-RE programs need the BTF of the kernel that they run on. min-btf reduces
the BTF of a kernel, or of an archive of kernels, to what a set of BPF objects
needs, so that it can be shipped with them to kernels without BTF.
.
min-btf also checks which programs relocate on which kernels, and compares
reduced BTF with the full BTF.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
"library that reduces kernel BTF to what BPF objects need
CO-RE programs need the BTF of the kernel that they run on. This library
reduces the BTF of a kernel to what a set of BPF objects needs.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"library that reduces kernel BTF - development files
CO-RE programs need the BTF of the kernel that they run on. This library
reduces the BTF of a kernel to what a set of BPF objects needs.
.
This package has the headers, the static library, and the files for CMake and
pkg-config.")
include(CPack)
