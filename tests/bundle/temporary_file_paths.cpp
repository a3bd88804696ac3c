// SPDX-License-Identifier: BSD-2-Clause
#include <sys/syscall.h>
#undef SYS_memfd_create

#include "bundle/temporary_file_paths.hpp"
#include "minbtf/bundle.h"

namespace minbtf::test {

int open_temporary_file(minbtf_btf_path* path, const void* btf, std::size_t size) {
  return minbtf_btf_path_open(path, btf, size);
}

}  // namespace minbtf::test
