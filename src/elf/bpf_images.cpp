// SPDX-License-Identifier: BSD-2-Clause
#include "elf/bpf_images.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "minbtf/error.hpp"

#ifndef EM_BPF
#define EM_BPF 247
#endif

namespace minbtf::elf {

namespace {

using ByteView = std::span<const std::uint8_t>;

// Section headers that are read in vain may have this many times the bytes of the input.
constexpr std::uint64_t most_headers_per_byte = 4;

/// A number in a header.
struct Field {
  std::size_t offset;
  unsigned bytes;
};

constexpr Field e_type = {offsetof(Elf64_Ehdr, e_type), 2};
constexpr Field e_machine = {offsetof(Elf64_Ehdr, e_machine), 2};
constexpr Field e_version = {offsetof(Elf64_Ehdr, e_version), 4};
constexpr Field e_shoff = {offsetof(Elf64_Ehdr, e_shoff), 8};
constexpr Field e_shentsize = {offsetof(Elf64_Ehdr, e_shentsize), 2};
constexpr Field e_shnum = {offsetof(Elf64_Ehdr, e_shnum), 2};
constexpr Field sh_type = {offsetof(Elf64_Shdr, sh_type), 4};
constexpr Field sh_offset = {offsetof(Elf64_Shdr, sh_offset), 8};
constexpr Field sh_size = {offsetof(Elf64_Shdr, sh_size), 8};

/// Numbers of one image, in its byte order.
class Numbers {
 public:
  Numbers(ByteView image, bool is_big) : image_(image), is_big_(is_big) {}

  [[nodiscard]] ByteOrder order() const noexcept { return is_big_ ? ByteOrder::big : ByteOrder::little; }
  /// Returns a number of the header at `header`. The complete header must be in the image.
  [[nodiscard]] std::uint64_t at(std::uint64_t header, Field field) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < field.bytes; ++i) {
      const unsigned place = is_big_ ? field.bytes - 1 - i : i;
      value |= std::uint64_t{image_[header + field.offset + i]} << 8 * place;
    }
    return value;
  }

 private:
  ByteView image_;
  bool is_big_;
};

/// Returns the numbers of an image; nothing if no header of a BPF object is at its start.
std::optional<Numbers> header_of(ByteView image) {
  if (image.size() < sizeof(Elf64_Ehdr) || image[EI_CLASS] != ELFCLASS64 || image[EI_VERSION] != EV_CURRENT) return {};
  if (image[EI_DATA] != ELFDATA2LSB && image[EI_DATA] != ELFDATA2MSB) return {};
  const Numbers numbers(image, image[EI_DATA] == ELFDATA2MSB);
  const bool is_object = numbers.at(0, e_machine) == EM_BPF && numbers.at(0, e_type) == ET_REL &&
                         numbers.at(0, e_version) == EV_CURRENT && numbers.at(0, e_shentsize) == sizeof(Elf64_Shdr);
  if (!is_object) return {};
  return numbers;
}

class Finder {
 public:
  Finder(ByteView bytes, const std::string& name)
      : bytes_(bytes), name_(name), headers_left_(most_headers_per_byte * bytes.size()) {}

  BpfImages find() {
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    constexpr std::string_view magic(ELFMAG, SELFMAG);
    for (std::size_t at = text.find(magic); at != text.npos;) {
      std::size_t next = at + magic.size();
      const ByteView rest = bytes_.subspan(at);
      if (const auto numbers = header_of(rest)) {
        const std::uint64_t size = size_of(rest, *numbers);
        if (size != 0) {
          found_.complete.push_back({.offset = at, .size = size, .order = numbers->order()});
          next = at + size;
        } else {
          found_.cut.push_back(at);
        }
      }
      at = text.find(magic, next);
    }
    return std::move(found_);
  }

 private:
  /// Returns the number of bytes of the image at the start of `rest`; 0 if not all of it is there.
  std::uint64_t size_of(ByteView rest, const Numbers& numbers) {
    const std::uint64_t table = numbers.at(0, e_shoff);
    if (table < sizeof(Elf64_Ehdr) || table > rest.size() || rest.size() - table < sizeof(Elf64_Shdr)) return 0;
    std::uint64_t sections = numbers.at(0, e_shnum);
    // A file with more sections than e_shnum can hold has their number in the first section header.
    if (sections == 0) sections = numbers.at(table, sh_size);
    if (sections == 0 || sections > (rest.size() - table) / sizeof(Elf64_Shdr)) return 0;
    std::uint64_t end = table + sections * sizeof(Elf64_Shdr);
    for (std::uint64_t i = 0; i < sections; ++i) {
      const std::uint64_t header = table + i * sizeof(Elf64_Shdr);
      spend(sizeof(Elf64_Shdr));
      const std::uint64_t type = numbers.at(header, sh_type);
      if (type == SHT_NULL || type == SHT_NOBITS) continue;
      const std::uint64_t offset = numbers.at(header, sh_offset);
      const std::uint64_t size = numbers.at(header, sh_size);
      if (offset > rest.size() || size > rest.size() - offset) return 0;
      end = std::max(end, offset + size);
    }
    return end;
  }

  void spend(std::uint64_t bytes) {
    if (bytes > headers_left_) {
      throw Error(ErrorKind::damaged, name_, "", "incomplete BPF objects that share their section headers");
    }
    headers_left_ -= bytes;
  }

  ByteView bytes_;
  const std::string& name_;
  std::uint64_t headers_left_;
  BpfImages found_;
};

}  // namespace

BpfImages find_bpf_images(ByteView bytes, const std::string& name) { return Finder(bytes, name).find(); }

}  // namespace minbtf::elf
