# SPDX-License-Identifier: BSD-2-Clause
# Installs min-btf, and builds and runs consumer.cpp and consumer.c outside the tree in each way that docs/library.md has.
#
#     cmake -DSOURCE_DIR=DIR -DBUILD_DIR=DIR -DWORK_DIR=DIR -DVERSION=MAJOR.MINOR.PATCH -DLIBDIR=DIR
#           -DCXX=PROGRAM -DCC=PROGRAM -DGENERATOR=NAME -P install_test.cmake
#
# BUILD_DIR is a build of the whole project, whose static library is installed. A second project in WORK_DIR/parent
# includes the source by add_subdirectory() and builds the shared library, which is also installed. WORK_DIR is kept: the
# next run compiles only what has changed.
cmake_minimum_required(VERSION 3.22)

set(expected "${VERSION}: 2 types, reduced to 1; error: io\n")
set(consumer ${SOURCE_DIR}/tests/install/consumer.cpp)
set(CXX_PROGRAM ${CXX})
set(C_PROGRAM ${CC})
set(c_consumer ${SOURCE_DIR}/tests/install/consumer.c)

# Runs a command and sets `output`.
macro(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK_DIR} RESULT_VARIABLE status
                  OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "Failed (${status}): ${ARGN}\n${output}${errors}")
  endif()
endmacro()

function(check_consumer program library_path)
  run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${library_path} ${program})
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "${program} printed:\n${output}instead of:\n${expected}")
  endif()
endfunction()

# `wanted` is TRUE if the program must need libminbtf.so.0 at run time, and FALSE if it must not.
function(check_needs_shared program wanted)
  run(${READELF} -d ${program})
  set(needs FALSE)
  if(output MATCHES "libminbtf")
    set(needs TRUE)
  endif()
  if(NOT needs STREQUAL wanted)
    message(FATAL_ERROR "${program} needs libminbtf.so.0: ${needs}, but expected is ${wanted}\n${output}")
  endif()
endfunction()

function(check_files prefix)
  foreach(file ${ARGN})
    if(NOT EXISTS ${prefix}/${file} AND NOT IS_SYMLINK ${prefix}/${file})  # a link may lead to another component
      message(FATAL_ERROR "Not installed: ${prefix}/${file}")
    endif()
  endforeach()
endfunction()

# Builds and runs the consumer by find_package(), which must find `target` in the prefix: in a project in C++, and in one
# in C only.
function(check_find_package prefix target shared)
  foreach(language CXX C)
    set(source ${consumer})
    if(language STREQUAL "C")
      set(source ${c_consumer})
      set(expected "${VERSION}: error: io\n")
    endif()
    file(WRITE ${WORK_DIR}/find/CMakeLists.txt "
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES ${language})
find_package(minbtf ${VERSION} CONFIG REQUIRED)
add_executable(consumer ${source})
target_link_libraries(consumer PRIVATE ${target})
")
    file(REMOVE_RECURSE ${WORK_DIR}/find/build)
    run(${CMAKE_COMMAND} -G ${GENERATOR} -S find -B find/build -DCMAKE_PREFIX_PATH=${prefix}
        -DCMAKE_${language}_COMPILER=${${language}_PROGRAM})
    run(${CMAKE_COMMAND} --build find/build)
    check_consumer(${WORK_DIR}/find/build/consumer "")
    check_needs_shared(${WORK_DIR}/find/build/consumer ${shared})
  endforeach()
endfunction()

# Builds and runs the consumer by pkg-config, with these options of pkg-config.
function(check_pkg_config prefix shared)
  run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${prefix}/${LIBDIR}/pkgconfig ${PKG_CONFIG} --modversion minbtf)
  if(NOT output STREQUAL "${VERSION}\n")
    message(FATAL_ERROR "pkg-config --modversion minbtf printed ${output}")
  endif()
  run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${prefix}/${LIBDIR}/pkgconfig ${PKG_CONFIG} --cflags --libs ${ARGN} minbtf)
  separate_arguments(flags UNIX_COMMAND "${output}")
  run(${CXX} -std=c++20 ${consumer} ${flags} -o pkg-config-consumer)
  check_consumer(${WORK_DIR}/pkg-config-consumer ${prefix}/${LIBDIR})
  check_needs_shared(${WORK_DIR}/pkg-config-consumer ${shared})
  run(${CC} -std=c11 -Wall -Wextra -Werror ${c_consumer} ${flags} -o pkg-config-consumer)
  set(expected "${VERSION}: error: io\n")
  check_consumer(${WORK_DIR}/pkg-config-consumer ${prefix}/${LIBDIR})
  check_needs_shared(${WORK_DIR}/pkg-config-consumer ${shared})
