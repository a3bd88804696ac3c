// What the layers of an unpacker share: where errors are, and how much is too much.
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
  std::string name;
  UnpackLimits limits;
  std::string member{};  ///< the current one

  /// Throws Error at the current member.
  [[noreturn]] void fail(ErrorKind kind, const std::string& reason) const;
  [[noreturn]] void damaged(const std::string& reason) const;

  /// Called with how many bytes were read since something came of it. Throws Error (unsupported).
  void check_progress(std::uint64_t bytes) const;
};

/// After the end of compressed data, at `rest` and what `input` has behind it: zeros are padding, and anything else may
/// be data that would be lost. Throws Error (damaged).
void expect_end(io::ByteStream& input, std::span<const std::uint8_t> rest, std::string_view compression,
                const UnpackContext& context);

}  // namespace minbtf::archive
