// SPDX-License-Identifier: BSD-2-Clause
// minbtf_btf_path_open() as it is compiled where the system's headers do not know memfd_create(2).
#pragma once

#include <cstddef>

struct minbtf_btf_path;

namespace minbtf::test {

[[nodiscard]] int open_temporary_file(minbtf_btf_path* path, const void* btf, std::size_t size);

}  // namespace minbtf::test
