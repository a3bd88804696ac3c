# SPDX-License-Identifier: BSD-2-Clause
# Finds each outside library and defines one target for it, third_party::NAME. README.md in this folder lists the
# libraries.
#
# MINBTF_STATIC_DEPENDENCIES chooses between static and shared libraries:
#   AUTO  Boost.Program_options, libarchive, its decoders, xxHash and libmd are static, as their licences permit: loading
#         the shared libraries and their symbols takes half of the start-up time of the program. The others are shared.
#   ON    All are static: for an executable that is copied to other systems (`./run release`).
#   OFF   All are shared: for distributions, which replace a library without building its users again.
set(MINBTF_STATIC_DEPENDENCIES AUTO CACHE STRING "Link with static libraries: AUTO (those that are slow to load), ON (all) or OFF (none)")
set_property(CACHE MINBTF_STATIC_DEPENDENCIES PROPERTY STRINGS AUTO ON OFF)
set(THIRD_PARTY_SLOW_LIBRARY .a)  # suffix of the libraries that are slow to load
if(NOT MINBTF_STATIC_DEPENDENCIES)
  set(THIRD_PARTY_SLOW_LIBRARY .so)
elseif(NOT MINBTF_STATIC_DEPENDENCIES STREQUAL "AUTO")
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)  # for all searches in this file
endif()

find_package(PkgConfig REQUIRED)

pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
add_library(third_party_elf INTERFACE)
target_link_libraries(third_party_elf INTERFACE PkgConfig::LIBELF)
if(CMAKE_FIND_LIBRARY_SUFFIXES STREQUAL ".a")  # the static libelf needs zlib, and zstd from version 0.189 on
  find_package(ZLIB REQUIRED)
  target_link_libraries(third_party_elf INTERFACE ZLIB::ZLIB)
  if(LIBELF_VERSION VERSION_GREATER_EQUAL 0.189)
    find_library(ZSTD_LIBRARY zstd REQUIRED)
    target_link_libraries(third_party_elf INTERFACE ${ZSTD_LIBRARY})
  endif()
endif()
add_library(third_party::elf ALIAS third_party_elf)

if(NOT MINBTF_TOOL)
  return()  # the library uses libelf only
endif()

pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
add_library(third_party_bpf INTERFACE)
if(CMAKE_FIND_LIBRARY_SUFFIXES STREQUAL ".a")  # a target of its own: the linker needs libelf behind libbpf
  add_library(third_party_bpf_all STATIC IMPORTED)
  set_target_properties(third_party_bpf_all PROPERTIES IMPORTED_LOCATION ${LIBBPF_LINK_LIBRARIES})
  target_link_libraries(third_party_bpf_all INTERFACE third_party_elf)
  target_link_libraries(third_party_bpf INTERFACE third_party_bpf_all)
else()
  target_link_libraries(third_party_bpf INTERFACE PkgConfig::LIBBPF)
endif()
add_library(third_party::bpf ALIAS third_party_bpf)

if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # CMake 3.30 and newer have no module for Boost of their own
endif()
string(COMPARE EQUAL "${THIRD_PARTY_SLOW_LIBRARY}" .a Boost_USE_STATIC_LIBS)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
add_library(third_party_program_options INTERFACE)
target_link_libraries(third_party_program_options INTERFACE Boost::program_options)
add_library(third_party::program_options ALIAS third_party_program_options)

find_package(nlohmann_json 3.10 REQUIRED)
add_library(third_party_json INTERFACE)
target_link_libraries(third_party_json INTERFACE nlohmann_json::nlohmann_json)
add_library(third_party::json ALIAS third_party_json)

# Debian has no static fmt. As headers only, its code is in each user.
find_package(fmt 8 REQUIRED)
add_library(third_party_fmt INTERFACE)
get_target_property(FMT_KIND fmt::fmt TYPE)
if(CMAKE_FIND_LIBRARY_SUFFIXES STREQUAL ".a" AND NOT FMT_KIND STREQUAL "STATIC_LIBRARY")
  target_link_libraries(third_party_fmt INTERFACE fmt::fmt-header-only)
else()
  target_link_libraries(third_party_fmt INTERFACE fmt::fmt)
endif()
add_library(third_party::fmt ALIAS third_party_fmt)

# From the static library the linker takes only the code for tar and the compressed formats. The shared library also
# loads an XML parser, Unicode tables and cryptography.
find_path(LIBARCHIVE_INCLUDE archive.h REQUIRED)
find_library(LIBARCHIVE_LIBRARY libarchive${THIRD_PARTY_SLOW_LIBRARY} REQUIRED)
add_library(third_party_libarchive INTERFACE)
target_include_directories(third_party_libarchive SYSTEM INTERFACE ${LIBARCHIVE_INCLUDE})
target_link_libraries(third_party_libarchive INTERFACE ${LIBARCHIVE_LIBRARY})
if(THIRD_PARTY_SLOW_LIBRARY STREQUAL ".a")
  foreach(compression liblzma.a libzstd.a liblz4.a libbz2.a z)
    find_library(LIBARCHIVE_${compression} ${compression} REQUIRED)
    target_link_libraries(third_party_libarchive INTERFACE ${LIBARCHIVE_${compression}})
  endforeach()
