/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocations that fail on the kernel of kernel.bpf.c: more than min-btf lists without -v. */
#include "../../examples/core.h"

struct disputed {
  int f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24;
} CORE;

long seen;

#define ASK(n) seen += field_offset(((struct disputed*)0)->f##n)

SEC("raw_tp/sched_process_exec")
int handle_exec(void* ctx) {
  ASK(0), ASK(1), ASK(2), ASK(3), ASK(4), ASK(5), ASK(6), ASK(7), ASK(8), ASK(9), ASK(10), ASK(11), ASK(12);
  ASK(13), ASK(14), ASK(15), ASK(16), ASK(17), ASK(18), ASK(19), ASK(20), ASK(21), ASK(22), ASK(23), ASK(24);
  return 0;
}

LICENSE;
