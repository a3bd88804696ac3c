/* Finds the reduced BTF of a kernel in a bundle, which `min-btf gen` and `min-btf ship bundle` write.
 *
 * One header for C99 and C++ on POSIX.1-2008, without other dependencies: copy it into your sources.
 *
 *     extern const unsigned char btfs_start[], btfs_end[];   // the bundle, e.g. linked in by `min-btf embed`
 *
 *     struct minbtf_options options = {0};                   // in C++: options = {};
 *     options.bundle = btfs_start;
 *     options.bundle_size = (size_t)(btfs_end - btfs_start);
 *     struct minbtf_btf_path btf;
 *     if (minbtf_btf_find(&btf, &options) < 0)               // a negative reason: nothing was found
 *       fprintf(stderr, "%s: %s\n", btf.system.release, minbtf_reason_text(btf.reason));
 *     LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf.path);   // NULL: the kernel's own BTF
 *     ... open and load the object ...
 *     minbtf_btf_path_close(&btf);
 *
 * Programs that take BTF as bytes call minbtf_bundle_open(), minbtf_system_read() and minbtf_bundle_find() instead.
 *
 * - Memory. Nothing is allocated and nothing is copied: results point into the bundle, whose bytes belong to the caller
 *   and must stay unchanged as long as a result is used. There is no global state. Threads may share a bundle.
 * - Errors. A function that returns int returns a negative enum minbtf_reason if it fails. Only minbtf_system_*() and
 *   minbtf_btf_*() make system calls; errno is that of the call that failed if they return MINBTF_SYSTEM_ERROR.
 * - Untrusted bundles. Any bytes may be given to any function: each offset is checked before it is used, and each
 *   loop ends. minbtf_bundle_find() cannot notice a changed byte in a name; minbtf_bundle_check() does.
 * - Hosts of any byte order and pointer size. The bundle may have any address. The offset of a content is a multiple of
 *   8, so that a bundle that is aligned to 8 gives aligned BTF.
 * - Modes. -std=c99 and -std=gnu11 both work, no macro such as _POSIX_C_SOURCE is needed, and none is defined here.
 *
 * The format, the rules of the search and those for os-release files are in docs/bundle-format.md.
 *
 * Copyright (c) 2026, The min-btf authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef MINBTF_BUNDLE_H
#define MINBTF_BUNDLE_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Reasons ---- */

/* How a BTF was found (positive), or why none was (negative). The words in comments are those of
 * minbtf_reason_name(). The values do not change in later versions. */
enum minbtf_reason {
  MINBTF_OK = 0, /* "ok": minbtf_bundle_open(), minbtf_bundle_check() and others without an answer */

  MINBTF_EXACT = 1,          /* "exact": release, ID and VERSION_ID are equal; rank (a) */
  MINBTF_RELEASE_ONLY = 2,   /* "release-only": all kernels with this release have this content */
  MINBTF_VERSION_PREFIX = 3, /* "version-prefix": rank (b), 8 for 8.4 */
  MINBTF_SAME_ID = 4,        /* "same-id": rank (c) */
  MINBTF_FAMILY = 5,         /* "family": rank (d), centos 8 for rhel 8.4 */
  MINBTF_ID_LIKE = 6,        /* "id-like": rank (e) */
  MINBTF_NEAREST_EQUAL = 7,  /* "nearest": the next lower and the next higher release have this content */
  MINBTF_KERNEL_BTF = 8,     /* "kernel-btf": the kernel has BTF of its own */
  MINBTF_USER_PATH = 9,      /* "user-path": the file that the user named */

  MINBTF_NO_RELEASE = -1,      /* "no-release": no kernel with this machine and release */
  MINBTF_OTHER_DISTRO = -2,    /* "other-distro": different contents, and no kernel of the distribution or its family */
  MINBTF_AMBIGUOUS = -3,       /* "ambiguous": different contents in the first rank that has kernels */
  MINBTF_REFUSED_STRICT = -4,  /* "strict": it would be "release-only", and MINBTF_STRICT is set */
  MINBTF_UNKNOWN_MACHINE = -5, /* "unknown-machine": the name of the machine is not in the table */

  MINBTF_NOT_BUNDLE = -16,   /* "not-bundle": the bytes do not begin as a bundle */
  MINBTF_TRUNCATED = -17,    /* "truncated": bytes at the end are missing */
  MINBTF_NEWER_FORMAT = -18, /* "newer-format": a major version or a flag that this header does not know */
  MINBTF_DAMAGED = -19,      /* "damaged": a value is impossible, or a CRC is wrong */
  MINBTF_SYSTEM_ERROR = -20  /* "system-error": a system call failed, see errno */
};

/* Returns the word for a reason, e.g. "release-only". The string is static. "unknown" for any other number. */
static inline const char *minbtf_reason_name(int reason) {
  switch (reason) {
    case MINBTF_OK: return "ok";
    case MINBTF_EXACT: return "exact";
    case MINBTF_RELEASE_ONLY: return "release-only";
    case MINBTF_VERSION_PREFIX: return "version-prefix";
    case MINBTF_SAME_ID: return "same-id";
    case MINBTF_FAMILY: return "family";
    case MINBTF_ID_LIKE: return "id-like";
    case MINBTF_NEAREST_EQUAL: return "nearest";
    case MINBTF_KERNEL_BTF: return "kernel-btf";
    case MINBTF_USER_PATH: return "user-path";
    case MINBTF_NO_RELEASE: return "no-release";
    case MINBTF_OTHER_DISTRO: return "other-distro";
    case MINBTF_AMBIGUOUS: return "ambiguous";
    case MINBTF_REFUSED_STRICT: return "strict";
    case MINBTF_UNKNOWN_MACHINE: return "unknown-machine";
    case MINBTF_NOT_BUNDLE: return "not-bundle";
    case MINBTF_TRUNCATED: return "truncated";
    case MINBTF_NEWER_FORMAT: return "newer-format";
    case MINBTF_DAMAGED: return "damaged";
    case MINBTF_SYSTEM_ERROR: return "system-error";
    default: return "unknown";
  }
}

/* Returns a phrase for a log, e.g. "no kernel with this machine and release". The string is static. */
static inline const char *minbtf_reason_text(int reason) {
  switch (reason) {
    case MINBTF_OK: return "no error";
    case MINBTF_EXACT: return "the kernel's release, ID and VERSION_ID";
    case MINBTF_RELEASE_ONLY: return "the kernel's release; ID or VERSION_ID is another or unknown";
    case MINBTF_VERSION_PREFIX: return "the kernel's release and ID; one VERSION_ID is the start of the other";
    case MINBTF_SAME_ID: return "the kernel's release and ID; another VERSION_ID";
    case MINBTF_FAMILY: return "the kernel's release; a distribution of the same family and major version";
    case MINBTF_ID_LIKE: return "the kernel's release; a distribution that ID_LIKE names";
    case MINBTF_NEAREST_EQUAL: return "the next lower and the next higher release, which have the same BTF";
    case MINBTF_KERNEL_BTF: return "the kernel's own BTF";
    case MINBTF_USER_PATH: return "the file that the user named";
    case MINBTF_NO_RELEASE: return "no kernel with this machine and release";
    case MINBTF_OTHER_DISTRO: return "the kernels with this release have different BTF, and are of other distributions";
    case MINBTF_AMBIGUOUS: return "several kernels match equally well and have different BTF";
    case MINBTF_REFUSED_STRICT: return "kernels with this release, but not with this ID and VERSION_ID (strict)";
    case MINBTF_UNKNOWN_MACHINE: return "unknown machine";
    case MINBTF_NOT_BUNDLE: return "not a bundle";
    case MINBTF_TRUNCATED: return "the bundle is truncated";
    case MINBTF_NEWER_FORMAT: return "the bundle has a newer format than this program reads";
    case MINBTF_DAMAGED: return "the bundle is damaged";
    case MINBTF_SYSTEM_ERROR: return "a system call failed";
    default: return "unknown reason";
  }
}

/* ---- Bytes ---- */

