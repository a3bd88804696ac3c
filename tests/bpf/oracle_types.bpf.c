/* SPDX-License-Identifier: BSD-2-Clause */
/* Type relocations against types of every kind that can have a name. */
#include "oracle_core.h"

/* Only declared: a pointer to such a type matches a pointer to any kernel type of that name. */
struct module;
struct mm_struct;
struct inode;
struct file;
struct dentry;
struct vm_area_struct;
struct poll_table_struct;

struct list_head {
  struct list_head *next, *prev;
};

struct hlist_node {
  struct hlist_node *next, **pprev;
};

struct callback_head {
  struct callback_head *next;
  void (*func)(struct callback_head *head);
};

struct rb_node {
  unsigned long __rb_parent_color;
  struct rb_node *rb_right;
  struct rb_node *rb_left;
};

/* Has a member that no kernel has. */
struct rb_root {
  struct rb_node *rb_node;
  int never_in_any_kernel;
};

struct task_struct {
  int pid;
  struct mm_struct *mm;
};

struct sched_entity {
  u64 vruntime;
};

/* In the kernel this is a struct. */
union list_lru {
  int of_another_kind;
};

struct path {
  void *mnt;
  struct dentry *dentry;
};

struct file_operations {
  struct module *owner;
  u32 (*poll)(struct file *file, struct poll_table_struct *table);
  int (*mmap)(struct file *file, struct vm_area_struct *area);
};

union bpf_attr {
  struct {
    u32 map_type;
    u32 key_size;
  };
};

union sigval {
  int sival_int;
  void *sival_ptr;
};

enum hrtimer_restart {
  HRTIMER_NORESTART,
  HRTIMER_RESTART,
};

enum pid_type {
  PIDTYPE_PID,
  PIDTYPE_TGID,
  PIDTYPE_PGID,
};

enum zone_type {
  ZONE_NORMAL,
  ZONE_OF_NO_KERNEL,
};

enum never_in_any_kernel { NEVER };

typedef int __kernel_pid_t;
typedef __kernel_pid_t pid_t;
typedef unsigned int gfp_t;
typedef unsigned int fmode_t;
typedef struct {
  int counter;
} atomic_t;
typedef struct refcount_struct {
  atomic_t refs;
} refcount_t;
typedef struct {
  unsigned long bits[16];
} nodemask_t;
typedef struct {
  unsigned long bits[1];
} nodemask_t___short;
typedef u64 sector_t;
typedef int work_func_t___integer;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);
typedef int (*work_func_t___returns)(struct work_struct *work);
typedef void (*work_func_t___two)(struct work_struct *work, int);
typedef void (*rcu_callback_t)(struct callback_head *head);
typedef int (*filldir_t)(void *, const char *, int, s64, u64, unsigned);
typedef u8 uuid_bytes_t[16];
typedef void *fl_owner_t;
typedef long never_t;
typedef enum hrtimer_restart never_enum_t;

SEC("raw_tp/sys_enter") int structs(void *context) {
  (void)context;
  ASK_TYPE(struct list_head);
  ASK_TYPE(struct hlist_node);
  ASK_TYPE(struct callback_head);
  ASK_TYPE(struct rb_node);
  ASK_TYPE(struct rb_root);
  ASK_TYPE(struct task_struct);
  ASK_TYPE(struct sched_entity);
  ASK_TYPE(struct path);
  ASK_TYPE(struct file_operations);
  return 0;
}

SEC("raw_tp/sys_enter") int unions_and_enums(void *context) {
  (void)context;
  ASK_TYPE(union list_lru);
  ASK_TYPE(union bpf_attr);
  ASK_TYPE(union sigval);
  ASK_TYPE(enum hrtimer_restart);
  ASK_TYPE(enum pid_type);
  ASK_TYPE(enum zone_type);
  ASK_TYPE(enum never_in_any_kernel);
  return 0;
}

SEC("raw_tp/sys_exit") int typedefs(void *context) {
  (void)context;
  ASK_TYPE(pid_t);
  ASK_TYPE(gfp_t);
  ASK_TYPE(fmode_t);
  ASK_TYPE(atomic_t);
  ASK_TYPE(refcount_t);
  ASK_TYPE(nodemask_t);
  ASK_TYPE(nodemask_t___short);
  ASK_TYPE(sector_t);
  ASK_TYPE(never_t);
  ASK_TYPE(never_enum_t);
  return 0;
}

SEC("raw_tp/sys_exit") int functions_and_pointers(void *context) {
  (void)context;
  ASK_TYPE(work_func_t);
  ASK_TYPE(work_func_t___returns);
  ASK_TYPE(work_func_t___two);
  ASK_TYPE(work_func_t___integer);
  ASK_TYPE(rcu_callback_t);
  ASK_TYPE(filldir_t);
  ASK_TYPE(uuid_bytes_t);
  ASK_TYPE(fl_owner_t);
  return 0;
}

/* Types without a name have only a local id. */
SEC("raw_tp/sys_exit") int unnamed(void *context) {
  (void)context;
  ASK(TYPE_ID_LOCAL(struct { int unnamed_member; }));
  ASK(TYPE_ID_LOCAL(int (*)(void)));
  ASK(TYPE_ID_LOCAL(u8[7]));
  ASK(TYPE_ID_LOCAL(void *));
  ASK(TYPE_ID_TARGET(int));
  ASK(TYPE_ID_TARGET(unsigned long));
  return 0;
}
