// What libbpf's whole loader says of CO-RE relocations, with the kernel's BTF taken from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/bpf_object.hpp"

namespace minbtf::test {

/// What became of an instruction.
struct Patch {
  bool poison = false;
  std::uint64_t value = 0;
  bool operator==(const Patch&) const = default;
};

struct LoaderLog {
  /// Lines about what was patched or failed, without type ids: equal for BTF that is equal.
  std::vector<std::string> lines;
  /// By program and number of the instruction in it; type_id_target is left out.
  std::map<std::pair<std::string, std::uint32_t>, Patch> patches;
  /// By object.programs(): whether libbpf loads it.
  std::vector<bool> programs;
  bool opened = false;
};

/// False if this process may not load BPF programs, or the kernel has none.
[[nodiscard]] bool can_load_bpf();

/// Opens and loads `elf` and closes it again. Whether the verifier accepts the programs plays no part. With
/// `every_second` only every second program is loaded.
[[nodiscard]] LoaderLog load_with_btf(const std::vector<std::uint8_t>& elf, const BpfObject& object,
                                      const std::string& btf_path, bool every_second);

}  // namespace minbtf::test
