/* SPDX-License-Identifier: BSD-2-Clause */
/* Not a program, but a relocation target: the .BTF of this object is used as the BTF of a small kernel. */

struct list_head {
  struct list_head *next, *prev;
};

struct task_struct {
  unsigned int __state;
  void* stack;
  struct list_head tasks;
  int pid;
  int tgid;
  struct task_struct* real_parent;
  char comm[16];
};

/* Two types with one essential name. Their members have different offsets. */
#define DISPUTED_MEMBERS \
  int f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24;
struct disputed___one {
  DISPUTED_MEMBERS
};
struct disputed___two {
  int first;
  DISPUTED_MEMBERS
};

/* No object has a relocation against this type. */
struct unasked {
  long much[100];
};

long word; /* loaders derive the pointer size from `long` */
struct task_struct init_task;
struct disputed___one one;
struct disputed___two two;
struct unasked unasked;
