// What kind of file somebody handed us, by its first bytes: for telling inputs apart and for helpful refusals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace minbtf::io {

/// Bytes from the start of a file that are enough for the functions below.
inline constexpr std::size_t file_type_bytes = 1024;

/// The BTF magic 0xEB9F in either byte order.
[[nodiscard]] bool is_raw_btf(std::span<const std::uint8_t> head) noexcept;

/// An ELF header of machine EM_BPF. The header alone decides, so that a truncated object still counts as one and is
/// refused later instead of being passed over.
[[nodiscard]] bool is_bpf_elf(std::span<const std::uint8_t> head) noexcept;

/// What archive::Unpacker opens.
enum class Packing { none, gzip, xz, zstd, bzip2, lz4, tar };

/// The outermost packing. Tars that are older than their magic are known by the checksum of the first header.
[[nodiscard]] Packing packing_of(std::span<const std::uint8_t> head) noexcept;
[[nodiscard]] inline bool is_packed(std::span<const std::uint8_t> head) noexcept {
  return packing_of(head) != Packing::none;
}
/// "gzip", ...
[[nodiscard]] std::string_view to_string(Packing packing) noexcept;

/// "a zip archive; unpack it first", "an empty file", ...
[[nodiscard]] std::string describe_contents(std::span<const std::uint8_t> head);

}  // namespace minbtf::io
