// SPDX-License-Identifier: BSD-2-Clause
// Module BTF: split BTF of a kernel module, whose type ids and string offsets continue those of its kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace minbtf::btf {

inline constexpr std::string_view split_btf_reason =
    "BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";

/// Returns the offset of the first byte of the strings in a file that begins with `head`. Returns nothing if the header
/// is not valid, or if there are no strings.
[[nodiscard]] std::optional<std::uint64_t> offset_of_strings(std::span<const std::uint8_t> head);

/// Returns true if the strings begin with the empty string, as in all full BTF.
[[nodiscard]] bool begins_with_empty_string(std::span<const std::uint8_t> bytes);

/// Returns true if `bytes` are split BTF, and false for full BTF, damaged or not. The rules are in split_btf.cpp. For
/// full BTF it reads only the header and one byte of the strings.
[[nodiscard]] bool is_split_btf(std::span<const std::uint8_t> bytes);

}  // namespace minbtf::btf
