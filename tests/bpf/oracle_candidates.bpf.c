/* SPDX-License-Identifier: BSD-2-Clause */
/* Several candidates for one type: flavours here, duplicates in the kernel. Each relocation narrows libbpf's candidates
 * of its local type for the next, so that the programs of one object influence each other. Each program has another
 * order of relocations. Kernels have two or more of these structs, which have the same name and little in common. */
#include "oracle_core.h"

struct device;
struct pci_bus;

struct dma_chan {
  struct device *device;
  int cookie;
  int chan_id;
  unsigned int lock;
  const char *device_id;
} CORE;

struct console {
  char name[16];
  short flags;
  short index;
  void *data;
  u64 seq;
} CORE;

struct irq_info {
  struct irq_info *next;
  unsigned int irq;
  u8 bus, devfn;
  int refcnt;
} CORE;

struct pci_root_info {
  struct {
    struct pci_bus *bus;
  } common;
  char name[12];
  int segment;
} CORE;

struct perf_aux_event {
  u64 offset, size, flags;
  u64 hw_id;
  u32 pid, tid;
} CORE;

struct elf_thread_core_info {
  struct elf_thread_core_info *next;
  int num_notes;
} CORE;

/* The old and the new name of one member, and a wrong type. A kernel matches only one of the three. */
struct task_struct___old {
  volatile long state;
} CORE;

struct task_struct___new {
  unsigned int __state;
} CORE;

struct task_struct___wrong {
  struct device *pid;
} CORE;

struct slot {
  void *ctrl;
  u8 hp_slot;
  u8 number;
} CORE;

typedef u32 phys_reset_t;
typedef u8 bool_t;

SUBPROGRAM u64 task_state(void *task) {
  if (EXISTS(struct task_struct___new, __state)) return ((struct task_struct___new *)task)->__state;
  return (u64)((struct task_struct___old *)task)->state;
}

SEC("raw_tp/sys_enter") int states(void *context) {
  ASK(task_state(context));
  ASK(EXISTS(struct task_struct___wrong, pid));
  ASK(OFFSET_OF(struct task_struct___wrong, pid));
  return 0;
}

SEC("raw_tp/sys_enter") int narrow_first(struct dma_chan *chan) {
  ASK(EXISTS(struct dma_chan, cookie));
  ASK(EXISTS(struct dma_chan, lock));
  ASK(chan->chan_id);
  ASK(chan->device_id);
  ASK(TYPE_SIZE(struct console));
  return 0;
}

SEC("raw_tp/sys_enter") int narrow_second(struct dma_chan *chan) {
  ASK(chan->device_id);
  ASK(EXISTS(struct dma_chan, device));
  ASK(chan->cookie);
  return 0;
}

SEC("raw_tp/sys_exit") int ambiguous_size(void *context) {
  (void)context;
  ASK(TYPE_SIZE(struct dma_chan));
  ASK(TYPE_SIZE(struct irq_info));
  ASK(TYPE_SIZE(struct slot));
  return 0;
}

SEC("raw_tp/sys_exit") int ambiguous_id(void *context) {
  (void)context;
  ASK(TYPE_ID_TARGET(struct irq_info));
  ASK(TYPE_ID_TARGET(struct perf_aux_event));
  ASK(TYPE_ID_TARGET(struct elf_thread_core_info));
  ASK(TYPE_ID_TARGET(phys_reset_t));
  return 0;
}

SEC("raw_tp/sys_exit") int fields_first(struct console *console) {
  ASK(console->seq);
  ASK(console->index);
  ASK(&console->name);
  ASK(EXISTS(struct console, data));
  ASK(TYPE_EXISTS(struct console));
  return 0;
}

SEC("raw_tp/sys_exit") int types_first(struct console *console) {
  ASK(TYPE_EXISTS(struct console));
  ASK(console->flags);
  ASK(console->data);
  return 0;
}

SEC("raw_tp/sys_exit") int duplicates(struct irq_info *info) {
  ASK(info->irq);
  ASK(info->bus);
  ASK(info->devfn);
  ASK(info->refcnt);
  ASK(EXISTS(struct irq_info, next));
  ASK(EXISTS(struct perf_aux_event, hw_id));
  ASK(OFFSET_OF(struct perf_aux_event, pid));
  ASK(OFFSET_OF(struct perf_aux_event, flags));
  ASK(OFFSET_OF(struct pci_root_info, segment));
  ASK(OFFSET_OF(struct pci_root_info, name));
  ASK(OFFSET_OF(struct pci_root_info, common.bus));
  ASK(OFFSET_OF(struct elf_thread_core_info, num_notes));
  ASK(SIZE_OF(struct slot, number));
  ASK(TYPE_MATCHES(struct slot));
  return 0;
}