static inline uint32_t minbtf_internal_u16(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t minbtf_internal_u32(const unsigned char *bytes) {
  return minbtf_internal_u16(bytes) | minbtf_internal_u16(bytes + 2) << 16;
}

/* Returns the CRC-32 of zlib's crc32(). `crc` is 0, or the result for the bytes before these. */
static inline uint32_t minbtf_crc32(uint32_t crc, const void *data, size_t size) {
  /* The CRCs of the 16 values of four bits: a small table, because programs that use it may be small. */
  static const uint32_t table[16] = {0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
                                     0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                     0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
  const unsigned char *bytes = (const unsigned char *)data;
  size_t i;
  crc = ~crc;
  for (i = 0; i < size; ++i) {
    crc ^= bytes[i];
    crc = crc >> 4 ^ table[crc & 15u];
    crc = crc >> 4 ^ table[crc & 15u];
  }
  return ~crc;
}

/* ---- The bundle ---- */

enum {
  MINBTF_INTERNAL_HEADER = 64, /* bytes of the header of version 1.0 */
  MINBTF_INTERNAL_KERNEL = 32, /* bytes of a kernel in the index */
  MINBTF_INTERNAL_CONTENT = 16 /* bytes of a content in the table of contents */
};

/* In place of the number of a kernel or content: there is none. */
#define MINBTF_NONE UINT32_MAX

/* A view of a bundle. Written by minbtf_bundle_open(); has nothing to free. May be copied. */
struct minbtf_bundle {
  const unsigned char *data; /* bytes of the caller */
  size_t size;
  uint32_t kernels;  /* number of kernels */
  uint32_t contents; /* number of distinct BTFs */
  uint32_t minor;    /* minor version of the format */
  /* Offsets from the start of the bundle. */
  uint32_t kernels_off, contents_off, strings_off, strings_size;
};

/* A kernel in the index. The strings are in the bundle. A string that the writer did not know is "". */
struct minbtf_kernel {
  uint32_t machine;       /* see minbtf_machine_name() */
  const char *release;    /* uname -r */
  const char *id;         /* ID in os-release */
  const char *version_id; /* VERSION_ID in os-release; may be its start: 8 for 8.4 */
  const char *build;      /* uname -v */
  uint32_t content;       /* number of its BTF */
};

/* A reduced BTF in the bundle. */
struct minbtf_content {
  const void *btf; /* in the bundle */
  size_t size;     /* bytes */
  uint32_t crc;    /* its CRC-32 as the bundle states it; minbtf_content_check() compares */
};

/* Reads the header, in constant time. `data` must stay valid and unchanged while `bundle` is in use; it may have any
 * alignment. Returns MINBTF_OK; or MINBTF_NOT_BUNDLE, MINBTF_TRUNCATED, MINBTF_NEWER_FORMAT, MINBTF_DAMAGED, and
 * then `bundle` is a bundle without kernels. Names and contents are checked when they are used, or by
 * minbtf_bundle_check(). `data` may be NULL if `size` is 0. */
static inline int minbtf_bundle_open(struct minbtf_bundle *bundle, const void *data, size_t size) {
  static const unsigned char magic[8] = {0x89, 'M', 'B', 'N', 'D', 'L', '\r', '\n'};
  const unsigned char *bytes = (const unsigned char *)data;
  uint32_t header_size, kernels, contents, strings_off, strings_size;
  uint64_t kernels_end, contents_end, strings_end, file_size;

  memset(bundle, 0, sizeof *bundle);
  if (bytes == NULL || size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) return MINBTF_NOT_BUNDLE;
  if (size < MINBTF_INTERNAL_HEADER) return MINBTF_TRUNCATED;
  if (minbtf_internal_u16(bytes + 8) > 1) return MINBTF_NEWER_FORMAT;
  if (minbtf_internal_u16(bytes + 8) == 0) return MINBTF_DAMAGED;
  /* The upper 16 flags are for facts that a reader may ignore. */
  if (minbtf_internal_u16(bytes + 52) != 0) return MINBTF_NEWER_FORMAT;
  file_size = (uint64_t)minbtf_internal_u32(bytes + 20) << 32 | minbtf_internal_u32(bytes + 16);
  if (file_size > UINT32_MAX) return MINBTF_DAMAGED;
  if (file_size > size) return MINBTF_TRUNCATED;
  if (file_size < size) return MINBTF_DAMAGED;

  header_size = minbtf_internal_u32(bytes + 12);
  if (header_size < MINBTF_INTERNAL_HEADER || header_size % 8 != 0) return MINBTF_DAMAGED;
  if (minbtf_internal_u16(bytes + 10) == 0 && header_size != MINBTF_INTERNAL_HEADER) return MINBTF_DAMAGED;
  kernels = minbtf_internal_u32(bytes + 24);
  contents = minbtf_internal_u32(bytes + 32);
  strings_off = minbtf_internal_u32(bytes + 40);
  strings_size = minbtf_internal_u32(bytes + 44);
  /* Header, kernels, contents and strings follow each other without gaps. Sums of 64 bits do not overflow here. */
  kernels_end = (uint64_t)header_size + (uint64_t)kernels * MINBTF_INTERNAL_KERNEL;
  contents_end = kernels_end + (uint64_t)contents * MINBTF_INTERNAL_CONTENT;
  strings_end = contents_end + strings_size;
  if (minbtf_internal_u32(bytes + 28) != header_size) return MINBTF_DAMAGED;
  if (minbtf_internal_u32(bytes + 36) != kernels_end || strings_off != contents_end) return MINBTF_DAMAGED;
  if (strings_size == 0 || strings_end > file_size) return MINBTF_DAMAGED;
  /* With a NUL as the last byte, each offset below strings_size is the offset of a string that ends. */
  if (bytes[strings_off] != 0 || bytes[strings_end - 1] != 0) return MINBTF_DAMAGED;

  bundle->data = bytes;
  bundle->size = size;
  bundle->kernels = kernels;
  bundle->contents = contents;
  bundle->minor = minbtf_internal_u16(bytes + 10);
  bundle->kernels_off = header_size;
  bundle->contents_off = (uint32_t)kernels_end;
  bundle->strings_off = strings_off;
  bundle->strings_size = strings_size;
  return MINBTF_OK;
}

static inline const unsigned char *minbtf_internal_kernel(const struct minbtf_bundle *bundle, uint32_t index) {
  return bundle->data + bundle->kernels_off + (size_t)index * MINBTF_INTERNAL_KERNEL;
}

/* Returns NULL if the offset is too large. */
static inline const char *minbtf_internal_string(const struct minbtf_bundle *bundle, const unsigned char *offset) {
  const uint32_t value = minbtf_internal_u32(offset);
  if (value >= bundle->strings_size) return NULL;
  return (const char *)bundle->data + bundle->strings_off + value;
}

/* Reads a kernel; `index` is from 0 to bundle->kernels - 1, in the order of the index. Returns MINBTF_OK;
 * MINBTF_DAMAGED if the bundle has no such kernel, or a value is out of bounds; MINBTF_NEWER_FORMAT for an unknown
 * flag. */
static inline int minbtf_bundle_kernel(const struct minbtf_bundle *bundle, uint32_t index,
                                       struct minbtf_kernel *kernel) {
  const unsigned char *bytes;
  memset(kernel, 0, sizeof *kernel);
  kernel->release = kernel->id = kernel->version_id = kernel->build = "";
  kernel->content = MINBTF_NONE;
  if (index >= bundle->kernels) return MINBTF_DAMAGED;
  bytes = minbtf_internal_kernel(bundle, index);
  if (minbtf_internal_string(bundle, bytes + 4) == NULL || minbtf_internal_string(bundle, bytes + 8) == NULL ||
      minbtf_internal_string(bundle, bytes + 12) == NULL || minbtf_internal_string(bundle, bytes + 16) == NULL ||
      minbtf_internal_u32(bytes + 20) >= bundle->contents) {
    return MINBTF_DAMAGED;
  }
  if (minbtf_internal_u16(bytes + 24) != 0) return MINBTF_NEWER_FORMAT;
  kernel->machine = minbtf_internal_u32(bytes);
  kernel->release = minbtf_internal_string(bundle, bytes + 4);
  kernel->id = minbtf_internal_string(bundle, bytes + 8);
  kernel->version_id = minbtf_internal_string(bundle, bytes + 12);
  kernel->build = minbtf_internal_string(bundle, bytes + 16);
  kernel->content = minbtf_internal_u32(bytes + 20);
  return MINBTF_OK;
}

/* Finds a BTF by its number, from 0 to bundle->contents - 1. Returns MINBTF_OK, or MINBTF_DAMAGED if there is no such
 * content or it is out of bounds. Does not compare the CRC. */
static inline int minbtf_bundle_content(const struct minbtf_bundle *bundle, uint32_t number,
                                        struct minbtf_content *content) {
  const unsigned char *bytes;
  uint32_t offset, size;
  content->btf = NULL;
  content->size = 0;
  content->crc = 0;
  if (number >= bundle->contents) return MINBTF_DAMAGED;
  bytes = bundle->data + bundle->contents_off + (size_t)number * MINBTF_INTERNAL_CONTENT;
  offset = minbtf_internal_u32(bytes);
  size = minbtf_internal_u32(bytes + 4);
  if (size == 0 || offset % 8 != 0 || offset < (uint64_t)bundle->strings_off + bundle->strings_size ||
      (uint64_t)offset + size > bundle->size) {
    return MINBTF_DAMAGED;
  }
  content->btf = bundle->data + offset;
  content->size = size;
  content->crc = minbtf_internal_u32(bytes + 8);
  return MINBTF_OK;
}

/* Returns MINBTF_OK if the CRC of the content is right, otherwise MINBTF_DAMAGED. Reads the content. */
static inline int minbtf_content_check(const struct minbtf_content *content) {
  return minbtf_crc32(0, content->btf, content->size) == content->crc ? MINBTF_OK : MINBTF_DAMAGED;
}

/* Returns MINBTF_OK if the CRC of header, index and strings is right, otherwise MINBTF_DAMAGED. Reads these, which are
 * some 50 bytes for each kernel, but no content. */
static inline int minbtf_bundle_check_index(const struct minbtf_bundle *bundle) {
  static const unsigned char zeros[4] = {0, 0, 0, 0};
  uint32_t crc;
  if (bundle->data == NULL) return MINBTF_DAMAGED;
  /* The CRC is computed with its own field as 0. */
  crc = minbtf_crc32(0, bundle->data, 48);
  crc = minbtf_crc32(crc, zeros, sizeof zeros);
  crc = minbtf_crc32(crc, bundle->data + 52, (size_t)bundle->strings_off + bundle->strings_size - 52);
  return crc == minbtf_internal_u32(bundle->data + 48) ? MINBTF_OK : MINBTF_DAMAGED;
}

static inline int minbtf_internal_all_zero(const unsigned char *bytes, size_t size) {
  size_t i;
  for (i = 0; i < size; ++i) {
    if (bytes[i] != 0) return 0;
  }
  return 1;
}

/* Returns true if the strings are unique and sorted by their bytes. */
static inline int minbtf_internal_strings_sorted(const struct minbtf_bundle *bundle) {
  const char *text = (const char *)bundle->data + bundle->strings_off;
  const char *end = text + bundle->strings_size;
  const char *next = text + strlen(text) + 1;
  for (; next != end; next += strlen(next) + 1) {
    if (strcmp(text, next) >= 0) return 0;
    text = next;
  }
  return 1;
}

/* Compares kernels by machine, release, id, version_id and build. */
static inline int minbtf_internal_kernel_order(const struct minbtf_kernel *left, const struct minbtf_kernel *right) {
  int order = left->machine < right->machine ? -1 : left->machine > right->machine;
  if (order == 0) order = strcmp(left->release, right->release);
  if (order == 0) order = strcmp(left->id, right->id);
  if (order == 0) order = strcmp(left->version_id, right->version_id);
  if (order == 0) order = strcmp(left->build, right->build);
  return order;
}

/* Returns true if a string starts at the offset of each string of the kernel, not in the middle of one. */
static inline int minbtf_internal_whole_strings(const struct minbtf_bundle *bundle, const unsigned char *kernel) {
  unsigned i;
  for (i = 0; i < 4; ++i) {
    const uint32_t offset = minbtf_internal_u32(kernel + 4 + (size_t)i * 4);
    if (offset != 0 && bundle->data[bundle->strings_off + (size_t)offset - 1] != 0) return 0;
  }
  return 1;
}

/* Reads all bytes of the bundle. Returns MINBTF_OK if they are as docs/bundle-format.md describes them: CRCs, order of
 * the index, strings, contents in the order of their first use. Otherwise MINBTF_DAMAGED, or MINBTF_NEWER_FORMAT for an
 * unknown flag of a kernel. Takes some 6 milliseconds for each megabyte. */
static inline int minbtf_bundle_check(const struct minbtf_bundle *bundle) {
  struct minbtf_kernel kernel, before;
  struct minbtf_content content;
  uint32_t i, used = 0;
  uint64_t end;
  int reason = minbtf_bundle_check_index(bundle);
  memset(&before, 0, sizeof before);
  if (reason != MINBTF_OK) return reason;
  if (bundle->minor == 0 && !minbtf_internal_all_zero(bundle->data + 56, 8)) return MINBTF_DAMAGED;
  if (!minbtf_internal_strings_sorted(bundle)) return MINBTF_DAMAGED;

  for (i = 0; i < bundle->kernels; ++i) {
    const unsigned char *bytes = minbtf_internal_kernel(bundle, i);
    reason = minbtf_bundle_kernel(bundle, i, &kernel);
    if (reason != MINBTF_OK) return reason;
    if (!minbtf_internal_whole_strings(bundle, bytes)) return MINBTF_DAMAGED;
    if (i > 0 && minbtf_internal_kernel_order(&before, &kernel) >= 0) return MINBTF_DAMAGED;
    if (bundle->minor == 0 && !minbtf_internal_all_zero(bytes + 28, 4)) return MINBTF_DAMAGED;
    if (kernel.content > used) return MINBTF_DAMAGED;
    if (kernel.content == used) ++used;
    before = kernel;
  }
  if (used != bundle->contents) return MINBTF_DAMAGED;

  end = (uint64_t)bundle->strings_off + bundle->strings_size;
  for (i = 0; i < bundle->contents; ++i) {
    const unsigned char *bytes = bundle->data + bundle->contents_off + (size_t)i * MINBTF_INTERNAL_CONTENT;
    const uint64_t offset = minbtf_internal_u32(bytes);
    reason = minbtf_bundle_content(bundle, i, &content);
    if (reason == MINBTF_OK) reason = minbtf_content_check(&content);
    if (reason != MINBTF_OK) return reason;
    if (offset < end) return MINBTF_DAMAGED;
    if (bundle->minor == 0) {
      if (offset - end >= 8 || !minbtf_internal_all_zero(bundle->data + end, (size_t)(offset - end)) ||
          !minbtf_internal_all_zero(bytes + 12, 4)) {
        return MINBTF_DAMAGED;
      }
    }
    end = offset + content.size;
  }
  return bundle->minor == 0 && end != bundle->size ? MINBTF_DAMAGED : MINBTF_OK;
}

/* ---- Machines ---- */

/* e_machine, ELFCLASS and ELFDATA of the kernel's ELF file. */
#define MINBTF_INTERNAL_MACHINE(number, elf_class, data) \
  ((uint32_t)(number) | (uint32_t)(elf_class) << 16 | (uint32_t)(data) << 24)
#define MINBTF_INTERNAL_X86_64 MINBTF_INTERNAL_MACHINE(62, 2, 1)
#define MINBTF_INTERNAL_I386 MINBTF_INTERNAL_MACHINE(3, 1, 1)
#define MINBTF_INTERNAL_ARM MINBTF_INTERNAL_MACHINE(40, 1, 1)

struct minbtf_internal_machine_word {
  const char *word;
  uint32_t machine;
};

/* Returns a table of names. The first name of each machine is that of `uname -m`. NULL ends the table. */
static inline const struct minbtf_internal_machine_word *minbtf_internal_machines(void) {
  static const struct minbtf_internal_machine_word words[] = {{"x86_64", MINBTF_INTERNAL_X86_64},
                                                              {"amd64", MINBTF_INTERNAL_X86_64},
                                                              {"aarch64", MINBTF_INTERNAL_MACHINE(183, 2, 1)},
                                                              {"arm64", MINBTF_INTERNAL_MACHINE(183, 2, 1)},
                                                              {"armv8l", MINBTF_INTERNAL_MACHINE(183, 2, 1)},
                                                              {"i686", MINBTF_INTERNAL_I386},
                                                              {"i586", MINBTF_INTERNAL_I386},
                                                              {"i486", MINBTF_INTERNAL_I386},
                                                              {"i386", MINBTF_INTERNAL_I386},
                                                              {"386", MINBTF_INTERNAL_I386},
                                                              {"armv7l", MINBTF_INTERNAL_ARM},
                                                              {"arm", MINBTF_INTERNAL_ARM},
                                                              {"armhf", MINBTF_INTERNAL_ARM},
                                                              {"armel", MINBTF_INTERNAL_ARM},
                                                              {"ppc64le", MINBTF_INTERNAL_MACHINE(21, 2, 1)},
                                                              {"ppc64el", MINBTF_INTERNAL_MACHINE(21, 2, 1)},
                                                              {"ppc64", MINBTF_INTERNAL_MACHINE(21, 2, 2)},
                                                              {"riscv64", MINBTF_INTERNAL_MACHINE(243, 2, 1)},
                                                              {"loongarch64", MINBTF_INTERNAL_MACHINE(258, 2, 1)},
                                                              {"loong64", MINBTF_INTERNAL_MACHINE(258, 2, 1)},
                                                              {"s390x", MINBTF_INTERNAL_MACHINE(22, 2, 2)},
                                                              {"mips64el", MINBTF_INTERNAL_MACHINE(8, 2, 1)},
                                                              {"mips64le", MINBTF_INTERNAL_MACHINE(8, 2, 1)},
                                                              {"mips64", MINBTF_INTERNAL_MACHINE(8, 2, 2)},
                                                              {"sparc64", MINBTF_INTERNAL_MACHINE(43, 2, 2)},
                                                              {NULL, 0}};
  return words;
}

/* Returns the number in the index for a name as `uname -m` prints it, or for Debian's and Go's name: amd64, arm64,
 * armhf, ppc64el, ... 0 if the name is unknown. `mips64` is big-endian here, `mips64el` little-endian; see
 * minbtf_system_uname(). */
static inline uint32_t minbtf_machine(const char *name) {
  const struct minbtf_internal_machine_word *known = minbtf_internal_machines();
  const size_t length = strlen(name);
  for (; known->word != NULL; ++known) {
    if (strcmp(known->word, name) == 0) return known->machine;
  }
  /* armv5tel, armv5tejl, armv6l, armv7l, armv7hl, ...; those of big-endian kernels end with b. */
  if (strncmp(name, "armv", 4) == 0 && name[4] >= '5' && name[4] <= '7' && name[length - 1] == 'l') {
    return MINBTF_INTERNAL_ARM;
  }
  return 0;
}

/* Returns the name of a machine in the index, for a log: that of `uname -m`, except `mips64el`, where `uname -m` prints
 * `mips64`. "unknown" for any other number. The string is static. */
static inline const char *minbtf_machine_name(uint32_t machine) {
  const struct minbtf_internal_machine_word *known = minbtf_internal_machines();
  for (; known->word != NULL; ++known) {
    if (known->machine == machine) return known->word;
  }
  return "unknown";
}

/* ---- The system ---- */

/* Bits of minbtf_system.too_long: the value does not fit into its array. The array is then "", as if the value were
 * absent: a value is never cut. */
enum {
  MINBTF_TOO_LONG_MACHINE = 1,
  MINBTF_TOO_LONG_RELEASE = 2,
  MINBTF_TOO_LONG_BUILD = 4,
  MINBTF_TOO_LONG_ID = 8,
  MINBTF_TOO_LONG_VERSION_ID = 16,
  MINBTF_TOO_LONG_ID_LIKE = 32
};

/* The largest os-release file that is read, in bytes. Files of distributions have less than 1000. */
#define MINBTF_OS_RELEASE_MAX 16384

/* The kernel and the distribution that BTF is wanted for. All arrays are C strings, "" if the value is absent. Set all
 * bytes to 0 before the first function; minbtf_system_read() does so itself. */
struct minbtf_system {
  char machine[65]; /* uname -m, or another name in the table of minbtf_machine() */
  char release[65]; /* uname -r */
  char build[65];   /* uname -v */
  char id[65];      /* ID, VERSION_ID and ID_LIKE in os-release, without quotes */
  char version_id[65];
  char id_like[257];
  unsigned too_long;    /* MINBTF_TOO_LONG_* */
  int os_release_error; /* errno if no os-release file was read; EFBIG: it is larger than MINBTF_OS_RELEASE_MAX;
                           EISDIR, EINVAL: it is not a regular file */
};

/* Copies a value if it fits and has no NUL. Otherwise `to` becomes "", and `bit` is set in *too_long. */
static inline void minbtf_internal_set(char *to, size_t capacity, const char *value, size_t length, unsigned *too_long,
                                       unsigned bit) {
  *too_long &= ~bit;
  memset(to, 0, capacity);
  if (length >= capacity) {
    *too_long |= bit;
  } else if (length > 0 && memchr(value, 0, length) == NULL) {
    memcpy(to, value, length);
  }
}

/* Sets machine, release and build, for a system other than the running one. NULL is as "". */
static inline void minbtf_system_set_kernel(struct minbtf_system *system, const char *machine, const char *release,
                                            const char *build) {
  if (machine == NULL) machine = "";
  if (release == NULL) release = "";
  if (build == NULL) build = "";
  minbtf_internal_set(system->machine, sizeof system->machine, machine, strlen(machine), &system->too_long,
                      MINBTF_TOO_LONG_MACHINE);
  minbtf_internal_set(system->release, sizeof system->release, release, strlen(release), &system->too_long,
                      MINBTF_TOO_LONG_RELEASE);
  minbtf_internal_set(system->build, sizeof system->build, build, strlen(build), &system->too_long,
                      MINBTF_TOO_LONG_BUILD);
}

/* Sets machine, release and build by uname(2). A container sees the values of its host. On MIPS `mips64` becomes
 * `mips64el` if this program is little-endian. Returns MINBTF_OK or MINBTF_SYSTEM_ERROR. */
static inline int minbtf_system_uname(struct minbtf_system *system) {
  struct utsname names;
  const char *machine = names.machine;
  if (uname(&names) < 0) {
    minbtf_system_set_kernel(system, NULL, NULL, NULL);
    return MINBTF_SYSTEM_ERROR;
  }
#if defined(__MIPSEL__)
  if (strcmp(machine, "mips64") == 0) machine = "mips64el";
#endif
  minbtf_system_set_kernel(system, machine, names.release, names.version);
  return MINBTF_OK;
}

static inline int minbtf_internal_is_blank(char c) { return c == ' ' || c == '\t'; }

/* Removes the quotes and backslashes of a value in os-release, as a shell does. Writes at most `capacity` bytes to
 * `out`, which is not ended by a NUL. Returns the number of bytes of the value, also if they are more than `capacity`;
 * (size_t)-1 if the line is not an assignment of one word: a quote is not closed, a backslash ends the line, or
 * something other than a comment follows the word. */
static inline size_t minbtf_internal_unquote(const char *text, size_t size, char *out, size_t capacity) {
  size_t i = 0, length = 0;
  char quote = 0;
  for (; i < size; ++i) {
    char c = text[i];
    if (quote == 0 && minbtf_internal_is_blank(c)) break;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      continue;
    }
    if (quote != 0 && c == quote) {
      quote = 0;
      continue;
    }
    if (c == '\\' && quote != '\'') {
      if (i + 1 == size) return (size_t)-1;
      /* In double quotes, a backslash before any other byte is an ordinary byte. */
      if (quote == 0 || strchr("$`\"\\", text[i + 1]) != NULL) c = text[++i];
    }
    if (length < capacity) out[length] = c;
    ++length;
  }
  if (quote != 0) return (size_t)-1;
  while (i < size && minbtf_internal_is_blank(text[i])) ++i;
  return i == size || text[i] == '#' ? length : (size_t)-1;
}

/* Sets a value by an assignment. The value is the part of the line behind `=`. */
static inline void minbtf_internal_assign(char *to, size_t capacity, const char *text, size_t size, unsigned *too_long,
                                          unsigned bit) {
  char value[256];
  size_t length = minbtf_internal_unquote(text, size, value, sizeof value);
  if (length == (size_t)-1) length = 0;
  minbtf_internal_set(to, capacity, value, length, too_long, bit);
}

/* Returns true if the line begins with the name and `=`. */
static inline int minbtf_internal_is_key(const char *line, size_t size, const char *name) {
  const size_t length = strlen(name);
  return size > length && memcmp(line, name, length) == 0 && line[length] == '=';
}

/* Sets ID, VERSION_ID and ID_LIKE by the text of an os-release file. Values that the text does not have become "". The
 * rules are in docs/bundle-format.md: both kinds of quotes, backslashes, CR LF; the last assignment wins; a value that
 * is not one word of a shell is absent. `text` need not end with a NUL. */
static inline void minbtf_os_release_parse(struct minbtf_system *system, const char *text, size_t size) {
  size_t start = 0;
  memset(system->id, 0, sizeof system->id);
  memset(system->version_id, 0, sizeof system->version_id);
  memset(system->id_like, 0, sizeof system->id_like);
  system->too_long &= ~(unsigned)(MINBTF_TOO_LONG_ID | MINBTF_TOO_LONG_VERSION_ID | MINBTF_TOO_LONG_ID_LIKE);
  /* A byte order mark, which editors on Windows write. */
  if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) start = 3;
  while (start < size) {
    const char *line = text + start;
    const char *newline = (const char *)memchr(line, '\n', size - start);
    size_t length = newline == NULL ? size - start : (size_t)(newline - line);
    start += length + 1;
    if (length > 0 && line[length - 1] == '\r') --length;
    for (; length > 0 && minbtf_internal_is_blank(*line); --length) ++line;
    if (minbtf_internal_is_key(line, length, "ID")) {
      minbtf_internal_assign(system->id, sizeof system->id, line + 3, length - 3, &system->too_long,
                             MINBTF_TOO_LONG_ID);
    } else if (minbtf_internal_is_key(line, length, "VERSION_ID")) {
      minbtf_internal_assign(system->version_id, sizeof system->version_id, line + 11, length - 11, &system->too_long,
                             MINBTF_TOO_LONG_VERSION_ID);
    } else if (minbtf_internal_is_key(line, length, "ID_LIKE")) {
      minbtf_internal_assign(system->id_like, sizeof system->id_like, line + 8, length - 8, &system->too_long,
                             MINBTF_TOO_LONG_ID_LIKE);
    }
  }
}

