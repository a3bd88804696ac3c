/* SPDX-License-Identifier: BSD-2-Clause */
// Shared parts of the lookups: the command line, files, gzip, and the result.
//
// A lookup is a small program that finds the BTF of a host as one consumer of min-btf's artifacts does:
//
//     LOOKUP ARTIFACT OS_RELEASE MACHINE RELEASE
//
// OS_RELEASE is a file in the format of /etc/os-release. MACHINE and RELEASE are what `uname -m` and `uname -r` print.
// The lookup prints the SHA-256 of the bytes that the consumer would load, or "not found". The exit status is 1, with a
// message, if the artifact cannot be read at all.
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stddef.h>

struct bytes {
  unsigned char* data;
  size_t size;
};

struct host {
  const char* os_release;
  const char* machine;
  const char* release;
};

/// Prints a message and exits with status 1.
void fail(const char* file, const char* reason);

/// Returns the contents of a file, with a zero byte after them. Calls fail() if it cannot be read.
struct bytes read_file(const char* path);

/// Returns the contents of `artifact`; for `-`, those of the archive that is linked into the program under the symbols
/// _binary_min_core_btfs_tar_gz_*. Calls fail() if the file cannot be read or the program has no archive.
struct bytes read_artifact(const char* artifact);

/// Returns the contents of the first member of gzip data; what follows it is ignored. Calls fail() if the data is
/// damaged.
struct bytes first_gzip_member(struct bytes gzip, const char* name);

/// Prints the result and exits with status 0. A null pointer in `found` means that nothing was found.
void print_result(struct bytes found);

/// Implemented by each lookup: returns the contents that are found in `artifact`.
struct bytes look_up(const char* artifact, const struct host* host);

#endif
