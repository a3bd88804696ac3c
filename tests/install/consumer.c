/* SPDX-License-Identifier: BSD-2-Clause */
/* A program outside the tree that uses the C API of libminbtf: gets an error of the library. */
#include <minbtf/minbtf.h>
#include <stdio.h>

int main(void) {
  struct minbtf_error* error = NULL;
  struct minbtf_btf* kernel = minbtf_btf_from_file("/nonexistent", &error);
  printf("%s: error: %s\n", minbtf_version(), minbtf_error_kind_text(minbtf_error_kind(error)));
  minbtf_error_free(error);
  minbtf_btf_free(kernel);
  return kernel == NULL ? 0 : 1;
}
