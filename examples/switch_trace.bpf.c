/* SPDX-License-Identifier: BSD-2-Clause */
/* Which task leaves the CPU, and in which state. A mistake is left in for `min-btf check` to find: Linux 5.14 renamed
 * task_struct.state to __state, and this program reads the old name without a check that it exists. */
#include "core.h"

struct task_struct {
  int pid;
  long state;
} CORE;

struct event {
  int pid;
  int padding;
  long state;
};

EVENTS;

/* arguments: bool preempt, struct task_struct *prev, struct task_struct *next */
SEC("raw_tp/sched_switch")
int trace_switch(u64* ctx) {
  struct task_struct* task = (void*)ctx[1];
  struct event event = {0};

  read_field(event.pid, task->pid);
  read_field(event.state, task->state);
  ringbuf_output(&events, &event, sizeof(event), 0);
  return 0;
}

LICENSE;
