// SPDX-License-Identifier: BSD-2-Clause
// A copy of a pipe as a regular file. A tar of many kernels is read twice, which a pipe does not allow.
#pragma once

#include <cstddef>

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

}  // namespace minbtf::io
