// What libbpf's whole loader says of CO-RE relocations, with the kernel's BTF taken from a file.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace minbtf::libbpf {

/// Why this process cannot load BPF programs here; empty if it can. Needs CAP_BPF, and a kernel that has BPF. One
/// thread at a time.
[[nodiscard]] std::string loader_obstacle();

/// A record of .BTF.ext, by program and by its number among the records of the program's section.
struct LoaderRecord {
  std::string program;
  std::uint32_t number = 0;

  auto operator<=>(const LoaderRecord&) const = default;
};

struct LoaderLog {
  /// What was patched or failed, in libbpf's words but without type ids: equal for BTF that is equal. One line for each
  /// message.
  std::map<LoaderRecord, std::vector<std::string>> outcomes;
  std::string failed_program;  ///< whose relocation made libbpf give up; empty if none did
  std::string first_warning;   ///< of libbpf; mostly empty
};

/// Is the program, the `index`th that libbpf lists, to be loaded?
using LoaderChoice = std::function<bool(std::size_t index, const std::string& program)>;

/// Opens and loads `elf` and closes it again; nothing is attached, and no map is made. Whether the verifier accepts the
/// programs plays no part. One thread at a time. libbpf does not survive everything: see docs/hostile-input.md. Throws
/// std::bad_alloc also if libbpf runs out of memory.
[[nodiscard]] LoaderLog load_with_btf(std::span<const std::uint8_t> elf, const std::string& btf_path,
                                      const LoaderChoice& choose);

}  // namespace minbtf::libbpf
