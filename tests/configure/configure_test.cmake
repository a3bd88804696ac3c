# SPDX-License-Identifier: BSD-2-Clause
# Configures the project as a user does, but does not build it.
#
#     cmake -DSOURCE_DIR=DIR -DWORK_DIR=DIR -P configure_test.cmake
#
# An option with an empty value simulates a missing tool or library: find_library() and find_program() do not search if
# the variable is set.

# Sets `status` and `output`. CMake's line breaks are removed from `output`.
macro(configure source)
  file(REMOVE_RECURSE ${WORK_DIR}/build)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${source} -B ${WORK_DIR}/build ${ARGN}
                  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
endmacro()

function(check_contains text)
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "Not printed: ${text}\nPrinted: ${output}")
  endif()
endfunction()

foreach(missing "-DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON;Catch2 2.13 or 3" "-DLIBBPF_STATIC=;the static libbpf.a" "-DCLANG_BPF=;clang 16 or newer")
  list(GET missing 0 option)
  list(GET missing 1 name)
  configure(${SOURCE_DIR} ${option})
  if(status EQUAL 0)
    message(FATAL_ERROR "Configured with tests, but ${name} is missing")
  endif()
  check_contains("The tests need ${name}")
  check_contains("build without the tests: -DMINBTF_TESTS=OFF")
endforeach()

configure(${SOURCE_DIR} -DMINBTF_TESTS=OFF -DLIBBPF_STATIC= -DCLANG_BPF= -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Not configured without the tests: ${output}")
endif()
file(STRINGS ${WORK_DIR}/build/compile_commands.json errors REGEX "-Werror")
if(errors)
  message(FATAL_ERROR "Warnings are errors by default")
endif()

foreach(choice AUTO.a OFF.so)
  string(REGEX MATCH "[A-Z]+" dependencies ${choice})
  configure(${SOURCE_DIR} -DMINBTF_TESTS=OFF -DMINBTF_STATIC_DEPENDENCIES=${dependencies})
  file(STRINGS ${WORK_DIR}/build/CMakeCache.txt found REGEX "^LIBARCHIVE_LIBRARY:")
  string(REPLACE ${dependencies} "/libarchive" wanted ${choice})
  if(NOT found MATCHES "${wanted}$")
    message(FATAL_ERROR "MINBTF_STATIC_DEPENDENCIES=${dependencies} found '${found}'")
  endif()
endforeach()

file(WRITE ${WORK_DIR}/parent/CMakeLists.txt "
cmake_minimum_required(VERSION 3.22)
project(parent LANGUAGES C CXX)
add_subdirectory(${SOURCE_DIR} minbtf)
get_directory_property(tests DIRECTORY ${SOURCE_DIR} DEFINITION MINBTF_TESTS)
message(STATUS \"with tests: \${tests}, kind: '\${CMAKE_BUILD_TYPE}'\")
")
configure(${WORK_DIR}/parent)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Not configured as a subproject: ${output}")
endif()
check_contains("with tests: OFF, kind: ''")
