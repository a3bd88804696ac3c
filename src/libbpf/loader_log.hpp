// SPDX-License-Identifier: BSD-2-Clause
// Runs libbpf's complete loader with the kernel's BTF from a file, and collects its messages about CO-RE relocations.
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

/// Returns the reason why this process cannot load BPF programs; empty if it can. Loading needs CAP_BPF and a kernel
/// with BPF. Only one thread may call this at a time.
[[nodiscard]] std::string loader_obstacle();

/// Identifies a record of .BTF.ext.
struct LoaderRecord {
  std::string program;
  std::uint32_t number = 0;  ///< index among the records of the program's section

  auto operator<=>(const LoaderRecord&) const = default;
};

/// The messages of one load.
struct LoaderLog {
  /// libbpf's messages about patched instructions and failures, one line for each message. Type ids are removed, so
  /// that equal outcomes on two BTFs give equal lines.
  std::map<LoaderRecord, std::vector<std::string>> outcomes;
  std::string failed_program;  ///< the program whose relocation failed, so that libbpf stopped; empty if none failed
  std::string first_warning;   ///< libbpf's first warning; usually empty
};

/// Returns true if a program is to be loaded. `index` counts the programs in the order of bpf_object__next_program().
using LoaderChoice = std::function<bool(std::size_t index, const std::string& program)>;

/// Opens, loads and closes the object in `elf` with the BTF at `btf_path`. No program is attached, and no map is
/// created. The result does not depend on whether the verifier accepts the programs. Only one thread may call this at a
/// time. libbpf can crash or hang on hostile input: see docs/hostile-input.md. Throws std::bad_alloc also if libbpf
/// runs out of memory.
[[nodiscard]] LoaderLog load_with_btf(std::span<const std::uint8_t> elf, const std::string& btf_path,
                                      const LoaderChoice& choose);

}  // namespace minbtf::libbpf
