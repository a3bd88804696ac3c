/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of vmlinux and of two modules, each in a program of its own. */
#include "../../examples/core.h"

struct task_struct {
  int pid;
} CORE;

struct nf_conn {
  long mark;
} CORE;

struct vxlan_dev {
  int vni;
} CORE;

long seen;

SEC("kprobe/of_vmlinux")
int of_vmlinux(void* ctx) {
  int pid = 0;
  probe_read_kernel(&pid, sizeof(pid), &((struct task_struct*)ctx)->pid);
  seen = pid;
  return 0;
}

SEC("kprobe/of_nf_conntrack")
int of_nf_conntrack(void* ctx) {
  probe_read_kernel(&seen, sizeof(seen), &((struct nf_conn*)ctx)->mark);
  return 0;
}

SEC("kprobe/of_vxlan")
int of_vxlan(void* ctx) {
  int vni = 0;
  probe_read_kernel(&vni, sizeof(vni), &((struct vxlan_dev*)ctx)->vni);
  seen = vni;
  return 0;
}
