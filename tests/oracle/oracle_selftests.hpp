// SPDX-License-Identifier: BSD-2-Clause
// The kernel's own CO-RE selftests, tools/testing/selftests/bpf of Debian's package linux-source-6.1. They are compiled
// by the tests.
//
// The package has 139 MB. About ninety small files of it are unpacked, once, into the build directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace minbtf::test {

struct SelftestPair {
  std::filesystem::path object;  ///< test_core_reloc_*.o
  std::filesystem::path target;  ///< btf__core_reloc_*.o: an ELF file with .BTF
};

struct Selftests {
  std::string note;                            ///< reason why there are no selftests; empty if there are some
  std::vector<std::filesystem::path> objects;  ///< of this byte order, sorted
  std::vector<std::filesystem::path> targets;
  std::set<std::string> expected_to_fail;  ///< case names, such as "arrays___err_too_small"
  std::set<std::string> expected_to_load;

  /// Returns each object with each target that is made for it, matched by file names.
  [[nodiscard]] std::vector<SelftestPair> pairs() const;
};

/// Downloads, unpacks and compiles what is still missing. `order` is "el" or "eb".
[[nodiscard]] Selftests kernel_selftests(const std::string& order);

/// Returns "arrays___err_too_small" for btf__core_reloc_arrays___err_too_small.o.
[[nodiscard]] std::string case_name(const std::filesystem::path& target);

/// Returns the .BTF section of an ELF file.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const std::filesystem::path& file);

}  // namespace minbtf::test
