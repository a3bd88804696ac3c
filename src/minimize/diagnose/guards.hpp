// SPDX-License-Identifier: BSD-2-Clause
// Finds the poisoned instructions that a program guards by an existence check, such as bpf_core_field_exists().
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "minimize/diagnose/explanations.hpp"
#include "minimize/query/resolved.hpp"
#include "object/calls.hpp"

namespace minbtf::minimize {

/// The existence checks of one object that resolve to 0 on one kernel. The constructor's arguments must outlive this
/// object.
class Guards {
 public:
  Guards(const Resolved& resolved, std::size_t object, Explanations& explanations);

  /// Returns true if the unit checks the existence of what `record` accesses, or of the type or a member on the path to
  /// it, and the check resolves to 0. The check must use the same local type, unless the kernel has no such type,
  /// member or enumerator at all. Reason: where a struct___new does not match, or a member has another type, a
  /// struct___old may match.
  [[nodiscard]] bool has(const object::LoadUnit& unit, std::size_t record);

 private:
  /// A path that an existence check found absent.
  struct Absence {
    bool of_any = false;            ///< the kernel has no such type, member or enumerator under any declaration
    std::set<std::uint32_t> types;  ///< local types of the checks
  };
  /// Absent paths; the keys are those of paths_to().
  using Paths = std::unordered_map<std::string, Absence>;

  [[nodiscard]] Paths absent(const object::LoadUnit& unit);

  const Resolved& resolved_;
  const QueryPlan& plan_;
  std::size_t object_;
  Explanations& explanations_;
  std::map<std::size_t, std::vector<std::uint32_t>> asking_;  ///< by program: existence checks that resolve to 0
  std::map<std::size_t, Paths> absences_;                     ///< by LoadUnit::program
};

}  // namespace minbtf::minimize
