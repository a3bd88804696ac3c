// SPDX-License-Identifier: BSD-2-Clause
// A lower bound for the time of any tool that reads and validates these kernels. Reads each file into one buffer, makes
// one pass over the types, validates them, records the offset of each type, and looks for wanted names.
//     floor NAME[,NAME...] FILE...
//
// Shares no code with min-btf, which is compared with it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t huge_page = 2U << 20U;
constexpr std::size_t slack = 16;  // bytes after the end of a file, so that an 8-byte load may start at any byte of it

[[noreturn]] void fail(const char* file, const char* why) {
  std::fprintf(stderr, "floor: %s: %s\n", file, why);
  std::exit(1);
}

/// Memory that is reused from file to file. Growing discards the contents.
class Buffer {
 public:
  std::uint8_t* at_least(std::size_t bytes) {
    if (bytes <= size_) return data_;
    if (data_ != nullptr) munmap(data_, size_);
    size_ = (bytes + huge_page - 1) / huge_page * huge_page;
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("memory", "cannot be allocated");
    madvise(memory, size_, MADV_HUGEPAGE);
    data_ = static_cast<std::uint8_t*>(memory);
    return data_;
  }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The wanted names. A bitmap of hashes of the first eight bytes rejects most other names.
class Filter {
 public:
  explicit Filter(std::string_view list) {
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(','), list.size());
      names_.emplace_back(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
      char head[8] = {};
      std::memcpy(head, names_.back().data(), std::min<std::size_t>(names_.back().size(), 8));
      set(slot(head));
    }
  }

