/* SPDX-License-Identifier: BSD-2-Clause */
/* For the programs that ask for types of modules. oracle/module_types_test.cpp compiles them. */
#pragma once

#include "../oracle_core.h"

#define PROGRAM(name)  \
  SEC("kprobe/" #name) \
  int program_##name(void)

#define ASK_SIZE(type)      \
  do {                      \
    ASK(TYPE_EXISTS(type)); \
    ASK(TYPE_SIZE(type));   \
  } while (0)
