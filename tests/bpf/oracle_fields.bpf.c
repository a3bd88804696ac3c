/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses as in tracing programs: loads, stores and addresses; nested members, anonymous members, arrays. */
#include "oracle_core.h"

struct list_head {
  struct list_head *next, *prev;
} CORE;

typedef struct {
  int counter;
} atomic_t;

typedef struct refcount_struct {
  atomic_t refs;
} refcount_t;

struct ns_common {
  unsigned int inum;
} CORE;

struct pid_namespace {
  struct ns_common ns;
  unsigned int level;
} CORE;

struct upid {
  int nr;
  struct pid_namespace *ns;
} CORE;

struct pid {
  refcount_t count;
  unsigned int level;
  struct upid numbers[]; /* one element before Linux 6.5: all others are out of bounds there */
} CORE;

struct mm_struct {
  struct {
    unsigned long task_size;
    atomic_t mm_count;
    unsigned long start_code, end_code;
  };
} CORE;

struct nsproxy {
  struct pid_namespace *pid_ns_for_children;
} CORE;

struct sched_entity {
  u64 vruntime;
  u64 sum_exec_runtime;
} CORE;

struct task_struct {
  struct task_struct *real_parent, *group_leader;
  int pid, tgid;
  unsigned int flags;
  char comm[16];
  struct list_head children;
  struct mm_struct *mm;
  struct nsproxy *nsproxy;
  struct pid *thread_pid;
  struct sched_entity se;
  u64 start_time;
  long never_in_any_kernel;
} CORE;

struct qstr {
  union {
    struct {
      u32 hash;
      u32 len;
    };
    u64 hash_len;
  };
  const unsigned char *name;
} CORE;

struct dentry {
  struct qstr d_name;
  struct dentry *d_parent;
  unsigned char d_iname[32];
} CORE;

struct path {
  struct dentry *dentry;
} CORE;

struct file {
  struct path f_path;
  unsigned int f_flags;
  s64 f_pos;
  void *private_data;
} CORE;

struct sk_buff {
  union {
    struct {
      struct sk_buff *next;
      union {
        unsigned long dev_scratch;
      };
    };
  };
  char cb[48];
  unsigned int len, data_len;
  u16 transport_header, network_header;
  u16 protocol;
  unsigned char *head;
} CORE;

struct linux_binprm {
  char buf[256];
  int argc;
} CORE;

/* A member of an element of the last array of a struct, whatever the declared length of the array. */
SUBPROGRAM int last_pid_number(struct pid *pid) { return pid->numbers[pid->level].nr; }

SUBPROGRAM u64 inode_number(struct task_struct *task) {
  return task->nsproxy->pid_ns_for_children->ns.inum + (u64)last_pid_number(task->thread_pid);
}

SEC("raw_tp/sys_enter") int task_loads(struct task_struct *task) {
  ASK(task->pid);
  ASK(task->tgid);
  ASK(task->real_parent->real_parent->tgid);
  ASK(task->comm[0]);
  ASK(task->comm[15]);
  ASK(task->se.vruntime + task->se.sum_exec_runtime);
  ASK(task->children.next);
  ASK(inode_number(task));
  return 0;
}

SEC("raw_tp/sys_enter") int task_addresses(struct task_struct *task) {
  ASK(&task->comm);
  ASK(&task->comm[7]);
  ASK(&task->children.prev);
  ASK(&task->thread_pid->numbers[3].ns);
  ASK(&task[1].pid);
  ASK(task->mm->start_code);
  ASK(&task->mm->mm_count);
  return 0;
}

SEC("raw_tp/sys_enter") int missing_member(struct task_struct *task) {
  ASK(task->never_in_any_kernel);
  if (EXISTS(struct task_struct, never_in_any_kernel)) ASK(task->never_in_any_kernel);
  return 0;
}

SEC("raw_tp/sys_exit") int files(struct file *file) {
  ASK(file->f_path.dentry->d_name.name);
  ASK(file->f_path.dentry->d_name.len);
  ASK(file->f_path.dentry->d_name.hash_len);
  ASK(file->f_path.dentry->d_parent->d_iname[31]);
  ASK(file->f_flags);
  ASK(file->f_pos);
  file->f_flags = 1;
  file->private_data = 0;
  return 0;
}

SEC("raw_tp/sys_exit") int packets(struct sk_buff *skb) {
  ASK(skb->next->len);
  ASK(skb->dev_scratch);
  ASK(skb->cb[47]);
  ASK(&skb->cb);
  ASK(skb->data_len);
  ASK(skb->head + skb->transport_header + skb->network_header);
  skb->protocol = 8;
  return 0;
}

SEC("raw_tp/sys_exit") int sizes(struct linux_binprm *bprm) {
  ASK(bprm->argc);
  ASK(bprm->buf[200]); /* the array is half as long before Linux 5.1: out of bounds there */
  ASK_ARRAY(struct linux_binprm, buf);
  ASK_ARRAY(struct task_struct, comm);
  ASK_POINTER(struct task_struct, real_parent);
  ASK_FIELD(struct task_struct, se.vruntime);
  ASK(OFFSET_OF(struct pid, numbers));
  ASK(EXISTS(struct pid, numbers));
  ASK_FIELD(struct dentry, d_name.hash);
  ASK(OFFSET_OF(struct pid, numbers[2].nr));
  ASK(SIZE_OF(struct pid, numbers[0]));
  ASK(EXISTS(struct pid, numbers[5]));
  ASK(EXISTS(struct task_struct, comm[15]));
  ASK(EXISTS(struct dentry, d_iname[30]));
  return 0;
}
