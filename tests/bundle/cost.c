/* SPDX-License-Identifier: BSD-2-Clause */
/* Measures lookups in a bundle, and counts the allocations that bundle.h makes.
 *
 *     cost BUNDLE MACHINE HIT MISS OS_RELEASE
 *
 * HIT is a release in the bundle, MISS one that is not. Prints lines of a name and a number. All but `allocations` are
 * nanoseconds of one call: `first` is that of the first lookup, the others are the means of the fastest run. */
#define _POSIX_C_SOURCE 200809L

#include <minbtf/bundle.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

/* Functions of glibc behind malloc() and the others, which are replaced here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static volatile unsigned long allocations;

void *malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  ++allocations;
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  ++allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

static const int runs = 7, calls = 200;

static int fail(const char *what) {
  fprintf(stderr, "cost: %s\n", what);
  return 1;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Returns the nanoseconds of a call in the fastest of several runs. */
static double time_of(const struct minbtf_bundle *bundle, const struct minbtf_system *system, unsigned flags) {
  double best = 0;
  int run, call;
  for (run = 0; run < runs; ++run) {
    const double start = now();
    double taken;
    for (call = 0; call < calls; ++call) {
      struct minbtf_match match;
      (void)minbtf_bundle_find(bundle, system, flags, &match);
    }
    taken = (now() - start) / (double)calls;
    if (run == 0 || taken < best) best = taken;
  }
  return best;
}

int main(int argc, char **argv) {
  struct minbtf_bundle bundle;
  struct minbtf_system hit, miss;
  struct minbtf_match match;
  struct minbtf_btf_path path;
  struct minbtf_options options;
  struct stat facts;
  const void *data;
  double start, first, of_hit, of_miss, of_nearest, of_check;
  unsigned long before;
  int fd, opened;
  void *volatile memory;

  if (argc != 6) return fail("usage: cost BUNDLE MACHINE HIT MISS OS_RELEASE");
  fd = open(argv[1], O_RDONLY);
  if (fd < 0 || fstat(fd, &facts) < 0) return fail("the bundle cannot be opened");
  data = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return fail("the bundle cannot be mapped");
  memory = malloc(1);
  memory = realloc(memory, 2);
  free(memory);
  memory = calloc(1, 1);
  free(memory);
  if (allocations != 3) return fail("allocations are not counted");

  before = allocations;
  if (minbtf_system_read(&hit, argv[5]) != MINBTF_OK) return fail("the os-release file cannot be read");
  miss = hit;
  minbtf_system_set_kernel(&hit, argv[2], argv[3], "");
  minbtf_system_set_kernel(&miss, argv[2], argv[4], "");
  start = now();
  opened = minbtf_bundle_open(&bundle, data, (size_t)facts.st_size);
  if (opened == MINBTF_OK) (void)minbtf_bundle_find(&bundle, &hit, 0, &match);
  first = now() - start;
  if (opened != MINBTF_OK) return fail(minbtf_reason_text(opened));
  if (match.reason < 0) return fail(minbtf_reason_text(match.reason));
  if (minbtf_match_check(&match) != MINBTF_OK) return fail("the content is damaged");
  of_hit = time_of(&bundle, &hit, 0);
  of_miss = time_of(&bundle, &miss, 0);
  of_nearest = time_of(&bundle, &miss, MINBTF_NEAREST);
  if (minbtf_bundle_find(&bundle, &miss, 0, &match) != MINBTF_NO_RELEASE) return fail("MISS is in the bundle");
  start = now();
  if (minbtf_bundle_check(&bundle) != MINBTF_OK) return fail("the bundle is damaged");
  of_check = now() - start;

  memset(&options, 0, sizeof options);
  options.kernel_btf = "";
  options.bundle = data;
  options.bundle_size = (size_t)facts.st_size;
  options.system = &hit;
  if (minbtf_btf_find(&path, &options) <= 0 || path.path == NULL) return fail("minbtf_btf_find() fails");
  minbtf_btf_path_close(&path);
  before = allocations - before;

  printf("allocations %lu\nfirst %.0f\nhit %.0f\nmiss %.0f\nnearest %.0f\ncheck %.0f\n", before, first, of_hit, of_miss,
         of_nearest, of_check);
  return 0;
}
