// SPDX-License-Identifier: BSD-2-Clause
// The files that `unpack` writes. They are made when they are asked for, some at a time: all kernels of a pack may not
// fit into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/package/compression.hpp"
#include "io/hash.hpp"
#include "pack/pack.hpp"

namespace minbtf::cli {

/// What `unpack` finds out about a kernel before it writes it.
struct UnpackedKernel {
  std::uint32_t number = 0;  ///< in the pack
  std::uint64_t bytes = 0;   ///< of the BTF
  std::uint32_t types = 0;
  bool is_complete = false;  ///< it has as many types as the BTF that was packed
  io::Hash hash;             ///< of the BTF
};

/// Checks that each kernel can be made and is valid BTF. The result has no bytes.
class UnpackTask final : public archive::TaskWithResult<UnpackedKernel> {
 private:
  [[nodiscard]] UnpackedKernel process(const archive::KernelPlace& place, const KernelBtf& kernel) const override;
  [[nodiscard]] bool are_equal(const UnpackedKernel& one, const UnpackedKernel& other) const override {
    return one.hash == other.hash && one.bytes == other.bytes;
  }
};

/// Returns the suffix of a file with this compression: "", ".tar.xz" or ".zst".
[[nodiscard]] std::string suffix_of(archive::Compression compression);

class KernelFiles {
 public:
  struct Options {
    archive::Compression compression = archive::Compression::none;
    std::int64_t time = 0;  ///< of the members of tars
    std::size_t jobs = 1;
    std::uint64_t most_bytes = 0;  ///< of the BTF of a kernel
    /// Called after each kernel is made, with the number of kernels and bytes of BTF that were made so far.
    std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
  };

  /// The results of `kernels` are UnpackedKernel. `pack` and `kernels` must outlive the object.
  KernelFiles(const pack::Pack& pack, const std::vector<archive::NamedKernel>& kernels, Options options)
      : pack_(pack), kernels_(kernels), options_(std::move(options)) {}

  /// Returns the contents of a file. Calls with ascending indices are fast: the files behind it are made as well, on
  /// all threads. Throws Error.
  [[nodiscard]] archive::Content file(std::size_t index);

 private:
  [[nodiscard]] archive::Content made(const archive::NamedKernel& kernel) const;
  void make_from(std::size_t first);

  const pack::Pack& pack_;
  const std::vector<archive::NamedKernel>& kernels_;
  Options options_;
  std::map<std::size_t, archive::Content> made_;  ///< by index; files that were not asked for yet
  std::uint64_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace minbtf::cli
