// SPDX-License-Identifier: BSD-2-Clause
// The type of a file by its first bytes: used to distinguish inputs and to explain a refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace minbtf::io {

/// Number of bytes from the start of a file that the functions below need.
inline constexpr std::size_t file_type_bytes = 1024;

/// Returns true if `head` starts with the BTF magic 0xEB9F in either byte order.
[[nodiscard]] bool is_raw_btf(std::span<const std::uint8_t> head) noexcept;

/// Returns true for an ELF header with machine EM_BPF. Only the header is checked: a truncated object is later an
/// error, and is not skipped as a file of another type.
[[nodiscard]] bool is_bpf_elf(std::span<const std::uint8_t> head) noexcept;

/// Returns true if `head` starts with the magic of a pack (docs/pack-format.md).
[[nodiscard]] bool is_pack(std::span<const std::uint8_t> head) noexcept;

/// Returns true if `head` starts with the magic of a bundle (docs/bundle-format.md).
[[nodiscard]] bool is_bundle(std::span<const std::uint8_t> head) noexcept;

/// Returns true for the magic of an ar archive, thin or not: a static library (`.a`) or a Debian package.
[[nodiscard]] bool is_ar(std::span<const std::uint8_t> head) noexcept;

/// Formats that archive::Unpacker opens.
enum class Packing { none, gzip, xz, zstd, bzip2, lz4, tar, bundle };

/// Returns the outermost compression, tar, or bundle. A tar in the old format without the magic "ustar" is recognised
/// by the checksum of its first header.
[[nodiscard]] Packing packing_of(std::span<const std::uint8_t> head) noexcept;
/// Returns true if the file is compressed, a tar or a bundle.
[[nodiscard]] inline bool is_packed(std::span<const std::uint8_t> head) noexcept {
  return packing_of(head) != Packing::none;
}
/// Returns true if BPF objects may be inside the file: it is an ELF file, compressed, a tar or an ar archive.
[[nodiscard]] bool may_embed_objects(std::span<const std::uint8_t> head) noexcept;
/// Returns the name of the format: "gzip", ...
[[nodiscard]] std::string_view to_string(Packing packing) noexcept;

/// Returns a noun phrase for messages: "a zip archive; unpack it first", "an empty file", ...
[[nodiscard]] std::string describe_contents(std::span<const std::uint8_t> head);

}  // namespace minbtf::io
