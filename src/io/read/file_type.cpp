// SPDX-License-Identifier: BSD-2-Clause
#include "io/read/file_type.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "elf/elf_file.hpp"

namespace minbtf::io {

namespace {

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view description;
};

using namespace std::string_view_literals;

struct PackedMagic {
  Packing packing;
  std::string_view bytes;
};

constexpr std::array packed_magics = {
    PackedMagic{Packing::gzip, "\x1f\x8b"sv},         PackedMagic{Packing::xz, "\xfd\x37zXZ\0"sv},
    PackedMagic{Packing::zstd, "\x28\xb5\x2f\xfd"sv}, PackedMagic{Packing::bzip2, "BZh"sv},
    PackedMagic{Packing::lz4, "\x04\x22\x4d\x18"sv},
};

constexpr auto pack_magic = "\x89mbtfpk\n"sv;
constexpr auto bundle_magic = "\x89MBNDL\r\n"sv;

constexpr std::array other_magics = {
    Magic{0, pack_magic, "a pack of kernels"},
    Magic{0, "PK\x03\x04"sv, "a zip archive; unpack it first"},
    Magic{0, "!<arch>\n"sv, "an ar archive or Debian package; unpack it first"},
    Magic{0, "\xed\xab\xee\xdb"sv, "an RPM package; unpack it first"},
    Magic{0, "version https://git-lfs"sv, "a pointer of Git LFS; fetch the file (git lfs pull)"},
    Magic{514, "HdrS"sv, "a compressed kernel image; take its vmlinux (the kernel's scripts/extract-vmlinux)"},
    Magic{56, "ARM\x64"sv, "a kernel image without sections; take the vmlinux it was made from"},
};

constexpr std::size_t elf_data_encoding = 5;  // EI_DATA
constexpr std::size_t elf_machine = 18;       // e_machine, in both ELF classes
constexpr std::uint8_t elf_little = 1;        // ELFDATA2LSB
constexpr unsigned machine_bpf = 247;         // EM_BPF

bool has(std::span<const std::uint8_t> head, const Magic& magic) {
  if (head.size() < magic.offset || head.size() - magic.offset < magic.bytes.size()) return false;
  return std::ranges::equal(head.subspan(magic.offset, magic.bytes.size()), magic.bytes, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); });
}

bool is_text(std::span<const std::uint8_t> head) {
  return std::ranges::all_of(
      head, [](std::uint8_t c) { return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f); });
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Returns true for the magic of bzip2 ("BZh", checked by the caller) followed by a compression level and by the magic
/// of a block or of the end. "BZh" alone may also be the start of a text.
bool is_bzip2(std::string_view head) {
  const std::string_view rest = head.substr(std::min<std::size_t>(head.size(), 4), 6);
  const bool has_level = head.size() < 4 || (head[3] >= '1' && head[3] <= '9');
  return has_level &&
         ("\x31\x41\x59\x26\x53\x59"sv.starts_with(rest) || "\x17\x72\x45\x38\x50\x90"sv.starts_with(rest));
}

constexpr std::size_t tar_header_bytes = 512;

bool has_tar_magic(std::span<const std::uint8_t> head) {
  constexpr std::size_t magic_offset = 257;
  return head.size() >= tar_header_bytes && text_of(head.subspan(magic_offset)).starts_with("ustar");
}

/// Returns true if the first 512 bytes are a tar header with a correct checksum. This finds tars in the old format,
/// which has no magic.
bool has_tar_checksum(std::span<const std::uint8_t> head) {
  constexpr std::size_t checksum_offset = 148;
  constexpr std::size_t checksum_bytes = 8;
  if (head.size() < tar_header_bytes) return false;
  // The checksum field itself is summed as 8 blanks. Some old tar programs summed signed bytes.
  int sum = ' ' * static_cast<int>(checksum_bytes);
  int signed_sum = sum;
  for (std::size_t i = 0; i < tar_header_bytes; ++i) {
    if (i - checksum_offset < checksum_bytes) continue;
    sum += head[i];
    signed_sum += static_cast<std::int8_t>(head[i]);
  }
  int stated = 0;
  for (const char c : text_of(head.subspan(checksum_offset, checksum_bytes))) {
    if (c >= '0' && c <= '7') stated = stated * 8 + (c - '0');
  }
  return stated == sum || stated == signed_sum;
}

}  // namespace

