/* SPDX-License-Identifier: BSD-2-Clause */
// Finds the BTF of a host as libbpf does if it is not given a file: in the ELF file /boot/vmlinux-RELEASE.
//
// ARTIFACT is the root directory of the host. os-release and the machine are not used. Before version 1.0 libbpf takes
// only ELF files at this place, as cilium/ebpf does; this lookup therefore takes only ELF files, and has libbpf read
// them.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>

#include "lookup.h"

static int print_nothing(enum libbpf_print_level level, const char* format, va_list arguments) {
  (void)level;
  (void)format;
  (void)arguments;
  return 0;
}

struct bytes look_up(const char* artifact, const struct host* host) {
  libbpf_set_print(print_nothing);
  char path[4096];
  snprintf(path, sizeof path, "%s/boot/vmlinux-%s", artifact, host->release);
  struct btf* btf = btf__parse_elf(path, NULL);
  struct bytes found = {NULL, 0};
  if (libbpf_get_error(btf) != 0) return found;
  __u32 size = 0;
  found.data = (unsigned char*)btf__raw_data(btf, &size);
  found.size = size;
  return found;
}
