/* SPDX-License-Identifier: BSD-2-Clause */
// Prints the error of one function that reads a file or bytes, one part a line: errors FUNCTION PATH
#include <minbtf/minbtf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void* contents_of(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  char* bytes;
  long end;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
    exit(2);
  }
  *size = (size_t)end;
  // No byte more than there are: AddressSanitizer reports a read behind the end.
  bytes = malloc(*size);
  if ((*size != 0 && bytes == NULL) || fread(bytes, 1, *size, file) != *size) exit(2);
  fclose(file);
  return bytes;
}

// Calls the function. Frees the result, and returns the error.
static struct minbtf_error* error_of(const char* function, const char* path) {
  struct minbtf_error* error = NULL;
  size_t size = 0;
  void* bytes = NULL;
  if (strcmp(function, "object_from_file") == 0) {
    minbtf_object_free(minbtf_object_from_file(path, &error));
    return error;
  }
  if (strcmp(function, "btf_from_file") == 0) {
    minbtf_btf_free(minbtf_btf_from_file(path, &error));
    return error;
  }
  bytes = contents_of(path, &size);
  if (strcmp(function, "object_from_bytes") == 0) {
    minbtf_object_free(minbtf_object_from_bytes(bytes, size, path, &error));
  } else if (strcmp(function, "btf_from_bytes") == 0) {
    minbtf_btf_free(minbtf_btf_from_bytes(bytes, size, path, &error));
  } else if (strcmp(function, "inspection_from_bytes") == 0) {
    minbtf_inspection_free(minbtf_inspection_from_bytes(bytes, size, path, &error));
  } else if (strcmp(function, "minimize_bytes") == 0) {
    struct minbtf_plan_builder* builder = minbtf_plan_builder_new(NULL);
    struct minbtf_plan* plan = minbtf_plan_builder_build(builder, NULL);
    minbtf_reduction_free(minbtf_plan_minimize_bytes(plan, bytes, size, path, NULL, &error));
    minbtf_plan_free(plan);
    minbtf_plan_builder_free(builder);
  } else {
    exit(2);
  }
  free(bytes);
  return error;
}

int main(int argc, char** argv) {
  struct minbtf_error* error;
  if (argc != 3) return 2;
  error = error_of(argv[1], argv[2]);
  printf("%s\n%s\n%s\n%s\n%s\n", minbtf_error_kind_text(minbtf_error_kind(error)), minbtf_error_file(error),
         minbtf_error_where(error), minbtf_error_reason(error), minbtf_error_message(error));
  minbtf_error_free(error);
  return 0;
}
