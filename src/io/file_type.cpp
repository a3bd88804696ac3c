#include "io/file_type.hpp"

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

constexpr std::array magics = {
    Magic{0, "\x1f\x8b"sv, "gzip-compressed data; unpack it first (gzip -dc)"},
    Magic{0, "\xfd\x37zXZ\0"sv, "xz-compressed data; unpack it first (xz -dc)"},
    Magic{0, "\x28\xb5\x2f\xfd"sv, "zstd-compressed data; unpack it first (zstd -dc)"},
    Magic{0, "BZh"sv, "bzip2-compressed data; unpack it first (bzip2 -dc)"},
    Magic{0, "\x04\x22\x4d\x18"sv, "lz4-compressed data; unpack it first (lz4 -dc)"},
    Magic{0, "PK\x03\x04"sv, "a zip archive; unpack it first"},
    Magic{0, "!<arch>\n"sv, "an ar archive or Debian package; unpack it first"},
    Magic{0, "\xed\xab\xee\xdb"sv, "an RPM package; unpack it first"},
    Magic{257, "ustar"sv, "a tar archive; unpack it first (tar -xf)"},
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

}  // namespace

bool is_raw_btf(std::span<const std::uint8_t> head) noexcept {
  return head.size() >= 2 && ((head[0] == 0x9f && head[1] == 0xeb) || (head[0] == 0xeb && head[1] == 0x9f));
}

bool is_bpf_elf(std::span<const std::uint8_t> head) noexcept {
  if (!elf::is_elf(head) || head.size() < elf_machine + 2) return false;
  const unsigned first = head[elf_machine];
  const unsigned second = head[elf_machine + 1];
  const unsigned machine = head[elf_data_encoding] == elf_little ? first | second << 8U : first << 8U | second;
  return machine == machine_bpf;
}

std::string describe_contents(std::span<const std::uint8_t> head) {
  if (head.empty()) return "an empty file";
  if (is_raw_btf(head)) return "raw BTF";
  if (is_bpf_elf(head)) return "a BPF object";
  if (elf::is_elf(head)) return "an ELF file";
  const auto* magic = std::ranges::find_if(magics, [&](const Magic& m) { return has(head, m); });
  if (magic != magics.end()) return std::string(magic->description);
  return is_text(head) ? "a text file" : "a file of unknown kind";
}

}  // namespace minbtf::io
