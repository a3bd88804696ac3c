# SPDX-License-Identifier: BSD-2-Clause
# CPack runs this script on the files of the packages before it packs them: Debian's packages have compressed manual pages,
# and static libraries without debug information.
if(NOT IS_DIRECTORY "${CPACK_TEMPORARY_DIRECTORY}")
  message(FATAL_ERROR "This script changes the files below CPACK_TEMPORARY_DIRECTORY, which cpack sets")
endif()
file(GLOB_RECURSE pages LIST_DIRECTORIES FALSE ${CPACK_TEMPORARY_DIRECTORY}/*)
list(FILTER pages INCLUDE REGEX "/share/man/man[0-9]/[^/]*[0-9]$")
foreach(page IN LISTS pages)
  execute_process(COMMAND gzip -9 -n ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE libraries LIST_DIRECTORIES FALSE ${CPACK_TEMPORARY_DIRECTORY}/*.a)
foreach(library IN LISTS libraries)
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${library} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
