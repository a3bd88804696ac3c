# SPDX-License-Identifier: BSD-2-Clause
# Compares the symbols that libminbtf.so exports with abi.txt. install_test.cmake includes this file.
#
#     cmake -DLIBRARY=libminbtf.so [-DACCEPT=ON] -P abi_test.cmake
#
# ACCEPT writes abi.txt. A symbol that disappears breaks programs that are linked with libminbtf.so.0: remove one only with
# a new SOVERSION, once a version with that symbol is released.
cmake_minimum_required(VERSION 3.22)

if(NOT LIBRARY)
  set(LIBRARY ${WORK_DIR}/parent/build/minbtf/libminbtf.so)
endif()
set(recorded_file ${CMAKE_CURRENT_LIST_DIR}/abi.txt)
find_program(NM nm REQUIRED)
execute_process(COMMAND ${NM} --dynamic --defined-only --demangle ${LIBRARY}
                RESULT_VARIABLE status OUTPUT_VARIABLE listing ERROR_VARIABLE listing)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${NM} failed: ${listing}")
endif()

# Lines of `nm`: ADDRESS TYPE NAME@@VERSION.
string(REPLACE "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >" "std::string" listing "${listing}")
string(REPLACE "std::basic_string_view<char, std::char_traits<char> >" "std::string_view" listing "${listing}")
string(REGEX REPLACE ", std::allocator<[A-Za-z:_ ]+> >" ">" listing "${listing}")
string(REGEX MATCHALL "[^\n]+" lines "${listing}")
set(symbols)
foreach(line ${lines})
  string(REGEX REPLACE "^[0-9a-f]+ . " "" symbol "${line}")
  list(APPEND symbols "${symbol}")
endforeach()
list(SORT symbols)
list(REMOVE_DUPLICATES symbols)
list(JOIN symbols "\n" text)

if(ACCEPT)
  file(WRITE ${recorded_file} "${text}\n")
  return()
endif()

file(STRINGS ${recorded_file} recorded)
string(REPLACE "\n" ";" exported "${text}")
set(differences)
foreach(symbol ${recorded})
  if(NOT symbol IN_LIST exported)
    string(APPEND differences "  - ${symbol}\n")
  endif()
endforeach()
foreach(symbol ${exported})
  if(NOT symbol IN_LIST recorded)
    string(APPEND differences "  + ${symbol}\n")
  endif()
endforeach()
if(differences)
  message(FATAL_ERROR "libminbtf.so does not export what tests/install/abi.txt lists (-: no longer exported, +: new):\n${differences}To record new symbols: cmake -DLIBRARY=${LIBRARY} -DACCEPT=ON -P tests/install/abi_test.cmake")
endif()
