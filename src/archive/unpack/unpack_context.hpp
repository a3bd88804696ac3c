// SPDX-License-Identifier: BSD-2-Clause
// State that the layers of an Unpacker share: the place for error messages, and the limits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

struct UnpackContext {
  std::string name;  ///< of the input
  UnpackLimits limits;
  std::string member{};  ///< path of the current member; empty between members and if the input is no tar

  /// Throws Error with the input's name and the current member.
  [[noreturn]] void fail(ErrorKind kind, const std::string& reason) const;
  [[noreturn]] void damaged(const std::string& reason) const;

  /// Throws Error (unsupported) if `bytes` is over the limit of a kernel's size plus 1 MiB. `bytes` is the number of
  /// input bytes that were read since the last output: a few compressed bytes can expand to endless padding. The blocks
  /// of a skipped member count as output.
  void check_progress(std::uint64_t bytes) const;
};

/// Reads `rest` and then `input` to its end, after the end of compressed data. Zeros are padding. Throws Error
/// (damaged) for other bytes: they may be data that would be lost.
void expect_end(io::ByteStream& input, std::span<const std::uint8_t> rest, std::string_view compression,
                const UnpackContext& context);

}  // namespace minbtf::archive