bool is_raw_btf(std::span<const std::uint8_t> head) noexcept {
  return head.size() >= 2 && ((head[0] == 0x9f && head[1] == 0xeb) || (head[0] == 0xeb && head[1] == 0x9f));
}

bool is_pack(std::span<const std::uint8_t> head) noexcept { return text_of(head).starts_with(pack_magic); }

bool is_bundle(std::span<const std::uint8_t> head) noexcept { return text_of(head).starts_with(bundle_magic); }

bool is_ar(std::span<const std::uint8_t> head) noexcept {
  return text_of(head).starts_with("!<arch>\n"sv) || text_of(head).starts_with("!<thin>\n"sv);
}

bool may_embed_objects(std::span<const std::uint8_t> head) noexcept {
  return elf::is_elf(head) || is_ar(head) || is_packed(head);
}

bool is_bpf_elf(std::span<const std::uint8_t> head) noexcept {
  if (!elf::is_elf(head) || head.size() < elf_machine + 2) return false;
  const unsigned first = head[elf_machine];
  const unsigned second = head[elf_machine + 1];
  const unsigned machine = head[elf_data_encoding] == elf_little ? first | second << 8U : first << 8U | second;
  return machine == machine_bpf;
}

Packing packing_of(std::span<const std::uint8_t> head) noexcept {
  if (is_pack(head)) return Packing::none;
  if (is_bundle(head)) return Packing::bundle;
  if (has_tar_magic(head)) return Packing::tar;
  const std::string_view text = text_of(head);
  const auto* found =
      std::ranges::find_if(packed_magics, [&](const PackedMagic& magic) { return text.starts_with(magic.bytes); });
  const bool is_compressed = found != packed_magics.end() && (found->packing != Packing::bzip2 || is_bzip2(text));
  if (is_compressed) return found->packing;
  // The checksum is tried last, since compressed data can have the right sum by chance. Raw BTF can too, so it is
  // excluded: a tar header begins with a file name, and no file name begins with the BTF magic.
  if (is_raw_btf(head)) return Packing::none;
  return has_tar_checksum(head) ? Packing::tar : Packing::none;
}

std::string_view to_string(Packing packing) noexcept {
  switch (packing) {
    case Packing::none:
      return "none";
    case Packing::gzip:
      return "gzip";
    case Packing::xz:
      return "xz";
    case Packing::zstd:
      return "zstd";
    case Packing::bzip2:
      return "bzip2";
    case Packing::lz4:
      return "lz4";
    case Packing::tar:
      return "tar";
    case Packing::bundle:
      return "bundle";
  }
  return "none";
}

std::string describe_contents(std::span<const std::uint8_t> head) {
  if (head.empty()) return "an empty file";
  if (is_raw_btf(head)) return "raw BTF";
  if (is_bpf_elf(head)) return "a BPF object";
  if (elf::is_elf(head)) return "an ELF file";
  if (const Packing packing = packing_of(head); packing == Packing::tar) {
    return "a tar archive";
  } else if (packing == Packing::bundle) {
    return "a bundle of reduced BTF";
  } else if (packing != Packing::none) {
    return std::string(to_string(packing)) + "-compressed data";
  }
  const auto* magic = std::ranges::find_if(other_magics, [&](const Magic& m) { return has(head, m); });
  if (magic != other_magics.end()) return std::string(magic->description);
  return is_text(head) ? "a text file" : "a file of unknown kind";
}

}  // namespace minbtf::io
