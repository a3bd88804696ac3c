// What kernels come to, in JSON: docs/check.md tells the fields.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/reply.hpp"
#include "commands/check/check_result.hpp"
#include "object/kernel_needs.hpp"

namespace minbtf::cli {

struct MetCondition {
  std::string word;  ///< of --fail-on
  Extent extent;
};

/// What is known without a result.
struct CheckFacts {
  std::string input;
  std::vector<std::string> names{};               ///< of the objects
  std::vector<object::WithoutBtf> without_btf{};  ///< by object
  std::vector<bool> takes_type_ids{};             ///< by object
  std::vector<std::string> repeated{};  ///< kernels that are there twice, packed and not, and come to the same
  std::size_t ignored = 0;              ///< other files
  std::size_t modules = 0;              ///< of these, of kernel modules
  std::size_t unselected = 0;           ///< kernels that were not asked for
  std::size_t skipped_objects = 0;
  std::size_t unselected_objects = 0;
  std::vector<MetCondition> conditions{};
};

/// Adds everything to the document. `result` may be null: no kernel could be checked.
void add_check(const CheckFacts& facts, const CheckResult* result, Json& document);

}  // namespace minbtf::cli
