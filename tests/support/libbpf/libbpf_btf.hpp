// BTF as libbpf reads it: a second opinion on our reader and writer.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::test {

class LibbpfBtf {
 public:
  /// Copies `bytes`. libbpf's messages are kept quiet meanwhile.
  explicit LibbpfBtf(const std::vector<std::uint8_t>& bytes);
  LibbpfBtf(const LibbpfBtf&) = delete;
  LibbpfBtf& operator=(const LibbpfBtf&) = delete;
  ~LibbpfBtf();

  [[nodiscard]] bool accepted() const { return btf_ != nullptr; }
  [[nodiscard]] const struct btf* get() const { return btf_; }

 private:
  struct btf* btf_ = nullptr;
};

/// Compares everything that libbpf and `view` say about each type. Empty if they agree, else the first difference.
[[nodiscard]] std::string difference(const LibbpfBtf& theirs, const btf::View& view);

}  // namespace minbtf::test