  /// Returns true if `name` is wanted. `name` is NUL-terminated, and eight bytes can be read from it.
  [[nodiscard]] bool has(const char* name) const {
    const std::size_t at = slot(name);
    if ((bits_[at / 64] >> (at % 64) & 1U) == 0) return false;
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

 private:
  /// Returns the hash of the first eight bytes. Bytes after a NUL do not count.
  static std::size_t slot(const char* name) {
    std::uint64_t word;
    std::memcpy(&word, name, 8);
    const std::uint64_t zeros = (word - 0x0101010101010101U) & ~word & 0x8080808080808080U;
    if (zeros != 0) word &= (zeros & -zeros) - 1;  // for little-endian hosts; on others only more names are compared
    return word * 0x9e3779b97f4a7c15U >> 52U;
  }
  void set(std::size_t at) { bits_[at / 64] |= std::uint64_t{1} << (at % 64); }

  std::vector<std::string> names_;
  std::uint64_t bits_[64] = {};
};

enum Kind : std::uint32_t {
  int_ = 1,
  ptr,
  array,
  struct_,
  union_,
  enum_,
  fwd,
  typedef_,
  volatile_,
  const_,
  restrict_,
  func,
  func_proto,
  var,
  datasec,
  float_,
  decl_tag,
  type_tag,
  enum64
};

template <bool swapped>
std::uint32_t load(const std::uint32_t* word) {
  return swapped ? __builtin_bswap32(*word) : *word;
}

struct Found {
  std::uint64_t types = 0, wanted = 0;
};

template <bool swapped>
Found scan(const char* file, const std::uint8_t* data, std::size_t size, const Filter& filter, Buffer& memory) {
  std::uint32_t header[6];
  for (int i = 0; i < 6; ++i) header[i] = load<swapped>(reinterpret_cast<const std::uint32_t*>(data) + i);
  const std::uint64_t header_size = header[1], type_off = header[2], type_len = header[3], string_off = header[4],
                      string_len = header[5];
  if (header_size < 24 || header_size % 4 != 0 || type_off % 4 != 0 || type_len % 4 != 0) {
    fail(file, "the header has another format");
  }
  if (header_size + type_off + type_len > size || header_size + string_off + string_len > size || string_len == 0) {
    fail(file, "a section reaches beyond the end of the file");
  }
  const char* strings = reinterpret_cast<const char*>(data + header_size + string_off);
  if (strings[0] != '\0' || strings[string_len - 1] != '\0') fail(file, "the strings do not start and end with NUL");
  const std::uint32_t* begin = reinterpret_cast<const std::uint32_t*>(data + header_size + type_off);
  const std::uint32_t* end = begin + type_len / 4;
  // A record has at least twelve bytes. Ids start at 1.
  auto* offsets = reinterpret_cast<std::uint32_t*>(memory.at_least((type_len / 12 + 1) * sizeof(std::uint32_t)));

  Found found;
  std::uint32_t id = 1;
  std::uint32_t last_name = 0, last_type = 0;  // the maximum of each, compared with its limit at the end
  const std::uint32_t* type = begin;
  const auto need = [&](std::uint64_t words) {
    if (static_cast<std::uint64_t>(end - type) < words) fail(file, "the last type is cut off");
  };
  while (type != end) {
    need(3);
    const std::uint32_t name = load<swapped>(type), info = load<swapped>(type + 1), third = load<swapped>(type + 2);
    const std::uint32_t vlen = info & 0xffffffU;
    const auto look_at_name = [&] {
      if (name < string_len && filter.has(strings + name)) ++found.wanted;
    };
    /// Returns the end of the elements, which follow the first three words.
    const auto after_elements = [&](std::uint64_t words) {
      need(3 + vlen * words);
      return type + 3 + vlen * words;
    };
    offsets[id] = static_cast<std::uint32_t>(type - begin);
    ++id;
    last_name = std::max(last_name, name);
    const std::uint32_t* element = type + 3;
    // One case for each record length: the CPU then predicts where the next type starts and does not wait for a load.
    switch (info >> 24U & 0x7fU) {
      case ptr:
      case volatile_:
      case const_:
      case restrict_:
      case func:
      case type_tag:
        last_type = std::max(last_type, third);
        type += 3;
        break;
      case typedef_:
        last_type = std::max(last_type, third);
        look_at_name();
        type += 3;
        break;
      case fwd:
      case float_:
        type += 3;
        break;
      case int_:
        need(4);
        look_at_name();
        type += 4;
        break;
      case var:
      case decl_tag:
        need(4);
        last_type = std::max(last_type, third);
        type += 4;
        break;
      case array:
        need(6);
        last_type = std::max({last_type, load<swapped>(type + 3), load<swapped>(type + 4)});
        type += 6;
        break;
      case struct_:
      case union_:
        look_at_name();
        for (type = after_elements(3); element != type; element += 3) {
          last_name = std::max(last_name, load<swapped>(element));
          last_type = std::max(last_type, load<swapped>(element + 1));
        }
        break;
      case func_proto:
        last_type = std::max(last_type, third);
        for (type = after_elements(2); element != type; element += 2) {
          last_name = std::max(last_name, load<swapped>(element));
          last_type = std::max(last_type, load<swapped>(element + 1));
        }
        break;
      case enum_:
        look_at_name();
        for (type = after_elements(2); element != type; element += 2) {
          last_name = std::max(last_name, load<swapped>(element));
        }
        break;
      case enum64:
        look_at_name();
        for (type = after_elements(3); element != type; element += 3) {
          last_name = std::max(last_name, load<swapped>(element));
        }
        break;
      case datasec:
        for (type = after_elements(3); element != type; element += 3) {
          last_type = std::max(last_type, load<swapped>(element));
        }
        break;
      default:
        fail(file, "a type has an unknown kind");
    }
  }
  if (last_name >= string_len) fail(file, "a name is outside the strings");
  if (last_type >= id) fail(file, "a reference to a type that does not exist");
  found.types = id - 1;
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: floor NAME[,NAME...] FILE...\n", stderr);
    return 2;
  }
  const Filter filter(argv[1]);
  Buffer buffer;
  Buffer offsets;
  Found all;
  for (int i = 2; i < argc; ++i) {
    const int file = open(argv[i], O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) fail(argv[i], std::strerror(errno));
    const auto size = static_cast<std::size_t>(about.st_size);
    std::uint8_t* data = buffer.at_least(size + slack);
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = read(file, data + done, size - done);
      if (got <= 0) fail(argv[i], "cannot be read");
      done += static_cast<std::size_t>(got);
    }
    close(file);
    std::uint16_t magic = 0;
    if (size >= 24) std::memcpy(&magic, data, 2);
    if (magic != 0xeb9f && magic != 0x9feb) fail(argv[i], "no BTF");
    const Found found = magic == 0xeb9f ? scan<false>(argv[i], data, size, filter, offsets)
                                        : scan<true>(argv[i], data, size, filter, offsets);
    all.types += found.types;
    all.wanted += found.wanted;
  }
  std::printf("%llu types, %llu with a wanted name\n", static_cast<unsigned long long>(all.types),
              static_cast<unsigned long long>(all.wanted));
}
