// The kernel's own CO-RE selftests: tools/testing/selftests/bpf of Debian's package linux-source-6.1, compiled here.
//
// The package is 139 MB; of it some ninety small files are unpacked, once, into the build directory.
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
  std::string note;                            ///< why there are none; empty if there are
  std::vector<std::filesystem::path> objects;  ///< of this byte order, sorted
  std::vector<std::filesystem::path> targets;
  std::set<std::string> expected_to_fail;  ///< case names, such as "arrays___err_too_small"
  std::set<std::string> expected_to_load;

  /// An object with each target made for it, by the names of the files.
  [[nodiscard]] std::vector<SelftestPair> pairs() const;
};

/// Fetches, unpacks and compiles what is not there yet; `order` is "el" or "eb".
[[nodiscard]] Selftests kernel_selftests(const std::string& order);

/// "arrays___err_too_small" of btf__core_reloc_arrays___err_too_small.o.
[[nodiscard]] std::string case_name(const std::filesystem::path& target);

/// The .BTF section of an ELF file.
[[nodiscard]] std::vector<std::uint8_t> btf_section(const std::filesystem::path& file);

}  // namespace minbtf::test
