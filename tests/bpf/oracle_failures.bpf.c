/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocations on which libbpf stops loading, each kind in its own program, and relocations that are resolved. */
#include "oracle_core.h"

struct task_struct {
  int pid;
  char comm[16];
  int exit_code;
  unsigned int in_iowait : 1;
} CORE;

struct sk_buff {
  unsigned int len;
  char cb[48];
  u16 protocol;
} CORE;

struct cpuinfo_x86 {
  u8 x86;
} CORE;

/* Signedness of an array element. */
SEC("?raw_tp/sys_enter") int array_sign(void *context) {
  (void)context;
  ASK(SIGNED(struct task_struct, comm[3]));
  return 0;
}

SEC("?raw_tp/sys_enter") int array_shift(void *context) {
  (void)context;
  ASK(EXISTS(struct sk_buff, cb[3]));
  ASK(LSHIFT(struct sk_buff, cb[3]));
  ASK(RSHIFT(struct sk_buff, cb[47]));
  return 0;
}

/* Offsets that are too large for the instruction: the kernel's struct is larger than the local one. */
SEC("?raw_tp/sys_enter") int too_far(struct task_struct *task) {
  ASK(task[100].pid);
  ASK(task[3].pid);
  return 0;
}

SEC("?raw_tp/sys_enter") int far_store(struct task_struct *task) {
  task[200].exit_code = 1;
  task[0].exit_code = 1;
  return 0;
}

/* Out of bounds of the local array. */
SEC("?raw_tp/sys_enter") int beyond_the_end(void *context) {
  (void)context;
  ASK(EXISTS(struct task_struct, comm[15]));
  ASK(EXISTS(struct task_struct, comm[16]));
  ASK(OFFSET_OF(struct sk_buff, cb[100]));
  return 0;
}

/* Within bounds: failures of other programs have no effect on this program. */
SEC("raw_tp/sys_enter") int fine(struct task_struct *task) {
  ASK(task->pid);
  ASK(task->exit_code);
  ASK(&task->comm[3]);
  ASK(SIZE_OF(struct sk_buff, cb[3]));
  ASK(OFFSET_OF(struct sk_buff, cb[3]));
  ASK(LSHIFT(struct task_struct, in_iowait));
  return 0;
}

/* Loads whose size differs from that of the kernel's member. */
struct sk_buff___sizes {
  u64 len;
  s32 protocol;
  u32 mac_len;
  s64 priority;
  u8 *head[2];
} CORE;

SEC("raw_tp/sys_exit") int load_sizes(struct sk_buff___sizes *skb) {
  ASK(skb->len);
  ASK(skb->protocol);
  ASK(skb->mac_len);
  ASK(skb->priority);
  ASK(skb->head[1]);
  return 0;
}

struct linux_binprm___arrays {
  u32 buf[4];
} CORE;

struct task_struct___arrays {
  u16 comm[2];
} CORE;

struct sk_buff___arrays {
  u8 cb[4];
} CORE;

SEC("raw_tp/sys_exit") int array_loads(struct linux_binprm___arrays *bprm) {
  ASK(bprm->buf[3]);
  ASK(((struct task_struct___arrays *)bprm)->comm[1]);
  ASK(((struct sk_buff___arrays *)bprm)->cb[3]);
  ASK(*(u8 *)__builtin_preserve_access_index(&((struct sk_buff___arrays *)bprm)->cb));
  return 0;
}
