# SPDX-License-Identifier: BSD-2-Clause
# Manual pages and completions of shells. The program write_manual writes them to the directory `manual` of the build.

# The date of the version in CHANGELOG.md, for the pages. SOURCE_DATE_EPOCH in the environment replaces it.
set(MINBTF_VERSION_DATE 2026-11-29)
set_source_files_properties(src/manual/man_page.cpp PROPERTIES COMPILE_DEFINITIONS
  "MINBTF_MANUAL_VERSION=\"${PROJECT_VERSION}\";MINBTF_MANUAL_DATE=\"${MINBTF_VERSION_DATE}\"")

add_executable(write_manual src/manual/main.cpp)
target_link_libraries(write_manual PRIVATE minbtf_tool minbtf_options)

set(MINBTF_WRITE_MANUAL "" CACHE FILEPATH "A write_manual that this machine runs, for a cross build")
set(MINBTF_ZSH_DIR "" CACHE STRING "Directory for the completions of zsh (default: DATADIR/zsh/site-functions)")

set(manual_writer write_manual)
if(MINBTF_WRITE_MANUAL)
  set(manual_writer ${MINBTF_WRITE_MANUAL})
elseif(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "No manual pages and no completions: -DMINBTF_WRITE_MANUAL=FILE names a write_manual of this machine")
  return()
endif()

set(manual_directory ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual_directory}/min-btf.1
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual_directory}
  COMMAND ${manual_writer} ${manual_directory}
  DEPENDS ${manual_writer} COMMENT "Writing manual pages and completions" VERBATIM)
add_custom_target(manual DEPENDS ${manual_directory}/min-btf.1)
add_dependencies(min-btf manual)

if(MINBTF_INSTALL)
  include(GNUInstallDirs)
  set(zsh_directory ${MINBTF_ZSH_DIR})
  if(NOT zsh_directory)
    set(zsh_directory ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  endif()
  install(DIRECTORY ${manual_directory}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tool
          FILES_MATCHING PATTERN *.1)
  install(FILES ${manual_directory}/min-btf DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
          COMPONENT tool)
  install(FILES ${manual_directory}/_min-btf DESTINATION ${zsh_directory} COMPONENT tool)
  install(FILES ${manual_directory}/min-btf.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT tool)
endif()
