/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that need the BTF of the running kernel, and some that do not. There are no CO-RE relocations. */
#include "../../examples/core.h"

#define KSYM __attribute__((section(".ksyms")))
#define WEAK __attribute__((weak))

struct task_struct;
struct rq {
  unsigned int nr_running;
};

extern struct task_struct *bpf_task_acquire(struct task_struct *task) KSYM;
extern void bpf_task_release(struct task_struct *task) WEAK KSYM;
extern const struct rq runqueues KSYM;
extern const int bpf_prog_active WEAK KSYM;
extern const void init_task_address KSYM;
extern const void perhaps_an_address WEAK KSYM;

const volatile void *seen;

static __attribute__((noinline)) int acquire(struct task_struct *task) {
  task = bpf_task_acquire(task);
  if (task && bpf_task_release) bpf_task_release(task);
  return task != 0;
}

SEC("fentry/do_unlinkat")
int on_unlink(u64 *context) { return 0; }

SEC("?fexit.s/vfs_read")
int after_read(u64 *context) { return bpf_prog_active; }

SEC("fentry")
int on_anything(u64 *context) { return 0; }

SEC("tp_btf/sched_switch")
int on_switch(u64 *context) { return acquire((void *)context[0]); }

SEC("lsm/file_open")
int may_open(u64 *context) { return 0; }

SEC("iter/task")
int each_task(void *context) { return 0; }

SEC("freplace/other_program")
int replacement(void *context) { return 0; }

SEC("kprobe/vfs_open")
int on_open(void *context) {
  seen = &init_task_address;
  if (&perhaps_an_address) seen = &perhaps_an_address;
  return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(void *context) { return runqueues.nr_running + runqueues.nr_running; }

SEC("struct_ops/init")
void start(u64 *context) {}

struct tcp_congestion_ops {
  void (*init)(void *sock);
  char name[16];
};

SEC(".struct_ops.link")
struct tcp_congestion_ops congestion = {.init = (void *)start, .name = "congestion"};

LICENSE;
