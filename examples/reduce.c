/* SPDX-License-Identifier: BSD-2-Clause */
// Reduces the BTF of a kernel to what a BPF object needs: reduce KERNEL OBJECT OUTPUT
#include <minbtf/minbtf.h>
#include <stdio.h>

static int write_file(const char* path, const void* bytes, size_t size) {
  FILE* output = fopen(path, "wb");
  const int is_written = output != NULL && fwrite(bytes, 1, size, output) == size;
  const int is_closed = output != NULL && fclose(output) == 0;
  if (!is_written || !is_closed) fprintf(stderr, "%s: cannot write\n", path);
  return is_written && is_closed ? 0 : 1;
}

int main(int argc, char** argv) {
  struct minbtf_object* object = NULL;
  struct minbtf_btf* kernel = NULL;
  struct minbtf_plan_builder* builder = NULL;
  struct minbtf_plan* plan = NULL;
  struct minbtf_reduction* reduction = NULL;
  struct minbtf_error* error = NULL;
  int status = 1;
  if (argc != 4) {
    fprintf(stderr, "usage: reduce KERNEL OBJECT OUTPUT\n");
    return 1;
  }

  // Each function returns NULL or a negative number for a failure, and then sets `error`.
  if ((object = minbtf_object_from_file(argv[2], &error)) == NULL) goto end;
  if ((builder = minbtf_plan_builder_new(&error)) == NULL) goto end;
  if (minbtf_plan_builder_add_object(builder, object, &error) < 0) goto end;
  if ((plan = minbtf_plan_builder_build(builder, &error)) == NULL) goto end;
  if ((kernel = minbtf_btf_from_file(argv[1], &error)) == NULL) goto end;
  if ((reduction = minbtf_plan_minimize(plan, kernel, &error)) == NULL) goto end;
  status = write_file(argv[3], minbtf_reduction_bytes(reduction), minbtf_reduction_size(reduction));

end:
  if (error != NULL) fprintf(stderr, "%s\n", minbtf_error_message(error));  // one line that names the file
  minbtf_reduction_free(reduction);
  minbtf_btf_free(kernel);
  minbtf_plan_free(plan);
  minbtf_plan_builder_free(builder);
  minbtf_object_free(object);
  minbtf_error_free(error);
  return status;
}