endfunction()

find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
find_program(READELF NAMES readelf llvm-readelf REQUIRED)
file(MAKE_DIRECTORY ${WORK_DIR})
set(development ${LIBDIR}/libminbtf.a ${LIBDIR}/pkgconfig/minbtf.pc ${LIBDIR}/cmake/minbtf/minbtfConfig.cmake
    include/minbtf/plan.hpp include/minbtf/minbtf.h include/minbtf/bundle.h)
set(documentation LICENSE README.md docs/library.md examples/reduce.cpp)
list(TRANSFORM documentation PREPEND share/doc/min-btf/)

# The static library. The installed tree is moved before it is used.
file(REMOVE_RECURSE ${WORK_DIR}/installed ${WORK_DIR}/moved)
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/installed)
file(RENAME ${WORK_DIR}/installed ${WORK_DIR}/moved)
check_files(${WORK_DIR}/moved bin/min-btf share/min-btf/manifest.schema.json ${documentation} ${development})
run(${WORK_DIR}/moved/bin/min-btf --version)
if(NOT EXISTS ${WORK_DIR}/moved/${LIBDIR}/libminbtf.so)
  check_find_package(${WORK_DIR}/moved minbtf::minbtf FALSE)
  check_pkg_config(${WORK_DIR}/moved FALSE)
endif()
check_find_package(${WORK_DIR}/moved minbtf::minbtf_static FALSE)

# The shared library, as a part of another project. The libraries that only the tool needs are not looked for.
file(WRITE ${WORK_DIR}/parent/CMakeLists.txt "
cmake_minimum_required(VERSION 3.22)
project(parent LANGUAGES C CXX)
set(BUILD_SHARED_LIBS ON)
set(MINBTF_INSTALL ON)
add_subdirectory(${SOURCE_DIR} minbtf)
add_executable(consumer ${consumer})
target_link_libraries(consumer PRIVATE minbtf::minbtf)
add_executable(static_consumer ${consumer})
target_link_libraries(static_consumer PRIVATE minbtf::minbtf_static)
if(TARGET min-btf)
  message(FATAL_ERROR \"The program min-btf is built in a subproject\")
endif()
")
set(without Boost fmt nlohmann_json TBB ZLIB)
list(TRANSFORM without REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON")
run(${CMAKE_COMMAND} -G ${GENERATOR} -S parent -B parent/build -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=-O0
    -DCMAKE_INSTALL_LIBDIR=${LIBDIR} -DMINBTF_UNITY=ON ${without})
run(${CMAKE_COMMAND} --build parent/build --parallel)
check_consumer(${WORK_DIR}/parent/build/consumer "")
check_needs_shared(${WORK_DIR}/parent/build/consumer TRUE)
check_consumer(${WORK_DIR}/parent/build/static_consumer "")
check_needs_shared(${WORK_DIR}/parent/build/static_consumer FALSE)

file(REMOVE_RECURSE ${WORK_DIR}/shared)
run(${CMAKE_COMMAND} --install parent/build --prefix ${WORK_DIR}/shared)
check_files(${WORK_DIR}/shared ${LIBDIR}/libminbtf.so ${LIBDIR}/libminbtf.so.0 ${LIBDIR}/libminbtf.so.${VERSION} ${development})
check_find_package(${WORK_DIR}/shared minbtf::minbtf TRUE)
check_find_package(${WORK_DIR}/shared minbtf::minbtf_static FALSE)
check_pkg_config(${WORK_DIR}/shared TRUE)
# Without libminbtf.so the linker takes libminbtf.a, which needs what --static adds.
file(REMOVE ${WORK_DIR}/shared/${LIBDIR}/libminbtf.so)
check_pkg_config(${WORK_DIR}/shared FALSE --static)

# Components.
foreach(component_file "library;${LIBDIR}/libminbtf.so.0" "development;${LIBDIR}/libminbtf.so")
  list(GET component_file 0 component)
  list(GET component_file 1 file)
  file(REMOVE_RECURSE ${WORK_DIR}/component)
  run(${CMAKE_COMMAND} --install parent/build --prefix ${WORK_DIR}/component --component ${component})
  check_files(${WORK_DIR}/component ${file})
endforeach()

include(${CMAKE_CURRENT_LIST_DIR}/abi_test.cmake)
