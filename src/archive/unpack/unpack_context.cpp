// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/unpack_context.hpp"

#include <algorithm>

namespace minbtf::archive {

namespace {

constexpr std::uint64_t slack_bytes = std::uint64_t{1} << 20U;  // for headers and padding, in addition to contents

bool all_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

void UnpackContext::fail(ErrorKind kind, const std::string& reason) const { throw Error(kind, name, member, reason); }

void UnpackContext::damaged(const std::string& reason) const { fail(ErrorKind::damaged, reason); }

void UnpackContext::check_progress(std::uint64_t bytes) const {
  const std::uint64_t limit = limits.kernel_bytes;
  if (bytes <= limit || bytes - limit <= slack_bytes) return;
  fail(ErrorKind::unsupported,
       "more than " + std::to_string(limit) + " bytes without contents (" + limits.size_option + ")");
}

void expect_end(io::ByteStream& input, std::span<const std::uint8_t> rest, std::string_view compression,
                const UnpackContext& context) {
  std::uint64_t read = 0;
  for (; !rest.empty(); rest = input.next()) {
    if (!all_zero(rest)) context.damaged("other bytes after the end of the " + std::string(compression) + " data");
    context.check_progress(read += rest.size());
  }
}

}  // namespace minbtf::archive
