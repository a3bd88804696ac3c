// What libbpf's whole loader says of CO-RE relocations, with the kernel's BTF taken from a file.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/bpf_object.hpp"

namespace minbtf::report {

/// Why this process cannot load BPF programs here; empty if it can. Needs CAP_BPF, and a kernel that has BPF.
[[nodiscard]] std::string loader_obstacle();

/// A record of .BTF.ext, by program and by its number among the records of the program's section.
struct LoaderRecord {
  std::string program;
  std::uint32_t number = 0;

  auto operator<=>(const LoaderRecord&) const = default;
};

/// What became of an instruction.
struct Patch {
  bool poison = false;
  std::uint64_t value = 0;
  bool operator==(const Patch&) const = default;
};

struct LoaderLog {
  /// What was patched or failed, in libbpf's words but without type ids: equal for BTF that is equal. One line for each
  /// message.
  std::map<LoaderRecord, std::vector<std::string>> outcomes;
  /// By program and number of the instruction in it; type_id_target is left out.
  std::map<std::pair<std::string, std::uint32_t>, Patch> patches;
  /// By object.programs(): whether libbpf relocates it.
  std::vector<bool> programs;
  std::string failed_program;  ///< whose relocation made libbpf give up; empty if none did
  std::string last_warning;    ///< of libbpf; mostly empty
  bool opened = false;         ///< libbpf reads the object
};

/// Is the program, the `index`th that libbpf lists, to be loaded?
using LoaderChoice = std::function<bool(std::size_t index, const std::string& program)>;

/// Opens and loads `elf` and closes it again; nothing is attached, and no map is made. Whether the verifier accepts the
/// programs plays no part. Any number of threads may do so at once.
[[nodiscard]] LoaderLog load_with_btf(std::span<const std::uint8_t> elf, const BpfObject& object,
                                      const std::string& btf_path, const LoaderChoice& choose);

}  // namespace minbtf::report
