// SPDX-License-Identifier: BSD-2-Clause
// The JSON document of `check`. docs/check.md describes its fields.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/reply.hpp"
#include "commands/check/check_result.hpp"
#include "minbtf/inspection.hpp"

namespace minbtf::cli {

/// A condition of --fail-on that holds.
struct MetCondition {
  std::string word;  ///< as in --fail-on
  Extent extent;
};

/// Contents of the document that do not depend on a CheckResult.
struct CheckFacts {
  std::string input;                      ///< INPUT
  std::vector<std::string> names{};       ///< paths of the objects
  std::vector<WithoutBtf> without_btf{};  ///< by object
  std::vector<bool> takes_type_ids{};     ///< by object
  /// By object: archive::Plans::architectures_of(). Empty if all objects are used for all kernels.
  std::vector<std::optional<std::vector<std::string>>> architectures{};
  std::vector<std::string> repeated{};  ///< kernels with two files, compressed and uncompressed, of equal outcome
  std::size_t ignored = 0;              ///< files that are not kernels
  std::size_t modules = 0;              ///< number of ignored files that are kernel modules or module BTF
  std::size_t unselected = 0;           ///< kernels not selected by --include, --exclude, --arch
  std::size_t skipped_objects = 0;      ///< *.o files in directories that are not BPF objects
  std::size_t unselected_objects = 0;   ///< *.o files not selected by --include-object, --exclude-object
  std::vector<MetCondition> conditions{};
};

/// Adds all fields of `check` to `document`. `result` is null if the run ended before the kernels were checked: the
/// document then has no `summary`, `objects`, `combinations`, `module_types` and `kernels`.
void add_check(const CheckFacts& facts, const CheckResult* result, Json& document);

}  // namespace minbtf::cli
