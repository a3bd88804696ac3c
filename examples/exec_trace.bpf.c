/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports each successful execve(): process, parent, PID namespace and file. */
#include "core.h"

struct ns_common {
  u32 inum;
} CORE;

struct pid_namespace {
  struct ns_common ns;
} CORE;

struct nsproxy {
  struct pid_namespace* pid_ns_for_children;
} CORE;

struct task_struct {
  int tgid;
  struct task_struct* real_parent;
  struct nsproxy* nsproxy;
  char comm[16];
} CORE;

struct linux_binprm {
  const char* filename;
} CORE;

struct event {
  int tgid;
  int parent_tgid;
  u32 pid_namespace;
  char parent_comm[16];
  char filename[128];
};

EVENTS;

/* arguments: struct task_struct *, pid_t old_pid, struct linux_binprm * */
SEC("raw_tp/sched_process_exec")
int trace_exec(u64* ctx) {
  struct task_struct* task = (void*)ctx[0];
  struct linux_binprm* bprm = (void*)ctx[2];
  struct task_struct* parent = 0;
  struct nsproxy* nsproxy = 0;
  struct pid_namespace* namespace = 0;
  const char* filename = 0;
  struct event event = {0};

  read_field(event.tgid, task->tgid);
  read_field(parent, task->real_parent);
  read_field(event.parent_tgid, parent->tgid);
  read_field(event.parent_comm, parent->comm);
  read_field(nsproxy, task->nsproxy);
  read_field(namespace, nsproxy->pid_ns_for_children);
  read_field(event.pid_namespace, namespace->ns.inum);
  read_field(filename, bprm->filename);
  probe_read_kernel_str(event.filename, sizeof(event.filename), filename);
  ringbuf_output(&events, &event, sizeof(event), 0);
  return 0;
}

LICENSE;
