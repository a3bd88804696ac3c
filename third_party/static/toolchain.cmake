# SPDX-License-Identifier: BSD-2-Clause
# The toolchain of ./run release. MINBTF_TRIPLET names the machine, such as aarch64-linux-gnu. MINBTF_SYSROOT has the
# headers and libraries of third_party/static/libraries.txt, MINBTF_PREFIX those that were built from source. Packages and
# libraries are found only there. The C and C++ libraries are those of the compiler.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MINBTF_TRIPLET MINBTF_SYSROOT MINBTF_PREFIX)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR ${MINBTF_TRIPLET})
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_LIBRARY_ARCHITECTURE ${MINBTF_TRIPLET})
set(CMAKE_C_COMPILER ${MINBTF_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${MINBTF_TRIPLET}-g++)

set(CMAKE_FIND_ROOT_PATH ${MINBTF_PREFIX} ${MINBTF_SYSROOT})
set(CMAKE_PREFIX_PATH / /usr)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# Headers such as zconf.h are in a directory for one architecture, which the compiler does not search in MINBTF_SYSROOT.
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_INIT "-isystem ${MINBTF_SYSROOT}/usr/include -isystem ${MINBTF_SYSROOT}/usr/include/${MINBTF_TRIPLET}")
endforeach()

set(ENV{PKG_CONFIG_LIBDIR} ${MINBTF_SYSROOT}/usr/lib/${MINBTF_TRIPLET}/pkgconfig:${MINBTF_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${MINBTF_SYSROOT})
