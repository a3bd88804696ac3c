/* SPDX-License-Identifier: BSD-2-Clause */
// Lets each allocation of each function fail, in two ways: this allocation only, and this one and all later ones. The
// function must succeed, or return MINBTF_ERROR_MEMORY, and leave no memory behind: out_of_memory KERNEL OBJECT
//
// malloc() and the others are replaced for the whole process, so that operator new and libelf fail too. They call the
// functions of glibc with these names. AddressSanitizer replaces them itself: with it this program does nothing, and
// ends with status 4.
#include <errno.h>
#include <minbtf/minbtf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

int main(void) {
  printf("AddressSanitizer has its own malloc()\n");
  return 4;
}

#else

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);

static long long live = 0;       // allocations that are not freed
static long long countdown = 0;  // the allocation that fails is this one, from now on; 0: none
static int all_later_fail = 0;
static int has_failed = 0;

static int fails(void) {
  if (countdown == 0) return 0;
  if (countdown > 1) {
    --countdown;
    return 0;
  }
  if (!all_later_fail) countdown = 0;
  has_failed = 1;
  errno = ENOMEM;
  return 1;
}

static void* counted(void* memory) {
  if (memory != NULL) ++live;
  return memory;
}

void* malloc(size_t size) { return fails() ? NULL : counted(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return fails() ? NULL : counted(__libc_calloc(count, size)); }
void* aligned_alloc(size_t alignment, size_t size) {
  return fails() ? NULL : counted(__libc_memalign(alignment, size));
}
void* realloc(void* memory, size_t size) {
  if (memory == NULL) return malloc(size);
  return fails() ? NULL : __libc_realloc(memory, size);
}
void free(void* memory) {
  if (memory != NULL) --live;
  __libc_free(memory);
}

// What the functions under test are given.
static const char* kernel_path;
static const char* object_path;
static void* kernel_bytes;
static size_t kernel_size;
static void* object_bytes;
static size_t object_size;
static struct minbtf_btf* kernel;
static struct minbtf_btf* reduced;
static struct minbtf_btf* other;
static struct minbtf_object* object;
static struct minbtf_plan_builder* builder;
static struct minbtf_plan* plan;
static struct minbtf_reduction* reduction;

// Each function returns true if it succeeded.

static bool object_from_file(struct minbtf_error** error) {
  struct minbtf_object* made = minbtf_object_from_file(object_path, error);
  minbtf_object_free(made);
  return made != NULL;
}

static bool object_from_bytes(struct minbtf_error** error) {
  struct minbtf_object* made = minbtf_object_from_bytes(object_bytes, object_size, object_path, error);
  minbtf_object_free(made);
  return made != NULL;
}

static bool object_renamed(struct minbtf_error** error) {
  struct minbtf_object* made = minbtf_object_renamed(object, "a name that is not stored in place", error);
  minbtf_object_free(made);
  return made != NULL;
}

static bool inspection(struct minbtf_error** error) {
  struct minbtf_inspection* made = minbtf_inspection_from_bytes(object_bytes, object_size, object_path, error);
  minbtf_inspection_free(made);
  return made != NULL;
}

static bool btf_from_file(struct minbtf_error** error) {
  struct minbtf_btf* made = minbtf_btf_from_file(kernel_path, error);
  minbtf_btf_free(made);
  return made != NULL;
}

static bool btf_from_bytes(struct minbtf_error** error) {
  struct minbtf_btf* made = minbtf_btf_from_bytes(kernel_bytes, kernel_size, kernel_path, error);
  minbtf_btf_free(made);
  return made != NULL;
}

static bool builder_and_plan(struct minbtf_error** error) {
  struct minbtf_plan_builder* made = minbtf_plan_builder_new(error);
  struct minbtf_plan* made_plan = NULL;
  if (made == NULL) return false;
  if (minbtf_plan_builder_add_object(made, object, error) == 0 &&
      minbtf_plan_builder_add_keep(made, "struct:task_struct.real_parent", error) == 0) {
    made_plan = minbtf_plan_builder_build(made, error);
  }
  minbtf_plan_free(made_plan);
  minbtf_plan_builder_free(made);
  return made_plan != NULL;
}

static bool describe(struct minbtf_error** error) {
  struct minbtf_relocation* made = minbtf_plan_describe(plan, 0, 0, error);
  minbtf_relocation_free(made);
  return made != NULL;
}

static bool kept_in(struct minbtf_error** error) {
  bool kept[1];
  return minbtf_plan_kept_in(plan, kernel, kept, error) == 0;
}

static bool minimize(struct minbtf_error** error) {
  struct minbtf_reduction* made = minbtf_plan_minimize(plan, kernel, error);
  minbtf_reduction_free(made);
  return made != NULL;
}

static bool minimize_bytes(struct minbtf_error** error) {
  struct minbtf_workspace* workspace = minbtf_workspace_new(error);
  struct minbtf_reduction* made = NULL;
  if (workspace == NULL) return false;
  made = minbtf_plan_minimize_bytes(plan, kernel_bytes, kernel_size, kernel_path, workspace, error);
  minbtf_reduction_free(made);
  minbtf_workspace_free(workspace);
  return made != NULL;
}

static bool reduction_resolutions(struct minbtf_error** error) {
  struct minbtf_resolutions* made = minbtf_reduction_resolutions(reduction, error);
  minbtf_resolutions_free(made);
  return made != NULL;
}

static bool resolve(struct minbtf_error** error) {
  struct minbtf_resolutions* made = minbtf_plan_resolve(plan, kernel, 0, NULL, 0, error);
  minbtf_resolutions_free(made);
  return made != NULL;
}

static bool check(struct minbtf_error** error) {
  struct minbtf_check* made = minbtf_plan_check(plan, other, error);
  minbtf_check_free(made);
  return made != NULL;
}

static bool check_bytes(struct minbtf_error** error) {
  struct minbtf_check* made = minbtf_plan_check_bytes(plan, kernel_bytes, kernel_size, kernel_path, NULL, error);
  minbtf_check_free(made);
  return made != NULL;
}

static bool compare_same(struct minbtf_error** error) {
  struct minbtf_comparison* made =
      minbtf_plan_compare_bytes(plan, kernel_bytes, kernel_size, kernel_path, reduced, NULL, error);
  minbtf_comparison_free(made);
  return made != NULL;
}

static bool compare_different(struct minbtf_error** error) {
  struct minbtf_comparison* made = minbtf_plan_compare(plan, kernel, other, error);
  minbtf_comparison_free(made);
  return made != NULL;
}

static bool error_of_file(struct minbtf_error** error) {
  struct minbtf_error* own = NULL;
  struct minbtf_object* made = minbtf_object_from_file(kernel_path, &own);
  if (made == NULL && minbtf_error_kind(own) == MINBTF_ERROR_WRONG_FILE) {
    minbtf_error_free(own);
    return true;
  }
  *error = own;
  return false;
}

static const struct {
  const char* name;
  bool (*run)(struct minbtf_error** error);
} functions[] = {
    {"object_from_file", object_from_file},
    {"object_from_bytes", object_from_bytes},
    {"object_renamed", object_renamed},
    {"inspection", inspection},
    {"btf_from_file", btf_from_file},
    {"btf_from_bytes", btf_from_bytes},
    {"builder_and_plan", builder_and_plan},
    {"describe", describe},
    {"kept_in", kept_in},
    {"minimize", minimize},
    {"minimize_bytes", minimize_bytes},
    {"reduction_resolutions", reduction_resolutions},
    {"resolve", resolve},
    {"check", check},
    {"check_bytes", check_bytes},
    {"compare_same", compare_same},
    {"compare_different", compare_different},
    {"error_of_file", error_of_file},
};

// Runs a function with its allocation `number` failing. Returns what is wrong; NULL if nothing is.
static const char* wrong_with(bool (*run)(struct minbtf_error** error), long long number, int later_fail_too) {
  struct minbtf_error* error = NULL;
  const long long before = live;
  bool is_done;
  has_failed = 0;
  all_later_fail = later_fail_too;
  countdown = number;
  is_done = run(&error);
  countdown = 0;
  if (is_done && error != NULL) return "an error of a function that succeeded";
  if (!is_done && minbtf_error_kind(error) != MINBTF_ERROR_MEMORY) return minbtf_error_message(error);
  if (!is_done && !has_failed) return "an error without a reason";
  minbtf_error_free(error);
  return live == before ? NULL : "memory is left behind";
}

static int try_function(size_t index, long long* tries) {
  int later_fail_too;
  for (later_fail_too = 0; later_fail_too <= 1; ++later_fail_too) {
    long long number = 0;
    do {
      const char* wrong = wrong_with(functions[index].run, ++number, later_fail_too);
      if (wrong != NULL) {
        printf("%s, allocation %lld%s: %s\n", functions[index].name, number,
               later_fail_too ? " and all later ones" : "", wrong);
        return 1;
      }
      ++*tries;
    } while (has_failed);
    // A function that allocates nothing is not tested here.
    if (number < 2) {
      printf("%s: no allocation failed\n", functions[index].name);
      return 1;
    }
  }
  return 0;
}

static void* contents_of(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  void* bytes;
  long end;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET) != 0) {
    exit(2);
  }
  *size = (size_t)end;
  bytes = malloc(*size);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) exit(2);
  fclose(file);
  return bytes;
}

