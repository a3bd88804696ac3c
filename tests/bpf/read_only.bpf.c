/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses that depend on read-only data, which a user may set before the programs are loaded, and on data that may
   change at any time. No kernel has the member `absent`. */
#include "../../examples/core.h"

struct task_struct___none {
  long absent;
} CORE;

typedef _Bool bool;

#define NOINLINE __attribute__((noinline))
#define PROGRAM(name) \
  SEC("raw_tp/sched_process_exit") int name(void* ctx)
#define READ_ABSENT                                             \
  do {                                                          \
    struct task_struct___none* task = (void*)get_current_task(); \
    long value = 0;                                             \
    read_field(value, task->absent);                            \
    seen += value;                                              \
  } while (0)

long seen;
volatile int number;

const volatile bool is_off = 0;
const volatile bool is_on = 1;
const volatile u16 small = 300;
const volatile int minus = -1;
const volatile u64 big = 0x500000000;
const volatile signed char minus_char = -3;
static const volatile u32 hidden_off = 0;
const volatile int limits[4] = {0, 1, 2, 0};
const volatile struct {
  int level;
  struct {
    bool enabled;
    u16 mode;
  } inner;
} config = {.level = 2, .inner = {.enabled = 0, .mode = 7}};
const volatile bool other_off SEC(".rodata.other") = 0;
const volatile bool other_on SEC(".rodata.other") = 1;
bool (*const volatile hook)(void) = 0;
/* The object has a relocation for this value. */
const volatile void* const volatile address = &number;

/* Similar variables in sections that are not read-only. All are 0. */
volatile bool data_off SEC(".data") = 0;
volatile bool bss_off;
volatile bool custom_off SEC(".data.custom") = 0;

PROGRAM(if_off) {
  if (is_off) READ_ABSENT;
  return 0;
}

PROGRAM(if_on) {
  if (is_on) READ_ABSENT;
  return 0;
}

PROGRAM(if_not_off) {
  if (!is_off) READ_ABSENT;
  return 0;
}

PROGRAM(if_not_on) {
  if (!is_on) READ_ABSENT;
  return 0;
}

PROGRAM(if_both) {
  if (is_on && is_off) READ_ABSENT;
  return 0;
}

/* Each of the two variables alone prevents the access. */
PROGRAM(nested) {
  if (is_off) {
    seen += 1;
    if (hidden_off) READ_ABSENT;
  }
  return 0;
}

PROGRAM(behind_unknown) {
  if (number) {
    if (is_off) READ_ABSENT;
  }
  return 0;
}

PROGRAM(one_of_two) {
  if (is_off || hidden_off) READ_ABSENT;
  return 0;
}

PROGRAM(one_of_two_is_on) {
  if (is_off || is_on) READ_ABSENT;
  return 0;
}

PROGRAM(early_return) {
  if (!is_off) return 1;
  READ_ABSENT;
  return 0;
}

PROGRAM(static_variable) {
  if (hidden_off) READ_ABSENT;
  return 0;
}

PROGRAM(two_bytes) {
  if (small != 300) READ_ABSENT;
  return 0;
}

PROGRAM(two_bytes_wrong) {
  if (small == 300) READ_ABSENT;
  return 0;
}

PROGRAM(with_sign) {
  if (minus > 5) READ_ABSENT;
  return 0;
}

PROGRAM(with_sign_wrong) {
  if (minus < 5) READ_ABSENT;
  return 0;
}

PROGRAM(byte_with_sign) {
  if (minus_char >= 0) READ_ABSENT;
  return 0;
}

PROGRAM(eight_bytes) {
  if (big == 0) READ_ABSENT;
  return 0;
}

PROGRAM(eight_bytes_wrong) {
  if (big) READ_ABSENT;
  return 0;
}

PROGRAM(element) {
  if (limits[3]) READ_ABSENT;
  return 0;
}

PROGRAM(element_wrong) {
  if (limits[2]) READ_ABSENT;
  return 0;
}

PROGRAM(field) {
  if (config.inner.enabled) READ_ABSENT;
  return 0;
}

PROGRAM(two_fields) {
  if (config.level > 2 || config.inner.mode == 8) READ_ABSENT;
  return 0;
}

PROGRAM(field_wrong) {
  if (config.inner.mode == 7) READ_ABSENT;
  return 0;
}

PROGRAM(other_section) {
  if (other_off) READ_ABSENT;
  return 0;
}

PROGRAM(other_section_wrong) {
  if (other_on) READ_ABSENT;
  return 0;
}

PROGRAM(arithmetic) {
  if ((small & 3) + config.level == 1) READ_ABSENT;
  return 0;
}

PROGRAM(pointer_is_null) {
  if (hook) READ_ABSENT;
  return 0;
}

/* The value is 0 in the object and in the map, because libbpf does not relocate data. Other loaders may. */
PROGRAM(relocated) {
  if ((u64)address == 1) READ_ABSENT;
  return 0;
}

PROGRAM(through_a_register) {
  const volatile int* limit = &limits[0];
  asm volatile("%0 += 4" : "+r"(limit));
  if (*limit == 0) READ_ABSENT;
  return 0;
}

/* The verifier follows the value through the stack. */
PROGRAM(through_the_stack) {
  volatile int copy = limits[0];
  if (copy) READ_ABSENT;
  return 0;
}

PROGRAM(loop) {
#pragma clang loop unroll(disable)
  for (int i = 0; i < 4; ++i) {
    if (is_off) READ_ABSENT;
    seen += number;
  }
  return 0;
}

static NOINLINE long read_absent(void) {
  READ_ABSENT;
  return 0;
}

PROGRAM(calls_behind_off) {
  if (is_off) seen += read_absent();
  return 0;
}

PROGRAM(calls_behind_on) {
  if (is_on) seen += read_absent();
  return 0;
}

static NOINLINE long read_absent_if_off(int argument) {
  if (hidden_off == 1) READ_ABSENT;
  return argument;
}

PROGRAM(calls_what_looks) {
  seen += read_absent_if_off(number);
  return 0;
}

#define HAS_ABSENT field_exists(((struct task_struct___none*)0)->absent)

PROGRAM(asks_behind_off) {
  if (is_off) {
    if (HAS_ABSENT) READ_ABSENT;
  }
  return 0;
}

PROGRAM(asks_behind_on) {
  if (is_on) {
    if (HAS_ABSENT) READ_ABSENT;
  }
  return 0;
}

/* The existence check does not guard the access. */
PROGRAM(asks_elsewhere_behind_off) {
  if (HAS_ABSENT) seen += 1;
  if (is_off) READ_ABSENT;
  return 0;
}

PROGRAM(asks_elsewhere_behind_on) {
  if (HAS_ABSENT) seen += 1;
  if (is_on) READ_ABSENT;
  return 0;
}

/* Data that may change. */

PROGRAM(in_data) {
  if (data_off) READ_ABSENT;
  return 0;
}

PROGRAM(in_bss) {
  if (bss_off) READ_ABSENT;
  return 0;
}

PROGRAM(in_custom_data) {
  if (custom_off) READ_ABSENT;
  return 0;
}

PROGRAM(in_no_data) {
  READ_ABSENT;
  return 0;
}

LICENSE;
