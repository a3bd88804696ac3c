// SPDX-License-Identifier: BSD-2-Clause
#include "support/embedded_objects.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace minbtf::test {

namespace {

constexpr std::array<std::uint8_t, 6> elf_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB};

template <class Record>
std::optional<Record> read(std::span<const std::uint8_t> bytes, std::uint64_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(Record)) return std::nullopt;
  Record out;
  std::memcpy(&out, bytes.data() + at, sizeof(Record));
  return out;
}

/// Returns the number of bytes of the ELF image at the start of `bytes`; 0 if there is no complete BPF object.
std::uint64_t image_size(std::span<const std::uint8_t> bytes) {
  const auto header = read<Elf64_Ehdr>(bytes, 0);
  if (!header || header->e_machine != EM_BPF || header->e_type != ET_REL) return 0;
  if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff > bytes.size()) return 0;
  std::uint64_t end = header->e_shoff + std::uint64_t{header->e_shnum} * sizeof(Elf64_Shdr);
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(bytes, header->e_shoff + i * sizeof(Elf64_Shdr));
    if (!section) return 0;
    if (section->sh_type == SHT_NOBITS) continue;
    if (section->sh_offset > bytes.size() || section->sh_size > bytes.size() - section->sh_offset) return 0;
    end = std::max(end, section->sh_offset + section->sh_size);
  }
  return end <= bytes.size() ? end : 0;
}

}  // namespace

std::vector<EmbeddedObject> embedded_objects(std::span<const std::uint8_t> bytes, const std::string& name) {
  std::vector<EmbeddedObject> out;
  for (auto at = bytes.begin(); at != bytes.end();) {
    at = std::search(at, bytes.end(), elf_ident.begin(), elf_ident.end());
    if (at == bytes.end()) break;
    const std::span<const std::uint8_t> rest(&*at, static_cast<std::size_t>(bytes.end() - at));
    const std::uint64_t size = image_size(rest);
    if (size == 0) {
      ++at;
      continue;
    }
    std::string place = name;
    if (!out.empty()) place += "+" + std::to_string(at - bytes.begin());
    out.push_back({std::move(place), {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size)}});
    at += static_cast<std::ptrdiff_t>(size);
  }
  return out;
}

}  // namespace minbtf::test
