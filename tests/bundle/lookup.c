/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up kernels in a bundle with include/minbtf/bundle.h. The readers in other languages have the same interface,
 * and print the same lines.
 *
 *     lookup find BUNDLE < QUERIES
 *     lookup damaged BUNDLE < QUERIES
 *
 * A query is a line with five fields, separated by tabs: MACHINE, RELEASE, BUILD, OS_RELEASE, FLAGS. A field may be
 * empty. OS_RELEASE is the path of a file. FLAGS is `strict`, `nearest` or `strict,nearest`.
 *
 * `find` prints a line for each query: the name of the reason, the number of the content, its size, and the CRC-32 of
 * its bytes in 8 digits, separated by tabs. Without an answer there is only the reason. If the bundle cannot be opened,
 * the reason is that of open.
 *
 * `damaged` prints a line for the bundle, for each truncation of it and for each change of a byte:
 *
 *     whole RESULT
 *     cut BYTES RESULT                        the first BYTES bytes
 *     byte OFFSET MASK RESULT                 the byte at OFFSET XOR MASK; MASK is 01, 80 or ff
 *
 * RESULT is the reason of open, and if it is `ok`: the reason of check, and for each query `REASON` or
 * `REASON:NUMBER:SIZE:CRC`, separated by blanks. Each of these bundles has memory of exactly its size. */
#include <minbtf/bundle.h>
#include <stdio.h>

struct query {
  struct minbtf_system system;
  unsigned flags;
};

static void fail(const char *what, const char *why) {
  fprintf(stderr, "lookup: %s: %s\n", what, why);
  exit(2);
}

static void *resized(void *memory, size_t size) {
  memory = realloc(memory, size == 0 ? 1 : size);
  if (memory == NULL) fail("memory", "none left");
  return memory;
}

static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  unsigned char *data = NULL;
  size_t got;
  if (file == NULL) fail(path, "cannot be opened");
  *size = 0;
  do {
    data = (unsigned char *)resized(data, *size + 65536);
    got = fread(data + *size, 1, 65536, file);
    *size += got;
  } while (got > 0);
  if (ferror(file)) fail(path, "cannot be read");
  fclose(file);
  return (unsigned char *)resized(data, *size);
}

/* Ends the field at *text with a NUL, and moves *text behind it. */
static char *next_field(char **text) {
  char *field = *text;
  char *end = field + strcspn(field, "\t\n");
  *text = *end == 0 ? end : end + 1;
  *end = 0;
  return field;
}

static unsigned flags_of(const char *text) {
  if (text[0] == 0) return 0;
  if (strcmp(text, "strict") == 0) return MINBTF_STRICT;
  if (strcmp(text, "nearest") == 0) return MINBTF_NEAREST;
  if (strcmp(text, "strict,nearest") == 0) return MINBTF_STRICT | MINBTF_NEAREST;
  fail(text, "unknown flags");
  return 0;
}

static struct query *read_queries(size_t *count) {
  char line[8192];
  struct query *queries = NULL;
  *count = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *at = line;
    char *machine = next_field(&at), *release = next_field(&at), *build = next_field(&at);
    char *os_release = next_field(&at), *flags = next_field(&at);
    struct query *query;
    queries = (struct query *)resized(queries, (*count + 1) * sizeof *queries);
    query = &queries[(*count)++];
    memset(query, 0, sizeof *query);
    minbtf_system_set_kernel(&query->system, machine, release, build);
    if (os_release[0] != 0) (void)minbtf_system_os_release(&query->system, os_release);
    query->flags = flags_of(flags);
  }
  return queries;
}

static void print_answer(const struct minbtf_bundle *bundle, const struct query *query, char separator) {
  struct minbtf_match match;
  const int reason = minbtf_bundle_find(bundle, &query->system, query->flags, &match);
  printf("%s", minbtf_reason_name(reason));
  if (reason > 0) {
    printf("%c%lu%c%lu", separator, (unsigned long)match.content, separator, (unsigned long)match.size);
    printf("%c%08lx", separator, (unsigned long)minbtf_crc32(0, match.btf, match.size));
  }
}

