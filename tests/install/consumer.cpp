// SPDX-License-Identifier: BSD-2-Clause
// A program outside the tree that uses libminbtf: reduces BTF that it makes itself, and catches an error of the
// library.
#include <minbtf/plan.hpp>
#include <minbtf/version.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

namespace {

// Two INTs in little-endian BTF: `int` and `long`.
std::vector<std::uint8_t> two_integers() {
  const std::string names("\0int\0long\0", 10);
  constexpr std::uint8_t type_bytes = 32;
  std::vector<std::uint8_t> bytes = {0x9f, 0xeb, 1,          0, 24, 0, 0,          0, 0, 0,
                                     0,    0,    type_bytes, 0, 0,  0, type_bytes, 0, 0, 0};
  bytes.insert(bytes.end(), {static_cast<std::uint8_t>(names.size()), 0, 0, 0});
  bytes.insert(bytes.end(), {1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1});
  bytes.insert(bytes.end(), {5, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 64, 0, 0, 1});
  bytes.insert(bytes.end(), names.begin(), names.end());
  return bytes;
}

}  // namespace

int main() {
  const minbtf::Plan plan({}, {minbtf::Keep::parse("int:long")});
  const minbtf::Reduction reduced = plan.minimize(minbtf::Btf::parse(two_integers(), "integers"));
  try {
    (void)minbtf::Btf::from_file("/nonexistent");
  } catch (const minbtf::Error& error) {
    const bool is_io = error.kind() == minbtf::ErrorKind::io;
    std::cout << minbtf::version() << ": " << reduced.source_types << " types, reduced to " << reduced.types
              << (is_io ? "; error: io\n" : "; another error\n");
    return 0;
  }
  return 1;
}
