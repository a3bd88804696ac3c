// What kind of file somebody handed us, by its first bytes: for telling inputs apart and for helpful refusals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace minbtf::io {

/// Bytes from the start of a file that are enough for the functions below.
inline constexpr std::size_t file_type_bytes = 1024;

/// The BTF magic 0xEB9F in either byte order.
[[nodiscard]] bool is_raw_btf(std::span<const std::uint8_t> head) noexcept;

/// An ELF header of machine EM_BPF. The header alone decides, so that a truncated object still counts as one and is
/// refused later instead of being passed over.
[[nodiscard]] bool is_bpf_elf(std::span<const std::uint8_t> head) noexcept;

/// "gzip-compressed data; unpack it first (gzip -dc)", "an empty file", ...
[[nodiscard]] std::string describe_contents(std::span<const std::uint8_t> head);

}  // namespace minbtf::io
