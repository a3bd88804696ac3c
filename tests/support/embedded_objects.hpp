// BPF objects inside other files: libbpf skeletons keep the whole ELF image in the tool's data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace minbtf::test {

struct EmbeddedObject {
  std::string name;  ///< of the file; after the first of several, with the offset in it
  std::vector<std::uint8_t> bytes;
};

/// Every 64-bit ELF image of machine EM_BPF in `bytes`. Its extent is what its section headers span.
[[nodiscard]] std::vector<EmbeddedObject> embedded_objects(std::span<const std::uint8_t> bytes,
                                                           const std::string& name);

}  // namespace minbtf::test