static bool prepare(void) {
  static struct minbtf_plan* empty;
  struct minbtf_plan_builder* nothing = minbtf_plan_builder_new(NULL);
  struct minbtf_reduction* rest;
  kernel_bytes = contents_of(kernel_path, &kernel_size);
  object_bytes = contents_of(object_path, &object_size);
  kernel = minbtf_btf_from_file(kernel_path, NULL);
  object = minbtf_object_from_file(object_path, NULL);
  builder = minbtf_plan_builder_new(NULL);
  if (minbtf_plan_builder_add_object(builder, object, NULL) < 0) return false;
  if (minbtf_plan_builder_add_keep(builder, "struct:task_struct", NULL) < 0) return false;
  plan = minbtf_plan_builder_build(builder, NULL);
  reduction = minbtf_plan_minimize(plan, kernel, NULL);
  reduced = minbtf_btf_from_bytes(minbtf_reduction_bytes(reduction), minbtf_reduction_size(reduction), "reduced", NULL);
  // A BTF without the types that the object needs: nothing in it resolves.
  empty = minbtf_plan_builder_build(nothing, NULL);
  rest = minbtf_plan_minimize(empty, kernel, NULL);
  other = minbtf_btf_from_bytes(minbtf_reduction_bytes(rest), minbtf_reduction_size(rest), "other", NULL);
  minbtf_reduction_free(rest);
  minbtf_plan_free(empty);
  minbtf_plan_builder_free(nothing);
  return reduced != NULL && other != NULL;
}

int main(int argc, char** argv) {
  const size_t count = sizeof functions / sizeof *functions;
  long long tries = 0;
  int status = 0;
  size_t i;
  if (argc != 3) return 2;
  // Standard output allocates its buffer now.
  printf("%zu functions, ", count);
  kernel_path = argv[1];
  object_path = argv[2];
  if (!prepare()) return 2;
  // What is allocated once for the whole process is allocated here.
  for (i = 0; i < count; ++i) {
    struct minbtf_error* error = NULL;
    if (!functions[i].run(&error)) {
      printf("%s: %s\n", functions[i].name, minbtf_error_message(error));
      return 1;
    }
  }
  for (i = 0; i < count; ++i) status |= try_function(i, &tries);
  printf("%lld allocations\n", tries);

  minbtf_reduction_free(reduction);
  minbtf_btf_free(other);
  minbtf_btf_free(reduced);
  minbtf_plan_free(plan);
  minbtf_plan_builder_free(builder);
  minbtf_object_free(object);
  minbtf_btf_free(kernel);
  free(object_bytes);
  free(kernel_bytes);
  return status;
}

#endif
