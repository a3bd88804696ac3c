/* SPDX-License-Identifier: BSD-2-Clause */
// Finds the BTF of a host as eunomia's bpf-compatible does (ensure_core_btf_with_tar_binary()).
//
// ARTIFACT is min_core_btfs.tar.gz, or `-` for the archive that is linked into this program.
//
// 1. os-release: lines are trimmed. A value that stands in quotes (`"` or `'`) loses them. The last line wins.
// 2. The path is `./btfhub-archive/ID/VERSION_ID/MACHINE/RELEASE.btf`. Paths are compared part by part: double slashes
//    and a `.` inside a path do not count, but the `./` at the beginning does.
// 3. The first gzip member is a tar, up to the first block of zeros. The path of a member is that of its ustar header:
//    `prefix` and `name`, or only `name` in a header of another format. Longer names in pax headers and GNU's headers
//    for long names are not used.
// 4. The last member with the path is the result, of any type. A header with a wrong checksum is an error.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookup.h"

enum { block = 512, name_bytes = 100, size_at = 124, size_bytes = 12, checksum_at = 148, checksum_bytes = 8 };
enum { magic_at = 257, prefix_at = 345, prefix_bytes = 155, path_bytes = 512 };

static unsigned long octal(const unsigned char* field, size_t bytes) {
  char digits[32] = "";
  memcpy(digits, field, bytes);
  return strtoul(digits, NULL, 8);
}

static unsigned long sum_of(const unsigned char* header) {
  unsigned long sum = 0;
  for (size_t i = 0; i < block; ++i) {
    sum += i >= checksum_at && i < checksum_at + checksum_bytes ? (unsigned long)' ' : header[i];
  }
  return sum;
}

static int is_zero(const unsigned char* header) {
  for (size_t i = 0; i < block; ++i) {
    if (header[i] != 0) return 0;
  }
  return 1;
}

/// Writes the parts of `path`, each with a slash before it. A `.` is a part only at the beginning.
static void write_parts(char out[path_bytes], const char* path) {
  char copy[path_bytes];
  snprintf(copy, sizeof copy, "%s", path);
  out[0] = 0;
  if (path[0] == '/') strcat(out, "/");
  int is_first = 1;
  for (const char* part = strtok(copy, "/"); part != NULL; part = strtok(NULL, "/")) {
    if (is_first || strcmp(part, ".") != 0) {
      strcat(out, "/");
      strcat(out, part);
    }
    is_first = 0;
  }
}

static void path_of(char path[path_bytes], const unsigned char* header) {
  const char* name = (const char*)header;
  const char* prefix = name + prefix_at;
  path[0] = 0;
  if (memcmp(header + magic_at, "ustar\00000", 8) == 0 && prefix[0] != 0) {
    snprintf(path, path_bytes, "%.*s/%.*s", prefix_bytes, prefix, name_bytes, name);
  } else {
    snprintf(path, path_bytes, "%.*s", name_bytes, name);
  }
}

static struct bytes find_member(struct bytes tar, const char* wanted) {
  struct bytes found = {NULL, 0};
  for (size_t at = 0; at + block <= tar.size && !is_zero(tar.data + at);) {
    const unsigned char* header = tar.data + at;
    if (octal(header + checksum_at, checksum_bytes) != sum_of(header)) fail("archive", "a checksum is wrong");
    const size_t size = octal(header + size_at, size_bytes);
    if (size > tar.size - at - block) fail("archive", "a member is larger than the archive");
    char path[path_bytes];
    char parts[path_bytes];
    path_of(path, header);
    write_parts(parts, path);
    if (strcmp(parts, wanted) == 0) found = (struct bytes){tar.data + at + block, size};
    at += block + (size + block - 1) / block * block;
  }
  return found;
}

static void trim(char** text) {
  static const char blanks[] = " \t\r\v\f";
  *text += strspn(*text, blanks);
  size_t size = strlen(*text);
  while (size > 0 && strchr(blanks, (*text)[size - 1]) != NULL) (*text)[--size] = 0;
}

/// Sets `value` if the line begins with `key`.
static void take_value(char* line, const char* key, const char** value) {
  if (strncmp(line, key, strlen(key)) != 0) return;
  char* text = line + strlen(key);
  trim(&text);
  const size_t size = strlen(text);
  if (size >= 2 && (text[0] == '"' || text[0] == '\'') && text[size - 1] == text[0]) {
    text[size - 1] = 0;
    ++text;
  }
  *value = text;
}

struct bytes look_up(const char* artifact, const struct host* host) {
  const char* id = "";
  const char* version = "";
  char* lines = (char*)read_file(host->os_release).data;
  for (char* line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    trim(&line);
    take_value(line, "ID=", &id);
    take_value(line, "VERSION_ID=", &version);
  }
  char path[path_bytes];
  char wanted[path_bytes];
  snprintf(path, sizeof path, "./btfhub-archive/%.64s/%.64s/%.64s/%.64s.btf", id, version, host->machine,
           host->release);
  write_parts(wanted, path);
  return find_member(first_gzip_member(read_artifact(artifact), artifact), wanted);
}
