/* SPDX-License-Identifier: BSD-2-Clause */
// Included before BCC's own btf_helpers.c (`cc -include`): the host is one that the test names, not this machine.
// Macros redirect the calls that read it.
#ifndef BCC_SOURCE_H
#define BCC_SOURCE_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

FILE* open_os_release(const char* path, const char* mode);
int name_host(struct utsname* host);
bool vmlinux_btf_exists(void);

#define fopen open_os_release
#define uname(host) name_host(host)
#define mkstemp make_file

#endif
