# SPDX-License-Identifier: BSD-2-Clause
# Compiles each public header alone, as users do.
#
#     cmake -DINCLUDE_DIR=DIR -DWORK_DIR=DIR -DCOMPILERS=NAME[;NAME...] -DC_COMPILERS=NAME[;NAME...] -P headers_test.cmake
#
# In C++20 a header compiles without warnings. In C++17 it gives one error, which names C++20. bundle.h is for C and C++:
# it compiles without warnings in each mode, and two files that include it link to one program. minbtf.h is for C11 and
# C++11 and newer: it compiles without warnings alone, and after and before bundle.h. COMPILERS and C_COMPILERS that are
# not installed are left out.

cmake_minimum_required(VERSION 3.22)

file(GLOB headers RELATIVE ${INCLUDE_DIR} ${INCLUDE_DIR}/minbtf/*.hpp)
list(LENGTH headers count)
if(count LESS 5)
  message(FATAL_ERROR "Found ${count} headers in ${INCLUDE_DIR}/minbtf")
endif()
file(MAKE_DIRECTORY ${WORK_DIR})

# Sets `status` and `output`. The file that includes the header uses a name of the library, as each user does.
macro(compile compiler standard header)
  file(WRITE ${WORK_DIR}/user.cpp "#include <${header}>\nbool use(const minbtf::Unknown&);\n")
  if("${standard}" STREQUAL "c++20")
    file(WRITE ${WORK_DIR}/user.cpp "#include <${header}>\n")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${compiler} -std=${standard} -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I${INCLUDE_DIR}
                          ${WORK_DIR}/user.cpp
                  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
endmacro()

# Sets the variable `found` to the paths of the programs that are installed, each once.
function(find_compilers found)
  set(paths "")
  set(real_paths "")
  foreach(name ${ARGN})
    find_program(path_${name} ${name})
    if(path_${name})
      file(REAL_PATH ${path_${name}} real_path)
      if(NOT real_path IN_LIST real_paths)
        list(APPEND real_paths ${real_path})
        list(APPEND paths ${path_${name}})
      endif()
    endif()
  endforeach()
  if(NOT paths)
    message(FATAL_ERROR "None of these compilers is installed: ${ARGN}")
  endif()
  set(${found} ${paths} PARENT_SCOPE)
endfunction()

find_compilers(found ${COMPILERS})
find_compilers(found_c ${C_COMPILERS})

foreach(compiler ${found})
  foreach(header ${headers})
    compile(${compiler} c++20 ${header})
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${compiler}: ${header} does not compile alone in C++20:\n${output}")
    endif()
    compile(${compiler} c++17 ${header})
    string(REGEX MATCHALL "error:[^\n]*" errors "${output}")
    list(LENGTH errors count)
    if(status EQUAL 0 OR NOT count EQUAL 1 OR NOT "${errors}" MATCHES "min-btf needs C\\+\\+20")
      message(FATAL_ERROR "${compiler}: ${header} in C++17 must give one error that names C++20:\n${output}")
    endif()
  endforeach()
endforeach()

file(WRITE ${WORK_DIR}/bundle_other.c "#include <minbtf/bundle.h>
int other(void);
int other(void) {
  struct minbtf_btf_path path;
  const int reason = minbtf_btf_path_open(&path, \"BTF\", 3);
  minbtf_btf_path_close(&path);
  return reason;
}
")
file(WRITE ${WORK_DIR}/bundle_main.c "#include <minbtf/bundle.h>
int other(void);
int main(void) {
  struct minbtf_system system;
  struct minbtf_bundle bundle;
  struct minbtf_match match;
  struct minbtf_btf_path path;
  struct minbtf_options options;
  if (minbtf_system_read(&system, NULL) != MINBTF_OK || system.release[0] == 0) return 1;
  if (minbtf_bundle_open(&bundle, \"\", 0) != MINBTF_NOT_BUNDLE) return 2;
  if (minbtf_bundle_check(&bundle) != MINBTF_DAMAGED) return 3;
  if (minbtf_bundle_find(&bundle, &system, MINBTF_NEAREST, &match) > 0) return 4;
  memset(&options, 0, sizeof options);
  options.kernel_btf = \"\";
  if (minbtf_btf_find(&path, &options) != MINBTF_NOT_BUNDLE) return 5;
  minbtf_btf_path_close(&path);
  return other() == MINBTF_OK ? 0 : 6;
}
")

function(build_and_run_bundle_user compiler)
  string(REPLACE ";" " " options "${ARGN}")
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${compiler} ${ARGN} -O2 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror
                          -I${INCLUDE_DIR} -o ${WORK_DIR}/bundle_user ${WORK_DIR}/bundle_main.c ${WORK_DIR}/bundle_other.c
                  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${compiler} ${options}: minbtf/bundle.h does not compile:\n${output}")
  endif()
  execute_process(COMMAND ${WORK_DIR}/bundle_user RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${compiler} ${options}: the program with minbtf/bundle.h fails with ${status}")
  endif()
endfunction()

foreach(compiler ${found_c})
  foreach(standard c99 gnu11 gnu17)
    build_and_run_bundle_user(${compiler} -std=${standard})
  endforeach()
  # POSIX only: without the other names that <unistd.h> declares by default.
  build_and_run_bundle_user(${compiler} -std=c99 -D_POSIX_C_SOURCE=200809L)
endforeach()
foreach(compiler ${found})
  foreach(standard c++17 c++20)
    build_and_run_bundle_user(${compiler} -x c++ -std=${standard})
  endforeach()
endforeach()

file(WRITE ${WORK_DIR}/capi_user.c "#include <minbtf/minbtf.h>
int use(struct minbtf_error* error);
int use(struct minbtf_error* error) { return minbtf_error_kind_text(minbtf_error_kind(error))[0]; }
")
file(WRITE ${WORK_DIR}/capi_last.c "#include <minbtf/bundle.h>\n#include <minbtf/minbtf.h>\n")
file(WRITE ${WORK_DIR}/capi_first.c "#include <minbtf/minbtf.h>\n#include <minbtf/bundle.h>\n")

function(compile_capi_users compiler)
  string(REPLACE ";" " " options "${ARGN}")
  foreach(user capi_user capi_last capi_first)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${compiler} ${ARGN} -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror
                            -fsyntax-only -I${INCLUDE_DIR} ${WORK_DIR}/${user}.c
                    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${compiler} ${options}: minbtf/minbtf.h does not compile in ${user}.c:\n${output}")
    endif()
  endforeach()
endfunction()

foreach(compiler ${found_c})
  foreach(standard c11 gnu11 c17)
    compile_capi_users(${compiler} -std=${standard})
  endforeach()
endforeach()
foreach(compiler ${found})
  foreach(standard c++11 c++17 c++20)
    compile_capi_users(${compiler} -x c++ -std=${standard})
  endforeach()
endforeach()
