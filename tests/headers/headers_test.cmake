# Compiles each public header alone, as users do.
#
#     cmake -DINCLUDE_DIR=DIR -DWORK_DIR=DIR -DCOMPILERS=NAME[;NAME...] -P headers_test.cmake
#
# In C++20 a header compiles without warnings. In C++17 it gives one error, which names C++20. COMPILERS that are not
# installed are left out.

cmake_minimum_required(VERSION 3.25)

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

set(found "")
set(real_paths "")
foreach(name ${COMPILERS})
  find_program(path_${name} ${name})
  if(path_${name})
    file(REAL_PATH ${path_${name}} real_path)
    if(NOT real_path IN_LIST real_paths)
      list(APPEND real_paths ${real_path})
      list(APPEND found ${path_${name}})
    endif()
  endif()
endforeach()
if(NOT found)
  message(FATAL_ERROR "None of these compilers is installed: ${COMPILERS}")
endif()

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