/* Opens a file that programs which this one starts do not inherit. Returns -1 with errno if it fails. */
static inline int minbtf_internal_open(const char *file, int flags, mode_t mode) {
#ifdef O_CLOEXEC
  return open(file, flags | O_CLOEXEC, mode);
#else
  /* -std=c99 hides O_CLOEXEC. */
  const int fd = open(file, flags, mode);
  if (fd >= 0) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
#endif
}

/* Closes the file. An error is set as errno. */
static inline int minbtf_internal_close(int fd, int error) {
  (void)close(fd);
  if (error == 0) return MINBTF_OK;
  errno = error;
  return MINBTF_SYSTEM_ERROR;
}

/* Opens a regular file for reading. Never waits, as open(2) of a FIFO does. Returns -1 with errno if it fails: EISDIR
 * for a directory, EINVAL for a FIFO, a device, and other files that are not regular. */
static inline int minbtf_internal_open_regular(const char *file) {
  struct stat facts;
  const int fd = minbtf_internal_open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0) return -1;
  /* fstat() may fail with EOVERFLOW in a program of 32 bits, because of the inode's number. */
  if (fstat(fd, &facts) < 0 || S_ISREG(facts.st_mode)) return fd;
  (void)minbtf_internal_close(fd, S_ISDIR(facts.st_mode) ? EISDIR : EINVAL);
  return -1;
}

