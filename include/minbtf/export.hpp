// SPDX-License-Identifier: BSD-2-Clause
// Marks what a shared libminbtf.so exports. The library is compiled with hidden symbols.
#pragma once

#include "minbtf/cxx20.hpp"

/// Functions, and classes whose functions are not all inline.
#define MINBTF_API __attribute__((visibility("default")))
/// Members of such a class that only the library uses.
#define MINBTF_LOCAL __attribute__((visibility("hidden")))
