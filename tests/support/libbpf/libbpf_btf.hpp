// SPDX-License-Identifier: BSD-2-Clause
// BTF as read by libbpf, an independent check of our reader and writer.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::test {

class LibbpfBtf {
 public:
  /// Copies `bytes`. Suppresses libbpf's messages while libbpf parses them.
  explicit LibbpfBtf(const std::vector<std::uint8_t>& bytes);
  LibbpfBtf(const LibbpfBtf&) = delete;
  LibbpfBtf& operator=(const LibbpfBtf&) = delete;
  ~LibbpfBtf();

  [[nodiscard]] bool accepted() const { return btf_ != nullptr; }
  [[nodiscard]] const struct btf* get() const { return btf_; }

 private:
  struct btf* btf_ = nullptr;
};

/// Compares everything that libbpf and `view` report of each type. Returns the first difference; empty if there is
/// none.
[[nodiscard]] std::string difference(const LibbpfBtf& theirs, const btf::View& view);

}  // namespace minbtf::test
