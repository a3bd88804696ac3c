/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that call subprograms, in every form of relocation that clang emits. No kernel has the member `absent`. */
#include "../../examples/core.h"

struct task_struct {
  int pid;
} CORE;

struct task_struct___none {
  long absent;
} CORE;

static long (*const loop)(u32 count, void* callback, void* context, u64 flags) = (void*)181;

#define NOINLINE __attribute__((noinline))
#define PROGRAM(name) \
  SEC("raw_tp/sched_process_exit") int name(void* ctx)
#define HAS_ABSENT field_exists(((struct task_struct___none*)0)->absent)

long seen;
volatile int number;

static NOINLINE long read_absent(void) {
  struct task_struct___none* task = (void*)get_current_task();
  long value = 0;
  read_field(value, task->absent);
  return value;
}

/* Not static: the verifier checks this function by itself. */
NOINLINE int read_absent_globally(int argument) {
  struct task_struct___none* task = (void*)get_current_task();
  long value = 0;
  read_field(value, task->absent);
  return argument + value;
}

NOINLINE int nobody_calls(int argument) {
  struct task_struct___none* task = (void*)get_current_task();
  long value = 0;
  read_field(value, task->absent);
  return argument + value;
}

static NOINLINE long read_pid(void) {
  struct task_struct* task = (void*)get_current_task();
  int value = 0;
  read_field(value, task->pid);
  return value;
}

static NOINLINE long read_if_there(void) {
  struct task_struct___none* task = (void*)get_current_task();
  long value = 0;
  if (HAS_ABSENT) read_field(value, task->absent);
  return value;
}

static NOINLINE long read_both(void) { return read_pid() + read_absent(); }

static NOINLINE long each(u32 index, void* context) {
  seen += index + read_pid();
  return 0;
}

static NOINLINE long each_absent(u32 index, void* context) {
  struct task_struct___none* task = (void*)get_current_task();
  long value = 0;
  read_field(value, task->absent);
  seen += value;
  return 0;
}

PROGRAM(calls_nothing) {
  seen = 1;
  return 0;
}

PROGRAM(calls_what_is_there) {
  seen = read_pid();
  return 0;
}

PROGRAM(calls_what_is_absent) {
  seen = read_absent();
  return 0;
}

PROGRAM(calls_through_another) {
  seen = read_both();
  return 0;
}

PROGRAM(calls_behind_a_guard) {
  if (HAS_ABSENT) seen = read_absent();
  return 0;
}

PROGRAM(calls_through_another_behind_a_guard) {
  if (HAS_ABSENT) seen = read_both();
  return 0;
}

PROGRAM(calls_what_asks) {
  seen = read_if_there();
  return 0;
}

PROGRAM(calls_both_ways) {
  if (HAS_ABSENT) seen = read_absent();
  if (number) seen = read_absent();
  return 0;
}

PROGRAM(calls_globally) {
  seen = read_absent_globally(number);
  return 0;
}

PROGRAM(calls_back) {
  loop(3, each, 0, 0);
  return 0;
}

PROGRAM(calls_back_what_is_absent) {
  loop(3, each_absent, 0, 0);
  return 0;
}

PROGRAM(calls_back_behind_a_guard) {
  if (HAS_ABSENT) loop(3, each_absent, 0, 0);
  return 0;
}

LICENSE;
