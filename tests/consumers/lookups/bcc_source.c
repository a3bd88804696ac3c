/* SPDX-License-Identifier: BSD-2-Clause */
// The lookup `bcc` with BCC's own code in place of bcc.c. See MINBTF_BCC_SRC in consumer_case.hpp.
//
// The program is linked with btf_helpers.c and with an object that has the archive, so ARTIFACT must be `-`.
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lookup.h"

int ensure_core_btf(struct bpf_object_open_opts* options);
void cleanup_core_btf(struct bpf_object_open_opts* options);

static const struct host* the_host;

FILE* open_os_release(const char* path, const char* mode) {
  return fopen(strcmp(path, "/etc/os-release") == 0 ? the_host->os_release : path, mode);
}

int name_host(struct utsname* host) {
  memset(host, 0, sizeof *host);
  snprintf(host->machine, sizeof host->machine, "%s", the_host->machine);
  snprintf(host->release, sizeof host->release, "%s", the_host->release);
  return 0;
}

// BCC leaves an empty file if it finds nothing.
static char file_made[64];

int make_file(char* path) {
  const int file = mkstemp(path);
  snprintf(file_made, sizeof file_made, "%s", path);
  return file;
}

bool vmlinux_btf_exists(void) { return false; }

struct bytes look_up(const char* artifact, const struct host* host) {
  if (strcmp(artifact, "-") != 0) fail(artifact, "the archive must be linked into this program");
  the_host = host;
  LIBBPF_OPTS(bpf_object_open_opts, options);
  struct bytes found = {NULL, 0};
  if (ensure_core_btf(&options) != 0) {
    unlink(file_made);
    return found;
  }
  found = read_file(options.btf_custom_path);
  cleanup_core_btf(&options);
  return found;
}