static inline int minbtf_internal_os_release_file(struct minbtf_system *system, const char *path) {
  char text[MINBTF_OS_RELEASE_MAX + 1];
  size_t size = 0;
  ssize_t got;
  const int fd = minbtf_internal_open_regular(path);
  if (fd < 0) return MINBTF_SYSTEM_ERROR;
  do {
    got = read(fd, text + size, sizeof text - size);
    if (got > 0) size += (size_t)got;
  } while ((got > 0 && size < sizeof text) || (got < 0 && errno == EINTR));
  if (got < 0) return minbtf_internal_close(fd, errno);
  if (size == sizeof text) return minbtf_internal_close(fd, EFBIG);
  minbtf_os_release_parse(system, text, size);
  return minbtf_internal_close(fd, 0);
}

/* Sets ID, VERSION_ID and ID_LIKE by an os-release file. `path` NULL: /etc/os-release, and if it cannot be read
 * /usr/lib/os-release. In a container, give the path of the host's file: preferably usr/lib/os-release below the host's
 * root, since etc/os-release is usually a symbolic link. Returns MINBTF_OK; or MINBTF_SYSTEM_ERROR if no file could be
 * read, with errno also in system->os_release_error, and then the values are "". A file that is not regular is not
 * read, so that a FIFO does not block. Needs 16 KiB of stack. */
