// BTF of a kernel module: split BTF, whose type ids and string offsets go on where those of its kernel end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace minbtf::btf {

inline constexpr std::string_view split_btf_reason =
    "BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";

/// Whether `bytes` are split BTF, and not a damaged full one. split_btf.cpp has the rule. A full BTF costs a look at
/// its header and one byte of its strings.
[[nodiscard]] bool is_split_btf(std::span<const std::uint8_t> bytes);

}  // namespace minbtf::btf
