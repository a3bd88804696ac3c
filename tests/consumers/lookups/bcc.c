/* SPDX-License-Identifier: BSD-2-Clause */
// Finds the BTF of a host as BCC's libbpf-tools do (ensure_core_btf() in btf_helpers.c).
//
// ARTIFACT is min_core_btfs.tar.gz, or `-` for the archive that is linked into this program, as the tools have it.
//
// 1. os-release: in a line that begins with `ID=` the value is everything up to the first blank, also quotes. A line
//    counts as VERSION_ID only if it begins with `VERSION_ID="`: its value is everything up to the first blank, without
//    the last character, which should be the closing quote. Otherwise VERSION_ID is empty. Both have at most 64
//    characters. The last line wins.
// 2. The path is `./ID/VERSION_ID/MACHINE/RELEASE.btf` in a buffer of 100 bytes. A path of 100 characters is an error;
//    a longer one is cut off.
// 3. The first gzip member is a sequence of tar headers and contents. The search ends at the first header whose name is
//    empty. Only `name` and `size` of a header are read: the first header with this name is the result, of any type.
// 4. `size` is an octal number. If there is no such number, the size is that of the entry before.
#include <stdio.h>
#include <string.h>

#include "lookup.h"

enum { block = 512, name_bytes = 100, size_at = 124, size_bytes = 12, value_bytes = 65 };

static const char blanks[] = " \t\n\v\f\r";

/// Copies the value after `key` if the line begins with it. Returns 0 if it does not, or if the value is empty.
static int take_value(const char* line, const char* key, char value[value_bytes]) {
  const size_t key_size = strlen(key);
  if (strncmp(line, key, key_size) != 0) return 0;
  line += key_size;
  line += strspn(line, blanks);
  size_t size = strcspn(line, blanks);
  if (size == 0) return 0;
  if (size > value_bytes - 1) size = value_bytes - 1;
  memcpy(value, line, size);
  value[size] = 0;
  return 1;
}

static long octal_number(const unsigned char* field, long otherwise) {
  size_t at = 0;
  while (at < size_bytes && field[at] == ' ') ++at;
  if (at == size_bytes || field[at] < '0' || field[at] > '7') return otherwise;
  long number = 0;
  for (; at < size_bytes && field[at] >= '0' && field[at] <= '7'; ++at) number = number * 8 + (field[at] - '0');
  return number;
}

static struct bytes find_member(struct bytes tar, const char* path) {
  const struct bytes nothing = {NULL, 0};
  long size = 0;
  size_t at = 0;
  while (at + block <= tar.size && tar.data[at] != 0) {
    const char* name = (const char*)tar.data + at;
    size = octal_number(tar.data + at + size_at, size);
    // The consumer does not check this, and reads behind the archive.
    if ((size_t)size > tar.size - at - block) fail("archive", "a member is larger than the archive");
    if (strnlen(name, name_bytes) == strlen(path) && strncmp(name, path, name_bytes) == 0) {
      return (struct bytes){tar.data + at + block, (size_t)size};
    }
    at += block + ((size_t)size + block - 1) / block * block;
  }
  return nothing;
}

struct bytes look_up(const char* artifact, const struct host* host) {
  char id[value_bytes] = "";
  char version[value_bytes] = "";
  char* lines = (char*)read_file(host->os_release).data;
  for (char* line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    if (take_value(line, "ID=", id)) continue;
    if (take_value(line, "VERSION_ID=\"", version)) version[strlen(version) - 1] = 0;
  }

  char path[name_bytes];
  const int size = snprintf(path, sizeof path, "./%s/%s/%s/%s.btf", id, version, host->machine, host->release);
  if (size == name_bytes) return (struct bytes){NULL, 0};
  return find_member(first_gzip_member(read_artifact(artifact), artifact), path);
}