static inline int minbtf_system_os_release(struct minbtf_system *system, const char *path) {
  int reason;
  minbtf_os_release_parse(system, "", 0);
  if (path != NULL) {
    reason = minbtf_internal_os_release_file(system, path);
  } else {
    reason = minbtf_internal_os_release_file(system, "/etc/os-release");
    if (reason != MINBTF_OK) reason = minbtf_internal_os_release_file(system, "/usr/lib/os-release");
  }
  system->os_release_error = reason == MINBTF_OK ? 0 : errno;
  return reason;
}

/* Sets all of `system`: uname(2) and the os-release file, see minbtf_system_uname() and minbtf_system_os_release().
 * Returns MINBTF_OK; or MINBTF_SYSTEM_ERROR if uname(2) failed, or if the file at `path` cannot be read. It is no error
 * if `path` is NULL and the system has no os-release file. After an error the values that were read are set. */
static inline int minbtf_system_read(struct minbtf_system *system, const char *os_release) {
  int of_uname, of_file;
  memset(system, 0, sizeof *system);
  of_uname = minbtf_system_uname(system);
  if (of_uname != MINBTF_OK) return of_uname;
  of_file = minbtf_system_os_release(system, os_release);
  return os_release == NULL ? MINBTF_OK : of_file;
}

/* ---- The search ---- */

/* Flags of minbtf_bundle_find(). */
enum {
  /* Refuses "release-only": the only content for the release, where ID or VERSION_ID is another or unknown. */
  MINBTF_STRICT = 1,
  /* If the bundle does not have the release: takes the content of the next lower and the next higher release of the
   * same machine, ID, VERSION_ID and flavour, if both exist and have one content. */
  MINBTF_NEAREST = 2
};

/* minbtf_match.nearest: why MINBTF_NEAREST gave an answer or none. */
enum minbtf_nearest {
  MINBTF_NEAREST_NOT_TRIED = 0,
  MINBTF_NEAREST_FOUND,
  MINBTF_NEAREST_NO_OS_RELEASE,      /* ID or VERSION_ID is unknown */
  MINBTF_NEAREST_MACHINE_UNSURE,     /* i386 to i686: the kernel may be one for x86_64 */
  MINBTF_NEAREST_NO_KERNELS,         /* no kernel of this machine, ID, VERSION_ID and flavour */
  MINBTF_NEAREST_NONE_BELOW,         /* all of these kernels are higher */
  MINBTF_NEAREST_NONE_ABOVE,         /* all of these kernels are lower */
  MINBTF_NEAREST_SAME_NUMBERS,       /* a release is another text with the same numbers */
  MINBTF_NEAREST_DIFFERENT_CONTENTS /* the releases on both sides have different BTF */
};

/* The answer of minbtf_bundle_find(). */
struct minbtf_match {
  int reason;       /* enum minbtf_reason */
  const void *btf;  /* the BTF, in the bundle; NULL if none was found */
  size_t size;      /* bytes of `btf` */
  uint32_t crc;     /* CRC-32 of `btf` as the bundle states it */
  uint32_t content; /* number of the content; MINBTF_NONE if none was found */
  uint32_t kernel;  /* number of a kernel with this content, the best one by rank; MINBTF_NONE if none was found */
  /* The kernels with this machine and release: `count` kernels from number `first` on. They were considered if `reason`
   * is "other-distro", "ambiguous" or "strict". See minbtf_match_has(). */
  uint32_t first, count;
  int rank;       /* "ambiguous": 1 to 4 for the ranks (a) to (d), 5 and more for the words of ID_LIKE; else 0 */
  int same_build; /* 1: only kernels with the build of the system were considered */
  int as_x86_64;  /* 1: the machine is i386 to i686, and the kernels are those of x86_64 */
  int nearest;    /* enum minbtf_nearest */
  /* MINBTF_NEAREST: a kernel of the next lower and of the next higher release; MINBTF_NONE if there is none. */
  uint32_t below, above;
};

/* Returns a phrase for a log about minbtf_match.nearest. The string is static. */
static inline const char *minbtf_nearest_text(int nearest) {
  switch (nearest) {
    case MINBTF_NEAREST_NOT_TRIED: return "not tried";
    case MINBTF_NEAREST_FOUND: return "the releases on both sides have the same BTF";
    case MINBTF_NEAREST_NO_OS_RELEASE: return "ID or VERSION_ID is unknown";
    case MINBTF_NEAREST_MACHINE_UNSURE: return "the kernel may be one for x86_64";
    case MINBTF_NEAREST_NO_KERNELS: return "no kernel of this machine, ID, VERSION_ID and flavour";
    case MINBTF_NEAREST_NONE_BELOW: return "no lower release of this machine, ID, VERSION_ID and flavour";
    case MINBTF_NEAREST_NONE_ABOVE: return "no higher release of this machine, ID, VERSION_ID and flavour";
    case MINBTF_NEAREST_SAME_NUMBERS: return "a release has the same numbers in another text";
    case MINBTF_NEAREST_DIFFERENT_CONTENTS: return "the releases on both sides have different BTF";
    default: return "unknown";
  }
}

/* Sets *result to the number of the first kernel that is not before (machine, release) in the index. */
static inline int minbtf_internal_lower_bound(const struct minbtf_bundle *bundle, uint32_t machine, const char *release,
                                              uint32_t *result) {
  uint32_t low = 0, high = bundle->kernels;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const unsigned char *kernel = minbtf_internal_kernel(bundle, middle);
    const uint32_t other = minbtf_internal_u32(kernel);
    int is_before = other < machine;
    if (other == machine) {
      const char *text = minbtf_internal_string(bundle, kernel + 4);
      if (text == NULL) return MINBTF_DAMAGED;
      is_before = strcmp(text, release) < 0;
    }
    if (is_before) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *result = low;
  return MINBTF_OK;
}

