// SPDX-License-Identifier: BSD-2-Clause
// The first include of each public header: stops a compiler that is not in C++20 mode.
#pragma once

// A missing header is the only error after which both gcc and clang stop. After #error they would go on, and print an
// error for each name that C++17 lacks.
#if !defined(__cplusplus) || __cplusplus <= 201703L
#include "min-btf needs C++20: compile with -std=c++20 or newer"
#endif
