// SPDX-License-Identifier: BSD-2-Clause
// Data that is read once and needed later: a copy of a pipe as a regular file, and modules in a tar. A tar of many
// kernels is read twice, which a pipe does not allow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/read/input_file.hpp"

namespace minbtf::io {

struct SpoolLimits {
  std::size_t memory = std::size_t{64} << 20U;  ///< bytes that are kept in memory; a larger input goes to a file
  std::size_t bytes = std::size_t{64} << 30U;   ///< bytes of the whole input
};

/// Copies the rest of `file` and returns the copy as a regular file that starts with file.head(). Only the head of
/// `file` may have been read.
///
/// The copy is a memfd as long as it has at most `limits.memory` bytes. Then it moves to a file without a name in the
/// directory $TMPDIR, or in /tmp. Example with the default limits: of an input of 100 MiB, 64 MiB are collected in
/// memory; the next block creates the file, the 64 MiB are copied to it, and the remaining blocks are appended. Neither
/// copy has a name, so the system frees it with its descriptor, however the run ends.
///
/// Throws Error: io, or unsupported for more than `limits.bytes` bytes.
[[nodiscard]] InputFile spooled(const InputFile& file, const SpoolLimits& limits = {});

/// Byte strings that are kept for later as spooled() keeps the rest of a pipe: in memory, or in a file without a name.
/// After the last add() any number of threads may read.
class Store {
 public:
  /// A byte string in the store.
  struct Place {
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };

  /// `name` is the name of the input in messages. Throws Error (io).
  explicit Store(std::string name);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Throws Error as spooled() does.
  [[nodiscard]] Place add(std::span<const std::uint8_t> bytes);
  /// Throws Error (io).
  [[nodiscard]] std::vector<std::uint8_t> read(const Place& place) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::io