static void find_all(const unsigned char *data, size_t size, const struct query *queries, size_t count) {
  struct minbtf_bundle bundle;
  const int opened = minbtf_bundle_open(&bundle, data, size);
  size_t i;
  for (i = 0; i < count; ++i) {
    if (opened == MINBTF_OK) {
      print_answer(&bundle, &queries[i], '\t');
    } else {
      printf("%s", minbtf_reason_name(opened));
    }
    putchar('\n');
  }
}

/* Calls also the functions whose results are not printed. */
static void visit_kernels(const struct minbtf_bundle *bundle) {
  struct minbtf_kernel kernel;
  struct minbtf_content content;
  uint32_t i;
  for (i = 0; i < bundle->kernels; ++i) {
    if (minbtf_bundle_kernel(bundle, i, &kernel) != MINBTF_OK) continue;
    if (strlen(kernel.release) + strlen(kernel.id) > bundle->size * 2) fail("a string", "too long");
    if (strlen(kernel.version_id) + strlen(kernel.build) > bundle->size * 2) fail("a string", "too long");
    if (minbtf_bundle_content(bundle, kernel.content, &content) == MINBTF_OK) (void)minbtf_content_check(&content);
  }
}

static void print_result(const unsigned char *data, size_t size, const struct query *queries, size_t count) {
  struct minbtf_bundle bundle;
  const int opened = minbtf_bundle_open(&bundle, data, size);
  size_t i;
  printf(" %s", minbtf_reason_name(opened));
  if (opened == MINBTF_OK) {
    printf(" %s", minbtf_reason_name(minbtf_bundle_check(&bundle)));
    visit_kernels(&bundle);
    for (i = 0; i < count; ++i) {
      putchar(' ');
      print_answer(&bundle, &queries[i], ':');
    }
  }
  putchar('\n');
}

/* Copies `size` bytes to memory of exactly this size, so that AddressSanitizer reports a read behind them. */
static void print_changed(const unsigned char *data, size_t size, size_t offset, unsigned mask,
                          const struct query *queries, size_t count) {
  unsigned char *copy = (unsigned char *)resized(NULL, size);
  memcpy(copy, data, size);
  if (mask != 0) copy[offset] = (unsigned char)(copy[offset] ^ mask);
  print_result(copy, size, queries, count);
  free(copy);
}

static void print_damaged(const unsigned char *data, size_t size, const struct query *queries, size_t count) {
  static const unsigned masks[] = {0x01, 0x80, 0xff};
  size_t i, m;
  printf("whole");
  print_changed(data, size, 0, 0, queries, count);
  for (i = 0; i < size; ++i) {
    printf("cut %lu", (unsigned long)i);
    print_changed(data, i, 0, 0, queries, count);
  }
  for (i = 0; i < size; ++i) {
    for (m = 0; m < sizeof masks / sizeof *masks; ++m) {
      printf("byte %lu %02x", (unsigned long)i, masks[m]);
      print_changed(data, size, i, masks[m], queries, count);
    }
  }
}

int main(int argc, char **argv) {
  size_t size, count;
  unsigned char *data;
  struct query *queries;
  if (argc != 3 || (strcmp(argv[1], "find") != 0 && strcmp(argv[1], "damaged") != 0)) {
    fail("usage", "lookup find|damaged BUNDLE < QUERIES");
  }
  data = read_file(argv[2], &size);
  queries = read_queries(&count);
  if (strcmp(argv[1], "find") == 0) {
    find_all(data, size, queries, count);
  } else {
    print_damaged(data, size, queries, count);
  }
  free(queries);
  free(data);
  return fflush(stdout) == 0 ? 0 : 1;
}
