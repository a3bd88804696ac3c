// SPDX-License-Identifier: BSD-2-Clause
// BPF objects inside other files: a libbpf skeleton keeps the complete ELF image in the data of its program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace minbtf::test {

struct EmbeddedObject {
  std::string name;  ///< name of the file; from the second object of a file on, with the object's offset in the file
  std::vector<std::uint8_t> bytes;
};

/// Finds every 64-bit little-endian ELF image of machine EM_BPF in `bytes`. An image ends where its last section or its
/// section header table ends.
[[nodiscard]] std::vector<EmbeddedObject> embedded_objects(std::span<const std::uint8_t> bytes,
                                                           const std::string& name);

}  // namespace minbtf::test
