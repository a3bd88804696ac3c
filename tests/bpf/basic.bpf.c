/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocations that every kernel resolves, and two members of which a kernel has only one. */
#include "../../examples/core.h"

struct task_struct {
  int pid;
  int tgid;
  unsigned int __state;
  struct task_struct* real_parent;
} CORE;

/* before Linux 5.14 */
struct task_struct___old {
  long state;
} CORE;

int seen_pid;
int seen_parent;
long seen_state;

SEC("raw_tp/sched_process_exec")
int handle_exec(void* ctx) {
  struct task_struct* task = (void*)get_current_task();
  struct task_struct* parent = 0;
  probe_read_kernel(&seen_pid, sizeof(seen_pid), &task->pid);
  probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
  probe_read_kernel(&seen_parent, sizeof(seen_parent), &parent->tgid);
  return 0;
}

SEC("raw_tp/sched_process_exit")
int handle_exit(void* ctx) {
  struct task_struct* task = (void*)get_current_task();
  struct task_struct___old* old = (void*)task;
  if (field_exists(task->__state)) {
    unsigned int state = 0;
    probe_read_kernel(&state, sizeof(state), &task->__state);
    seen_state = state;
  } else {
    probe_read_kernel(&seen_state, sizeof(seen_state), &old->state);
  }
  return 0;
}

LICENSE;
