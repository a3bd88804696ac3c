// Which poisoned instructions a program looks after itself.
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

/// Records of one object that ask whether something exists, and are told no on one kernel. What it is made from has to
/// live as long.
class Guards {
 public:
  Guards(const Resolved& resolved, std::size_t object, Explanations& explanations);

  /// Is what `record` accesses, or the type or a member on the way to it, among what the unit asks about? It has to be
  /// asked of the same declaration, unless it is not there at all: a struct___old may be what is there where a
  /// struct___new does not match, or where a member has another type.
  [[nodiscard]] bool has(const object::LoadUnit& unit, std::size_t record);

 private:
  struct Absence {
    bool of_any = false;            ///< it is not there, whatever the declaration
    std::set<std::uint32_t> types;  ///< of the object, by which it was asked about
  };
  /// By what is asked about.
  using Paths = std::unordered_map<std::string, Absence>;

  [[nodiscard]] Paths absent(const object::LoadUnit& unit);

  const Resolved& resolved_;
  const QueryPlan& plan_;
  std::size_t object_;
  Explanations& explanations_;
  std::map<std::size_t, std::vector<std::uint32_t>> asking_;  ///< records, by program
  std::map<std::size_t, Paths> absences_;                     ///< by the unit's program
};

}  // namespace minbtf::minimize