/* Sets first and count of the match. */
static inline int minbtf_internal_find_release(const struct minbtf_bundle *bundle, uint32_t machine,
                                               const char *release, struct minbtf_match *match) {
  uint32_t end;
  int reason = minbtf_internal_lower_bound(bundle, machine, release, &match->first);
  if (reason != MINBTF_OK) return reason;
  for (end = match->first; end < bundle->kernels; ++end) {
    const unsigned char *kernel = minbtf_internal_kernel(bundle, end);
    const char *text;
    if (minbtf_internal_u32(kernel) != machine) break;
    text = minbtf_internal_string(bundle, kernel + 4);
    if (text == NULL) return MINBTF_DAMAGED;
    if (strcmp(text, release) != 0) break;
  }
  match->count = end - match->first;
  return MINBTF_OK;
}

/* Returns true if one version is the start of the other, and a dot follows: 8 and 8.4. */
static inline int minbtf_internal_is_dot_prefix(const char *left, const char *right) {
  for (; *left != 0 && *left == *right; ++left) ++right;
  return (*left == 0 && *right == '.') || (*right == 0 && *left == '.');
}

/* Returns true if both versions have the same part before the first dot, and it is not empty. */
static inline int minbtf_internal_same_major(const char *left, const char *right) {
  const size_t length = strcspn(left, ".");
  return length > 0 && length == strcspn(right, ".") && memcmp(left, right, length) == 0;
}

/* Returns the family of a distribution whose kernels have this release; 0 if it has none. */
static inline int minbtf_internal_family(const char *id, const char *release) {
  if (strcmp(id, "rhel") == 0 || strcmp(id, "centos") == 0 || strcmp(id, "rocky") == 0 ||
      strcmp(id, "almalinux") == 0) {
    return 1;
  }
  /* Oracle's own kernel (5.4.17-2136.el8uek) is not that of the family. */
  if (strcmp(id, "ol") == 0) return strstr(release, "uek") == NULL ? 1 : 0;
  if (strcmp(id, "sles") == 0 || strcmp(id, "sles_sap") == 0 || strcmp(id, "opensuse-leap") == 0) return 2;
  return 0;
}

/* Returns the number of the word in `words` (from 0), which are separated by blanks; -1 if it is not one of them. */
static inline int minbtf_internal_word_number(const char *words, const char *word) {
  const size_t length = strlen(word);
  int number = 0;
  while (length > 0) {
    size_t size;
    words += strspn(words, " \t");
    size = strcspn(words, " \t");
    if (size == 0) break;
    if (size == length && memcmp(words, word, length) == 0) return number;
    words += size;
    ++number;
  }
  return -1;
}

/* Returns how well os-release fits to a kernel of the release: 1 to 4 for the ranks (a) to (d), 5 + N for word N of
 * ID_LIKE; 0 if the kernel is of another distribution. */
static inline int minbtf_internal_rank(const struct minbtf_system *system, const struct minbtf_kernel *kernel) {
  int family, word;
  if (system->id[0] != 0 && strcmp(system->id, kernel->id) == 0) {
    if (strcmp(system->version_id, kernel->version_id) == 0) return 1;
    return minbtf_internal_is_dot_prefix(system->version_id, kernel->version_id) ? 2 : 3;
  }
  family = minbtf_internal_family(system->id, kernel->release);
  if (family != 0 && family == minbtf_internal_family(kernel->id, kernel->release) &&
      minbtf_internal_same_major(system->version_id, kernel->version_id)) {
    return 4;
  }
  word = minbtf_internal_word_number(system->id_like, kernel->id);
  return word < 0 ? 0 : 5 + word;
}

static inline int minbtf_internal_reason_of_rank(int rank) {
  switch (rank) {
    case 1: return MINBTF_EXACT;
    case 2: return MINBTF_VERSION_PREFIX;
    case 3: return MINBTF_SAME_ID;
    case 4: return MINBTF_FAMILY;
    default: return MINBTF_ID_LIKE;
  }
}

/* Sets the reason, and for a negative one removes the content. */
static inline int minbtf_internal_answer(const struct minbtf_bundle *bundle, struct minbtf_match *match, int reason) {
  struct minbtf_content content;
  memset(&content, 0, sizeof content);
  if (reason > 0 && minbtf_bundle_content(bundle, match->content, &content) != MINBTF_OK) reason = MINBTF_DAMAGED;
  if (reason < 0) match->content = match->kernel = MINBTF_NONE;
  match->btf = content.btf;
  match->size = content.size;
  match->crc = content.crc;
  match->reason = reason;
  return reason;
}

/* Steps 3 to 6: chooses among the kernels from `first` on. Their number is not 0. */
static inline int minbtf_internal_choose(const struct minbtf_bundle *bundle, const struct minbtf_system *system,
                                         unsigned flags, struct minbtf_match *match) {
  struct minbtf_kernel kernel;
  uint32_t i, content = MINBTF_NONE;
  int best = 0;            /* the best rank; 0: none */
  int several = 0;         /* there are several contents */
  int several_of_best = 0; /* there are several contents in the best rank */
  for (i = match->first; i < match->first + match->count; ++i) {
    const int reason = minbtf_bundle_kernel(bundle, i, &kernel);
    if (reason != MINBTF_OK) return minbtf_internal_answer(bundle, match, reason);
    if (kernel.build[0] != 0 && strcmp(kernel.build, system->build) == 0) match->same_build = 1;
  }
  for (i = match->first; i < match->first + match->count; ++i) {
    int rank;
    (void)minbtf_bundle_kernel(bundle, i, &kernel);
    if (match->same_build && strcmp(kernel.build, system->build) != 0) continue;
    if (content == MINBTF_NONE) {
      content = match->content = kernel.content;
      match->kernel = i;
    }
    if (kernel.content != content) several = 1;
    rank = minbtf_internal_rank(system, &kernel);
    if (rank == 0 || (best != 0 && rank > best)) continue;
    if (rank == best) {
      if (kernel.content != match->content) several_of_best = 1;
      continue;
    }
    best = rank;
    several_of_best = 0;
    match->content = kernel.content;
    match->kernel = i;
  }
  if (!several) {
    if (best == 1) return minbtf_internal_answer(bundle, match, MINBTF_EXACT);
    return minbtf_internal_answer(bundle, match, flags & MINBTF_STRICT ? MINBTF_REFUSED_STRICT : MINBTF_RELEASE_ONLY);
  }
  if (best == 0) return minbtf_internal_answer(bundle, match, MINBTF_OTHER_DISTRO);
  if (!several_of_best) return minbtf_internal_answer(bundle, match, minbtf_internal_reason_of_rank(best));
  match->rank = best;
  return minbtf_internal_answer(bundle, match, MINBTF_AMBIGUOUS);
}

/* A part of a release: a number is a run of digits; a word is a run of bytes that are neither digits nor one of
 * . - _ + ~ which separate. */
struct minbtf_internal_part {
  const char *text;
  size_t length; /* 0: the release has ended */
  int is_number;
};

static inline int minbtf_internal_is_digit(char c) { return c >= '0' && c <= '9'; }

static inline int minbtf_internal_is_separator(char c) {
  return c == '.' || c == '-' || c == '_' || c == '+' || c == '~';
}

/* Returns the part at *at or behind it, and moves *at behind the part. Leading zeros are not in a number, except for
 * the last digit. The loops are faster than strspn() and strcspn() by an order of magnitude. */
static inline struct minbtf_internal_part minbtf_internal_next_part(const char **at) {
  struct minbtf_internal_part part;
  const char *end = *at;
  while (minbtf_internal_is_separator(*end)) ++end;
  part.text = end;
  part.is_number = minbtf_internal_is_digit(*end);
  if (part.is_number) {
    while (minbtf_internal_is_digit(*end)) ++end;
  } else {
    while (*end != 0 && !minbtf_internal_is_separator(*end) && !minbtf_internal_is_digit(*end)) ++end;
  }
  *at = end;
  while (part.is_number && end - part.text > 1 && *part.text == '0') ++part.text;
  part.length = (size_t)(end - part.text);
  return part;
}

static inline struct minbtf_internal_part minbtf_internal_next_word(const char **at) {
  struct minbtf_internal_part part = minbtf_internal_next_part(at);
  while (part.is_number) part = minbtf_internal_next_part(at);
  return part;
}

/* Returns true if both releases have the same words in the same order: the flavour. */
static inline int minbtf_internal_same_flavour(const char *left, const char *right) {
  for (;;) {
    const struct minbtf_internal_part a = minbtf_internal_next_word(&left);
    const struct minbtf_internal_part b = minbtf_internal_next_word(&right);
    if (a.length != b.length || memcmp(a.text, b.text, a.length) != 0) return 0;
    if (a.length == 0) return 1;
  }
}

