// SPDX-License-Identifier: BSD-2-Clause
// The decisions of cilium/ebpf's CO-RE resolver, which tests/oracle/cilium prints. Debian's package is used, 0.9 or
// newer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// The decisions for an object on one BTF.
struct CiliumDecisions {
  /// By relocation: the fields of the line before the decision, with tabs between them. The first is "alone" or
  /// "together".
  std::map<std::string, std::string> decisions;
  /// Functions that cilium/ebpf cannot load, with the error.
  std::map<std::string, std::string> failed;
};

/// A BTF and an object, as paths of files.
struct CiliumJob {
  std::string btf;
  std::string object;
};

/// The program that calls cilium/ebpf.
class Cilium {
 public:
  /// Builds the program. Throws std::runtime_error if this fails.
  Cilium();

  /// Returns the decisions for each job. It is fastest if jobs with the same BTF follow each other. Throws
  /// std::runtime_error if cilium/ebpf cannot read a file.
  [[nodiscard]] std::vector<CiliumDecisions> decide(const std::vector<CiliumJob>& jobs) const;

 private:
  TempDir directory_;
  std::string program_ = directory_.file("decide");
};

/// Returns false, and reports the test as skipped, if Go or cilium/ebpf is not installed.
[[nodiscard]] bool has_cilium_resolver();

/// Differences between decisions on a full and on a reduced BTF.
struct CiliumComparison {
  std::size_t decisions = 0;  ///< relocations that were compared, alone and in their functions
  std::size_t resolved = 0;   ///< those of them that have a value on the full BTF
  std::size_t poisoned = 0;
  /// Relocations and functions without a result on the full BTF. The reduced BTF may have one: a type that is no struct
  /// and has the name of one, such as a function, is a candidate for cilium/ebpf, and 0.9 fails on it.
  std::size_t without_result = 0;
  std::vector<std::string> differences;

  void add(const CiliumDecisions& full, const CiliumDecisions& reduced, const std::string& where);
  /// Prints the numbers and the first differences.
  void print(const std::string& title) const;
};

}  // namespace minbtf::test
