/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses to members that some kernels lack, with the guards of real programs and without a guard. `struct task` of an
   old kernel has `state`; `struct task` of a new kernel has `extra` and `more`. */
#include "../../examples/core.h"

struct task {
  int pid;
  long extra;
  long more;
  struct task* next;
} CORE;

struct task___old {
  long state;
} CORE;

struct added {
  int x;
} CORE;

enum kind { first = 1, second = 2, third = 5 };

#define type_exists(type) __builtin_preserve_type_info(*(type*)0, 0)
#define value_exists(type, value) __builtin_preserve_enum_value(*(type*)value, 0)
#define value_of(type, value) __builtin_preserve_enum_value(*(type*)value, 1)

long seen;
volatile int number;
char memory[64];

#define PROGRAM(name) \
  SEC("raw_tp/sched_process_exit") int name(void* ctx)
/* `task` points to memory of the program, so that fields are loaded without a helper. */
#define LOADED_TASK                                             \
  struct task* task = (void*)memory;                            \
  asm volatile("" : "+r"(task));                                \
  struct task___old* old __attribute__((unused)) = (void*)task

#define TASK                                                    \
  struct task* task = (void*)get_current_task();                \
  struct task___old* old __attribute__((unused)) = (void*)task; \
  long value = 0

PROGRAM(if_else) {
  TASK;
  if (field_exists(task->extra))
    read_field(value, task->extra);
  else
    read_field(value, old->state);
  seen = value;
  return 0;
}

PROGRAM(both_of_two) {
  TASK;
  if (field_exists(task->extra) && field_exists(task->more)) read_field(value, task->more);
  seen = value;
  return 0;
}

PROGRAM(one_of_two) {
  TASK;
  if (field_exists(old->state) || field_exists(task->more)) value = 1;
  if (field_exists(task->extra) || field_exists(task->more)) read_field(value, task->more);
  seen = value;
  return 0;
}

PROGRAM(early_return) {
  TASK;
  if (!field_exists(task->extra)) return 1;
  read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(ternary) {
  TASK;
  const u64 offset = field_exists(task->extra) ? field_offset(task->extra) : field_offset(old->state);
  probe_read_kernel(&value, sizeof(value), (char*)task + offset);
  seen = value;
  return 0;
}

PROGRAM(chain) {
  TASK;
  if (field_exists(task->extra))
    read_field(value, task->extra);
  else if (field_exists(old->state))
    read_field(value, old->state);
  else
    value = -1;
  seen = value;
  return 0;
}

PROGRAM(used_twice) {
  TASK;
  const _Bool has = field_exists(task->extra);
  if (has) read_field(value, task->extra);
  seen = value;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 8; ++i) seen += number;
  if (has) read_field(value, task->more);
  seen += value;
  return 0;
}

/* clang may move the field's offset out of the loop, and thereby out of the guard. */
PROGRAM(in_loop) {
  TASK;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 8; ++i) {
    if (field_exists(task->extra)) {
      read_field(value, task->extra);
      seen += value;
    }
    probe_read_kernel(&task, sizeof(task), task);
  }
  return 0;
}

PROGRAM(load) {
  LOADED_TASK;
  seen = field_exists(task->extra) ? task->extra : old->state;
  return 0;
}

PROGRAM(load_in_loop) {
  LOADED_TASK;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 8; ++i) {
    if (field_exists(task->extra)) number = task->extra;
    if (field_exists(old->state)) number = old->state;
  }
  return 0;
}

PROGRAM(loop_inside) {
  TASK;
  if (field_exists(task->next)) return 1;
  if (!field_exists(old->state)) return 2;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 8; ++i) {
    read_field(value, old->state);
    seen += value;
  }
  return 0;
}

PROGRAM(sum) {
  TASK;
  if (field_exists(task->extra) + field_exists(task->more) == 2) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(shifted) {
  TASK;
  const u32 has = field_exists(task->extra) << 1 | field_exists(task->more);
  if (has == 3) read_field(value, task->more);
  seen = value;
  return 0;
}

PROGRAM(enumerator) {
  TASK;
  if (value_exists(enum kind, third)) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(new_type) {
  TASK;
  struct added* added = (void*)task;
  if (type_exists(struct added)) probe_read_kernel(&value, sizeof(added->x), &added->x);
  seen = value;
  return 0;
}

PROGRAM(enumerator_value) {
  TASK;
  if (value_exists(enum kind, third)) {
    switch (value_of(enum kind, third)) {
      case first:
        value = 5;
        break;
      case second:
        read_field(value, old->state);
        break;
      case third:
        read_field(value, task->extra);
        break;
      default:
        read_field(value, old->state);
    }
  }
  seen = value;
  return 0;
}

PROGRAM(unguarded) {
  TASK;
  read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(guarded_by_another) {
  TASK;
  if (field_exists(task->pid)) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(guarded_at_run_time) {
  TASK;
  if (number) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(wrong_way_round) {
  TASK;
  if (!field_exists(task->extra)) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(behind_the_guard) {
  TASK;
  if (field_exists(task->extra)) value = 1;
  seen = value;
  read_field(value, task->more);
  seen += value;
  return 0;
}

/* Cases that the verifier follows and min-btf does not. */

PROGRAM(through_the_stack) {
  TASK;
  volatile long has = field_exists(task->extra);
  if (has) read_field(value, task->extra);
  seen = value;
  return 0;
}

PROGRAM(two_registers) {
  TASK;
  if (field_exists(task->extra) == field_exists(task->pid)) read_field(value, task->extra);
  seen = value;
  return 0;
}

static __attribute__((noinline)) int has_extra(struct task* task) { return field_exists(task->extra); }

PROGRAM(subprogram) {
  TASK;
  if (has_extra(task)) read_field(value, task->extra);
  seen = value;
  return 0;
}

LICENSE;