/* Compares two releases of one flavour: numbers by value; where only one release has a number, it is the higher. */
static inline int minbtf_internal_compare_releases(const char *left, const char *right) {
  for (;;) {
    const struct minbtf_internal_part a = minbtf_internal_next_part(&left);
    const struct minbtf_internal_part b = minbtf_internal_next_part(&right);
    int order;
    if (a.is_number != b.is_number) return a.is_number ? 1 : -1;
    if (a.length == 0) return 0;
    if (!a.is_number) continue; /* equal words */
    if (a.length != b.length) return a.length < b.length ? -1 : 1;
    order = memcmp(a.text, b.text, a.length);
    if (order != 0) return order;
  }
}

/* The releases on one side of a release, as far as they were read. */
struct minbtf_internal_side {
  const char *release; /* the nearest; NULL: none yet */
  uint32_t kernel, content;
  int several; /* its kernels have several contents */
};

/* Takes a kernel if its release is nearer. `nearer` is 1 below, where higher releases are nearer, and -1 above. */
static inline void minbtf_internal_approach(struct minbtf_internal_side *side, const struct minbtf_kernel *kernel,
                                            uint32_t index, int nearer) {
  int order = nearer;
  if (side->release != NULL) order = minbtf_internal_compare_releases(kernel->release, side->release);
  if (side->release != NULL && order == 0) {
    if (kernel->content != side->content) side->several = 1;
  } else if ((order < 0) == (nearer < 0)) {
    side->release = kernel->release;
    side->kernel = index;
    side->content = kernel->content;
    side->several = 0;
  }
}

/* Returns true if BTF was found; sets match->nearest, below, above, content and kernel. Sets *damage if the bundle is
 * damaged. */
static inline int minbtf_internal_find_nearest(const struct minbtf_bundle *bundle, const struct minbtf_system *system,
                                               uint32_t machine, struct minbtf_match *match, int *damage) {
  struct minbtf_internal_side below, above;
  int same_numbers = 0;
  uint32_t i;
  memset(&below, 0, sizeof below);
  memset(&above, 0, sizeof above);
  if (system->id[0] == 0 || system->version_id[0] == 0) {
    match->nearest = MINBTF_NEAREST_NO_OS_RELEASE;
    return 0;
  }
  if (machine == MINBTF_INTERNAL_I386) {
    match->nearest = MINBTF_NEAREST_MACHINE_UNSURE;
    return 0;
  }
  *damage = minbtf_internal_lower_bound(bundle, machine, "", &i);
  if (*damage != MINBTF_OK) return 0;
  for (; i < bundle->kernels && minbtf_internal_u32(minbtf_internal_kernel(bundle, i)) == machine; ++i) {
    struct minbtf_kernel kernel;
    int order;
    *damage = minbtf_bundle_kernel(bundle, i, &kernel);
    if (*damage != MINBTF_OK) return 0;
    if (strcmp(kernel.id, system->id) != 0 || strcmp(kernel.version_id, system->version_id) != 0) continue;
    if (!minbtf_internal_same_flavour(kernel.release, system->release)) continue;
    order = minbtf_internal_compare_releases(kernel.release, system->release);
    if (order == 0) {
      same_numbers = 1;
    } else if (order < 0) {
      minbtf_internal_approach(&below, &kernel, i, 1);
    } else {
      minbtf_internal_approach(&above, &kernel, i, -1);
    }
  }
  if (below.release != NULL) match->below = below.kernel;
  if (above.release != NULL) match->above = above.kernel;
  if (same_numbers) {
    match->nearest = MINBTF_NEAREST_SAME_NUMBERS;
  } else if (below.release == NULL && above.release == NULL) {
    match->nearest = MINBTF_NEAREST_NO_KERNELS;
  } else if (below.release == NULL) {
    match->nearest = MINBTF_NEAREST_NONE_BELOW;
  } else if (above.release == NULL) {
    match->nearest = MINBTF_NEAREST_NONE_ABOVE;
  } else if (below.several || above.several || below.content != above.content) {
    match->nearest = MINBTF_NEAREST_DIFFERENT_CONTENTS;
  } else {
    match->nearest = MINBTF_NEAREST_FOUND;
    match->content = below.content;
    match->kernel = below.kernel;
    return 1;
  }
  return 0;
}

/* Finds the BTF for a system. `flags` is 0, or MINBTF_STRICT and MINBTF_NEAREST combined by `|`. Sets all of `match`,
 * which points into the bundle. Returns match->reason: positive if BTF was found. The content's CRC is not compared:
 * minbtf_match_check().
 *
 * The rules (docs/bundle-format.md):
 *  1. The machine's name is looked up in a table.
 *  2. The kernels of this machine and release are considered; a release that only begins alike is another. For i386 to
 *     i686 without such a kernel, those of x86_64.
 *  3. If some of them have the system's build, the others are not considered.
 *  4. If all have one content: "exact" if one has the system's ID and VERSION_ID, otherwise "release-only".
 *  5. Otherwise the first rank with a kernel counts: (a) ID and VERSION_ID; (b) ID, and one VERSION_ID is the start of
 *     the other at a dot; (c) ID; (d) family and major version; (e) each word of ID_LIKE. No rank: "other-distro".
 *  6. If the kernels in this rank have one content, it is the answer. Otherwise "ambiguous".
 *
 * Takes less than a microsecond for 5,000 kernels. MINBTF_NEAREST reads all kernels of the machine if the release is
 * not in the bundle: half a millisecond. */
static inline int minbtf_bundle_find(const struct minbtf_bundle *bundle, const struct minbtf_system *system,
                                     unsigned flags, struct minbtf_match *match) {
  const uint32_t machine = minbtf_machine(system->machine);
  int reason;
  memset(match, 0, sizeof *match);
  match->content = match->kernel = match->below = match->above = MINBTF_NONE;
  if (machine == 0) return minbtf_internal_answer(bundle, match, MINBTF_UNKNOWN_MACHINE);
  if (system->release[0] == 0) return minbtf_internal_answer(bundle, match, MINBTF_NO_RELEASE);
  reason = minbtf_internal_find_release(bundle, machine, system->release, match);
  if (reason == MINBTF_OK && match->count == 0 && machine == MINBTF_INTERNAL_I386) {
    reason = minbtf_internal_find_release(bundle, MINBTF_INTERNAL_X86_64, system->release, match);
    match->as_x86_64 = match->count > 0;
  }
  if (reason != MINBTF_OK) return minbtf_internal_answer(bundle, match, reason);
  if (match->count > 0) return minbtf_internal_choose(bundle, system, flags, match);
  reason = MINBTF_NO_RELEASE;
  if (flags & MINBTF_NEAREST) {
    int damage = MINBTF_OK;
    if (minbtf_internal_find_nearest(bundle, system, machine, match, &damage)) reason = MINBTF_NEAREST_EQUAL;
    if (damage != MINBTF_OK) reason = damage;
  }
  return minbtf_internal_answer(bundle, match, reason);
}

/* Returns true if the kernel is one of those between which minbtf_bundle_find() could not decide, for a message: with
 * "ambiguous" those of the rank, with "other-distro" and "strict" all that were considered. `system` and `match` are
 * those of minbtf_bundle_find(). Try the numbers from match->first to match->first + match->count - 1. */
static inline int minbtf_match_has(const struct minbtf_bundle *bundle, const struct minbtf_system *system,
                                   const struct minbtf_match *match, uint32_t index) {
  struct minbtf_kernel kernel;
  if (index < match->first || index - match->first >= match->count) return 0;
  if (minbtf_bundle_kernel(bundle, index, &kernel) != MINBTF_OK) return 0;
  if (match->same_build && strcmp(kernel.build, system->build) != 0) return 0;
  return match->reason != MINBTF_AMBIGUOUS || minbtf_internal_rank(system, &kernel) == match->rank;
}

/* Returns MINBTF_OK if the CRC of the BTF that was found is right, otherwise MINBTF_DAMAGED. */
static inline int minbtf_match_check(const struct minbtf_match *match) {
  return match->btf != NULL && minbtf_crc32(0, match->btf, match->size) == match->crc ? MINBTF_OK : MINBTF_DAMAGED;
}

/* ---- Paths for libbpf ---- */

/* A path for `btf_custom_path`. Must not be copied or moved: `path` may point into `buffer`. If all bytes are 0, there
 * is nothing to close. */
struct minbtf_btf_path {
  const char *path; /* NULL: none. Then libbpf takes the kernel's own BTF, if the kernel has it */
  int fd;           /* of the memory that the path leads to; meaningless unless is_open */
  char buffer[280];
  int is_open; /* 1: minbtf_btf_path_close() closes `fd` */
  int is_file; /* 1: a temporary file, which minbtf_btf_path_close() removes */
  /* Set by minbtf_btf_find(), for a log. */
  int reason; /* enum minbtf_reason */
  int error;  /* errno if `reason` is MINBTF_SYSTEM_ERROR */
  struct minbtf_match match;
  struct minbtf_system system;
};