endif()
add_library(third_party::libarchive ALIAS third_party_libarchive)

# The same library as libarchive's decoder. The linker needs it behind the users of both.
find_path(ZSTD_INCLUDE zstd.h REQUIRED)
find_library(ZSTD_LIBRARY libzstd${THIRD_PARTY_SLOW_LIBRARY} REQUIRED)
add_library(third_party_zstd INTERFACE)
target_include_directories(third_party_zstd SYSTEM INTERFACE ${ZSTD_INCLUDE})
target_link_libraries(third_party_zstd INTERFACE ${ZSTD_LIBRARY})
add_library(third_party::zstd ALIAS third_party_zstd)

find_package(ZLIB REQUIRED)
add_library(third_party_zlib INTERFACE)
target_link_libraries(third_party_zlib INTERFACE ZLIB::ZLIB)
add_library(third_party::zlib ALIAS third_party_zlib)

find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY libxxhash${THIRD_PARTY_SLOW_LIBRARY} REQUIRED)
add_library(third_party_xxhash INTERFACE)
target_include_directories(third_party_xxhash SYSTEM INTERFACE ${XXHASH_INCLUDE})
target_link_libraries(third_party_xxhash INTERFACE ${XXHASH_LIBRARY})
add_library(third_party::xxhash ALIAS third_party_xxhash)

find_path(LIBMD_INCLUDE sha2.h REQUIRED)
find_library(LIBMD_LIBRARY libmd${THIRD_PARTY_SLOW_LIBRARY} REQUIRED)
add_library(third_party_md INTERFACE)
target_include_directories(third_party_md SYSTEM INTERFACE ${LIBMD_INCLUDE})
target_link_libraries(third_party_md INTERFACE ${LIBMD_LIBRARY})
add_library(third_party::md ALIAS third_party_md)

find_package(Threads REQUIRED)  # a static TBB needs this target, and its CMake files do not find it
find_package(TBB 2021 REQUIRED COMPONENTS tbb)
add_library(third_party_tbb INTERFACE)
target_link_libraries(third_party_tbb INTERFACE TBB::tbb)
add_library(third_party::tbb ALIAS third_party_tbb)

if(MINBTF_TESTS)
  # Only the tests need these packages. If one is missing, the error names the option that builds without tests.
  function(require_for_tests name found)
    if(NOT ${found})
      message(FATAL_ERROR "The tests need ${name}, which was not found. Install it, or build without the tests: -DMINBTF_TESTS=OFF")
    endif()
  endfunction()

  # Catch2 3 is not compatible with a request for version 2.13.
  find_package(Catch2 QUIET)
  if(Catch2_VERSION VERSION_LESS 2.13)
    set(Catch2_FOUND FALSE)
  endif()
  require_for_tests("Catch2 2.13 or 3 (Debian: catch2)" Catch2_FOUND)
  add_library(third_party_catch2 INTERFACE)
  target_link_libraries(third_party_catch2 INTERFACE Catch2::Catch2)
  if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
    target_include_directories(third_party_catch2 SYSTEM INTERFACE ${CMAKE_CURRENT_LIST_DIR}/catch2_3)
  endif()
  add_library(third_party::catch2 ALIAS third_party_catch2)

  # The tests call bpf_core_calc_relo_insn(), libbpf's resolver. Only the static library exports it.
  find_library(LIBBPF_STATIC libbpf.a)
  require_for_tests("the static libbpf.a (Debian: libbpf-dev)" LIBBPF_STATIC)
  add_library(third_party_bpf_static INTERFACE)
  target_link_libraries(third_party_bpf_static INTERFACE ${LIBBPF_STATIC} PkgConfig::LIBELF z)
  add_library(third_party::bpf_static ALIAS third_party_bpf_static)

  # clang 15 and older cannot compile bpf_core_type_matches() and do not emit ENUM64.
  if(NOT DEFINED CLANG_BPF)
    foreach(name clang-19 clang-20 clang-21 clang-18 clang-17 clang-16 clang)
      find_program(CLANG_BPF_PROGRAM ${name} NO_CACHE)
      if(CLANG_BPF_PROGRAM)
        execute_process(COMMAND ${CLANG_BPF_PROGRAM} --version OUTPUT_VARIABLE version ERROR_QUIET)
        if(version MATCHES "clang version ([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 16)
          break()
        endif()
      endif()
      unset(CLANG_BPF_PROGRAM)
    endforeach()
    if(CLANG_BPF_PROGRAM)
      set(CLANG_BPF ${CLANG_BPF_PROGRAM} CACHE FILEPATH "clang 16 or newer, which compiles the BPF programs of the tests")
    endif()
  endif()
  require_for_tests("clang 16 or newer (Debian: clang-19)" CLANG_BPF)
endif()
