// SPDX-License-Identifier: BSD-2-Clause
// Module BTF: split BTF of a kernel module, whose type ids and string offsets continue those of its kernel.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace minbtf::btf {

inline constexpr std::string_view split_btf_reason =
    "BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";

/// Returns true if `bytes` are split BTF, and false for full BTF, damaged or not. The rules are in split_btf.cpp. For
/// full BTF it reads only the header and one byte of the strings.
[[nodiscard]] bool is_split_btf(std::span<const std::uint8_t> bytes);

}  // namespace minbtf::btf