/* Writes a number in decimal digits and a NUL. Returns the end of the text. `to` has at least 21 bytes. */
static inline char *minbtf_internal_decimal(char *to, unsigned long number) {
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) *to++ = digits[--count];
  *to = 0;
  return to;
}

static inline int minbtf_internal_write_all(int fd, const void *data, size_t size) {
  const char *bytes = (const char *)data;
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = EIO; /* POSIX does not say why it may happen; a second attempt might not end */
    if (written <= 0) return -1;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

/* Returns true if it is a regular file that can be opened for reading; otherwise errno says why not. access(2) would
 * test the real user, not the effective one. */
static inline int minbtf_internal_is_readable(const char *file) {
  const int fd = minbtf_internal_open_regular(file);
  if (fd >= 0) (void)close(fd);
  return fd >= 0;
}

/* Under -std=c99, <unistd.h> does not declare syscall(). */
#if defined(__linux__) && defined(SYS_memfd_create) && !defined(__cplusplus) && !defined(__USE_MISC) && \
    !defined(_GNU_SOURCE) && !defined(_BSD_SOURCE) && !defined(_DEFAULT_SOURCE)
extern long syscall(long number, ...);
#endif

/* Returns a new file in memory; -1 with errno if the kernel has none (before Linux 3.17). */
static inline int minbtf_internal_memfd(void) {
#if defined(__linux__) && defined(SYS_memfd_create)
  return (int)syscall((long)SYS_memfd_create, "minbtf", 1u /* MFD_CLOEXEC */);
#else
  errno = ENOSYS;
  return -1;
#endif
}

/* Returns the directory for temporary files. A program with the set-user-ID or set-group-ID bit ignores TMPDIR: its
 * caller could otherwise choose a directory in which the caller can replace the file. */
static inline const char *minbtf_internal_temporary_directory(void) {
  const char *directory = NULL;
  if (geteuid() == getuid() && getegid() == getgid()) directory = getenv("TMPDIR");
  return directory == NULL || directory[0] != '/' || strlen(directory) > 200 ? "/tmp" : directory;
}

/* Creates a file that only this user can read, with its name in path->buffer. Returns -1 with errno if it fails. */
static inline int minbtf_internal_temporary_file(struct minbtf_btf_path *path) {
  const char *directory = minbtf_internal_temporary_directory();
  unsigned attempt;
  /* The address differs from run to run. O_EXCL, and not the name, makes the file safe in a directory of all users. */
  const unsigned long seed = (unsigned long)(uintptr_t)path / sizeof(void *);
  int fd = -1;
  for (attempt = 0; attempt < 100; ++attempt) {
    char *end = path->buffer + strlen(directory);
    memcpy(path->buffer, directory, strlen(directory));
    memcpy(end, "/minbtf-", 8);
    end = minbtf_internal_decimal(end + 8, (unsigned long)getpid());
    *end++ = '-';
    (void)minbtf_internal_decimal(end, seed + attempt);
    fd = minbtf_internal_open(path->buffer, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0 || errno != EEXIST) break;
  }
  if (fd < 0) return -1;
  path->is_file = 1;
  return fd;
}

/* Closes and removes what minbtf_btf_path_open() or minbtf_btf_find() made. path->path becomes NULL; errno and the
 * fields for a log stay. libbpf reads the path in bpf_object__load(): close it after that. May be called again, and for
 * a path that neither function has seen if all its bytes are 0: it then closes nothing. */
static inline void minbtf_btf_path_close(struct minbtf_btf_path *path) {
  const int error = errno;
  if (path->is_file) (void)unlink(path->buffer);
  if (path->is_open) (void)close(path->fd);
  path->path = NULL;
  path->fd = -1;
  path->is_open = 0;
  path->is_file = 0;
  errno = error;
}

/* Makes a path from which `size` bytes of BTF can be read: /proc/self/fd/N of a file in memory, which only this process
 * can open by this name. Without memfd_create(2) or /proc: a file in $TMPDIR, or /tmp, with mode 0600. TMPDIR is ignored
 * if it is not an absolute path of at most 200 bytes, and if the effective user or group is not the real one. `btf` may
 * be freed afterwards. Returns MINBTF_OK, or MINBTF_SYSTEM_ERROR with nothing to close. */
static inline int minbtf_btf_path_open(struct minbtf_btf_path *path, const void *btf, size_t size) {
  memset(path, 0, sizeof *path);
  path->fd = minbtf_internal_memfd();
  path->is_open = path->fd >= 0;
  if (path->is_open) {
    memcpy(path->buffer, "/proc/self/fd/", 14);
    (void)minbtf_internal_decimal(path->buffer + 14, (unsigned long)path->fd);
    if (!minbtf_internal_is_readable(path->buffer)) minbtf_btf_path_close(path);
  }
  if (!path->is_open) path->fd = minbtf_internal_temporary_file(path);
  if (path->fd < 0) return MINBTF_SYSTEM_ERROR;
  path->is_open = 1;
  if (minbtf_internal_write_all(path->fd, btf, size) < 0) {
    minbtf_btf_path_close(path);
    return MINBTF_SYSTEM_ERROR;
  }
  path->path = path->buffer;
  return MINBTF_OK;
}

/* Arguments of minbtf_btf_find(). Set all bytes to 0, and then those that you need. */
struct minbtf_options {
  const char *user_path;  /* a path that the user gave, e.g. by an option of your program; NULL or "": none */
  const char *kernel_btf; /* the kernel's own BTF. NULL: /sys/kernel/btf/vmlinux. "": it is not looked for */
  const void *bundle;     /* the bytes of a bundle */
  size_t bundle_size;
  const char *os_release;             /* path of an os-release file, see minbtf_system_os_release() */
  const struct minbtf_system *system; /* NULL: the running system; otherwise os_release is not read */
  unsigned flags;                     /* for minbtf_bundle_find() */
};

/* Finds BTF for this system, in this order:
 *  1. "user-path": options->user_path. It must be a regular file that can be read (libbpf cannot read a FIFO): a path
 *     that the user gave is never replaced by another.
 *  2. "kernel-btf": the kernel's own BTF. path->path is options->kernel_btf; NULL is right for libbpf, which reads
 *     /sys/kernel/btf/vmlinux by itself.
 *  3. The bundle, as minbtf_bundle_find() does. The CRC of the index is compared first, and that of the BTF before it
 *     is used: a millisecond for 5,000 kernels.
 * Sets all of `path`. Returns path->reason: positive if BTF was found. Nothing found: path->path is NULL, and
 * path->match has the kernels that were considered. An os-release file that cannot be read is as absent; see
 * path->system.os_release_error. Call minbtf_btf_path_close() in the end, also after a negative reason. */
static inline int minbtf_btf_find(struct minbtf_btf_path *path, const struct minbtf_options *options) {
  const char *kernel_btf = options->kernel_btf != NULL ? options->kernel_btf : "/sys/kernel/btf/vmlinux";
  struct minbtf_bundle bundle;
  struct minbtf_match match;
  struct minbtf_system system;
  int reason = MINBTF_OK, error = 0;

  memset(path, 0, sizeof *path);
  path->fd = -1;
  memset(&match, 0, sizeof match);
  match.content = match.kernel = match.below = match.above = MINBTF_NONE;
  if (options->system != NULL) {
    system = *options->system;
  } else {
    (void)minbtf_system_read(&system, options->os_release);
  }

  if (options->user_path != NULL && options->user_path[0] != 0) {
    reason = minbtf_internal_is_readable(options->user_path) ? MINBTF_USER_PATH : MINBTF_SYSTEM_ERROR;
    error = reason == MINBTF_SYSTEM_ERROR ? errno : 0;
    if (reason > 0) path->path = options->user_path;
  } else if (kernel_btf[0] != 0 && minbtf_internal_is_readable(kernel_btf)) {
    reason = MINBTF_KERNEL_BTF;
    path->path = options->kernel_btf;
  } else {
    reason = minbtf_bundle_open(&bundle, options->bundle, options->bundle_size);
    if (reason == MINBTF_OK) reason = minbtf_bundle_check_index(&bundle);
    if (reason == MINBTF_OK) reason = minbtf_bundle_find(&bundle, &system, options->flags, &match);
    if (reason > 0 && minbtf_match_check(&match) != MINBTF_OK) reason = MINBTF_DAMAGED;
    if (reason > 0 && minbtf_btf_path_open(path, match.btf, match.size) != MINBTF_OK) {
      reason = MINBTF_SYSTEM_ERROR;
      error = errno;
    }
  }
  path->reason = reason;
  path->error = error;
  path->match = match;
  path->system = system;
  return reason;
}

#ifdef __cplusplus
}
#endif

#endif /* MINBTF_BUNDLE_H */
