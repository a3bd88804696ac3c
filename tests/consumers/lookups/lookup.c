/* SPDX-License-Identifier: BSD-2-Clause */
#include "lookup.h"

#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

// The archive of programs that are linked with one.
extern unsigned char _binary_min_core_btfs_tar_gz_start[] __attribute__((weak));
extern unsigned char _binary_min_core_btfs_tar_gz_end[] __attribute__((weak));

void fail(const char* file, const char* reason) {
  fprintf(stderr, "%s: %s\n", file, reason);
  exit(1);
}

struct bytes read_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) fail(path, "cannot be opened");
  struct bytes contents = {NULL, 0};
  size_t capacity = 1u << 16;
  size_t got = 0;
  do {
    capacity *= 2;
    contents.data = realloc(contents.data, capacity);
    if (contents.data == NULL) fail(path, "no memory");
    got = fread(contents.data + contents.size, 1, capacity - contents.size - 1, file);
    contents.size += got;
  } while (contents.size + 1 == capacity);
  if (ferror(file)) fail(path, "cannot be read");
  fclose(file);
  contents.data[contents.size] = 0;
  return contents;
}

struct bytes read_artifact(const char* artifact) {
  if (strcmp(artifact, "-") != 0) return read_file(artifact);
  if (_binary_min_core_btfs_tar_gz_start == NULL) fail("-", "this program has no archive");
  const size_t size = (size_t)(_binary_min_core_btfs_tar_gz_end - _binary_min_core_btfs_tar_gz_start);
  return (struct bytes){_binary_min_core_btfs_tar_gz_start, size};
}

struct bytes first_gzip_member(struct bytes gzip, const char* name) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  enum { only_gzip = 16 };
  if (inflateInit2(&stream, only_gzip + MAX_WBITS) != Z_OK) fail(name, "zlib cannot start");
  stream.next_in = gzip.data;
  stream.avail_in = (uInt)gzip.size;
  struct bytes out = {NULL, 0};
  size_t capacity = 1u << 20;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    capacity *= 2;
    out.data = realloc(out.data, capacity);
    if (out.data == NULL) fail(name, "no memory");
    stream.next_out = out.data + out.size;
    stream.avail_out = (uInt)(capacity - out.size);
    status = inflate(&stream, Z_NO_FLUSH);
    out.size = stream.total_out;
    if (status != Z_OK && status != Z_STREAM_END) fail(name, "not a gzip file, or damaged");
  }
  inflateEnd(&stream);
  return out;
}

void print_result(struct bytes found) {
  if (found.data == NULL) {
    puts("not found");
  } else {
    char digits[SHA256_DIGEST_STRING_LENGTH];
    puts(SHA256Data(found.data, found.size, digits));
  }
  // Not exit(), after which LeakSanitizer looks for memory that is not freed.
  _exit(fflush(stdout) == 0 ? 0 : 1);
}

int main(int argc, char** argv) {
  if (argc != 5) fail("usage", "LOOKUP ARTIFACT OS_RELEASE MACHINE RELEASE");
  const struct host host = {argv[2], argv[3], argv[4]};
  print_result(look_up(argv[1], &host));
}
