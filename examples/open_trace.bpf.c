/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the name, inode and device of each opened file, at vfs_open(const struct path *, struct file *).
 *
 * One object for two architectures: field_exists() finds out whether the kernel has the registers of x86-64 or arm64.
 * The branch for the other architecture becomes unreachable, and its read of a register is poisoned. */
#include "core.h"

struct super_block {
  u32 s_dev;
} CORE;

struct inode {
  unsigned long i_ino;
  struct super_block* i_sb;
} CORE;

struct qstr {
  const unsigned char* name;
} CORE;

struct dentry {
  struct qstr d_name;
  struct inode* d_inode;
} CORE;

struct path {
  struct dentry* dentry;
} CORE;

struct pt_regs___x86_64 {
  unsigned long di;
} CORE;

struct pt_regs___arm64 {
  u64 regs[31];
} CORE;

struct event {
  u64 inode;
  u32 device;
  int tgid;
  char name[64];
};

EVENTS;

SEC("kprobe/vfs_open")
int trace_open(void* ctx) {
  struct pt_regs___x86_64* x86_64 = ctx;
  struct pt_regs___arm64* arm64 = ctx;
  struct path* path = 0;
  struct dentry* dentry = 0;
  struct inode* inode = 0;
  struct super_block* super_block = 0;
  const unsigned char* name = 0;
  struct event event = {0};

  if (field_exists(x86_64->di)) {
    read_field(path, x86_64->di);
  } else if (field_exists(arm64->regs)) {
    read_field(path, arm64->regs[0]);
  }
  read_field(dentry, path->dentry);
  read_field(inode, dentry->d_inode);
  read_field(event.inode, inode->i_ino);
  read_field(super_block, inode->i_sb);
  read_field(event.device, super_block->s_dev);
  read_field(name, dentry->d_name.name);
  probe_read_kernel_str(event.name, sizeof(event.name), name);
  event.tgid = get_current_pid_tgid() >> 32;
  ringbuf_output(&events, &event, sizeof(event), 0);
  return 0;
}

LICENSE;
