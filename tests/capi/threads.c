/* SPDX-License-Identifier: BSD-2-Clause */
// Threads that share a plan and a kernel, each with a workspace: threads KERNEL OBJECT...
//
// Each thread must get the same bytes and results as the first thread alone.
#include <minbtf/minbtf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { thread_count = 4, round_count = 5 };

struct shared {
  const struct minbtf_plan* plan;
  const struct minbtf_btf* kernel;
  const void* bytes;
  size_t size;
  const struct minbtf_reduction* expected;
  size_t unresolved;
};

static const char* failure_of(struct minbtf_error* error, const char* what) {
  fprintf(stderr, "%s: %s\n", what, minbtf_error_message(error));
  minbtf_error_free(error);
  return what;
}

static int is_same(const struct minbtf_reduction* a, const struct minbtf_reduction* b) {
  return minbtf_reduction_size(a) == minbtf_reduction_size(b) &&
         memcmp(minbtf_reduction_bytes(a), minbtf_reduction_bytes(b), minbtf_reduction_size(a)) == 0 &&
         minbtf_reduction_resolved_count(a) == minbtf_reduction_resolved_count(b);
}

// Returns what is wrong; NULL if nothing is.
static const char* wrong_in_round(const struct shared* shared, struct minbtf_workspace* workspace) {
  const char* wrong = NULL;
  struct minbtf_error* error = NULL;
  struct minbtf_reduction* by_kernel = NULL;
  struct minbtf_reduction* by_bytes = NULL;
  struct minbtf_check* check = NULL;
  struct minbtf_btf* reduced = NULL;
  struct minbtf_comparison* comparison = NULL;

  // Errors belong to one thread.
  if (minbtf_plan_minimize_bytes(shared->plan, shared->bytes, shared->size / 2, "half", workspace, &error) != NULL) {
    return "half a kernel is reduced";
  }
  if (strcmp(minbtf_error_file(error), "half") != 0) wrong = "another error";
  minbtf_error_free(error);

  by_kernel = minbtf_plan_minimize(shared->plan, shared->kernel, &error);
  if (by_kernel == NULL) return failure_of(error, "minimize");
  if (!is_same(by_kernel, shared->expected)) wrong = "other bytes";
  by_bytes = minbtf_plan_minimize_bytes(shared->plan, shared->bytes, shared->size, "kernel", workspace, &error);
  if (by_bytes == NULL) return failure_of(error, "minimize_bytes");
  if (!is_same(by_bytes, shared->expected)) wrong = "other bytes with a workspace";
  check = minbtf_plan_check_bytes(shared->plan, shared->bytes, shared->size, "kernel", NULL, &error);
  if (check == NULL) return failure_of(error, "check_bytes");
  if (minbtf_check_unresolved_count(check) != shared->unresolved) wrong = "other unresolved relocations";
  reduced = minbtf_btf_from_bytes(minbtf_reduction_bytes(by_bytes), minbtf_reduction_size(by_bytes), "reduced", &error);
  if (reduced == NULL) return failure_of(error, "btf_from_bytes");
  comparison =
      minbtf_plan_compare_bytes(shared->plan, shared->bytes, shared->size, "kernel", reduced, workspace, &error);
  if (comparison == NULL) return failure_of(error, "compare_bytes");
  if (!minbtf_comparison_holds(comparison)) wrong = "a difference";

  minbtf_comparison_free(comparison);
  minbtf_btf_free(reduced);
  minbtf_check_free(check);
  minbtf_reduction_free(by_bytes);
  minbtf_reduction_free(by_kernel);
  return wrong;
}

static void* run_thread(void* argument) {
  const struct shared* shared = argument;
  struct minbtf_error* error = NULL;
  struct minbtf_workspace* workspace = minbtf_workspace_new(&error);
  const char* wrong = NULL;
  int i;
  if (workspace == NULL) return (void*)failure_of(error, "workspace");
  for (i = 0; i < round_count && wrong == NULL; ++i) wrong = wrong_in_round(shared, workspace);
  minbtf_workspace_free(workspace);
  return (void*)wrong;
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

static struct minbtf_plan* plan_of(char** paths, int count) {
  struct minbtf_plan_builder* builder = minbtf_plan_builder_new(NULL);
  struct minbtf_plan* plan;
  int i;
  for (i = 0; i < count; ++i) {
    struct minbtf_object* object = minbtf_object_from_file(paths[i], NULL);
    if (minbtf_plan_builder_add_object(builder, object, NULL) < 0) exit(2);
    minbtf_object_free(object);
  }
  plan = minbtf_plan_builder_build(builder, NULL);
  minbtf_plan_builder_free(builder);
  return plan;
}

int main(int argc, char** argv) {
  struct shared shared;
  struct minbtf_plan* plan;
  struct minbtf_btf* kernel;
  struct minbtf_reduction* expected;
  struct minbtf_check* check;
  void* bytes;
  pthread_t threads[thread_count];
  int status = 0;
  int i;
  if (argc < 3) return 2;
  plan = plan_of(argv + 2, argc - 2);
  bytes = contents_of(argv[1], &shared.size);
  kernel = minbtf_btf_from_bytes(bytes, shared.size, "kernel", NULL);
  expected = minbtf_plan_minimize(plan, kernel, NULL);
  check = minbtf_plan_check(plan, kernel, NULL);
  if (expected == NULL || check == NULL) return 2;
  shared.plan = plan;
  shared.kernel = kernel;
  shared.bytes = bytes;
  shared.expected = expected;
  shared.unresolved = minbtf_check_unresolved_count(check);

  for (i = 0; i < thread_count; ++i) {
    if (pthread_create(&threads[i], NULL, run_thread, &shared) != 0) return 2;
  }
  for (i = 0; i < thread_count; ++i) {
    void* wrong = NULL;
    if (pthread_join(threads[i], &wrong) != 0) return 2;
    if (wrong == NULL) continue;
    fprintf(stderr, "thread %d: %s\n", i, (const char*)wrong);
    status = 1;
  }

  minbtf_check_free(check);
  minbtf_reduction_free(expected);
  minbtf_btf_free(kernel);
  minbtf_plan_free(plan);
  free(bytes);
  if (status == 0) printf("%d threads, %d rounds\n", thread_count, round_count);
  return status;
}
