// Instructions that a kernel's verifier does not get to, because constants that CO-RE patched in lead around them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/reachability.hpp"
#include "minimize/resolved.hpp"
#include "object/calls.hpp"

namespace minbtf::minimize {

/// Of the programs of a plan on one kernel. `resolved` has to live as long.
class DeadCode {
 public:
  DeadCode(const Resolved& resolved, core::Verifier verifier) : resolved_(resolved), verifier_(verifier) {}

  /// Is the instruction of this record, which is in a member of `unit`, never reached when that is loaded alone, but
  /// resolved as all programs together are?
  [[nodiscard]] bool has(std::size_t object, const object::LoadUnit& unit, std::size_t record);

 private:
  using ProgramIndex = std::pair<std::size_t, std::size_t>;  // object and program

  [[nodiscard]] bool is_reached(std::size_t object, std::size_t program, std::uint32_t insn);
  [[nodiscard]] std::vector<bool> reachable(std::size_t object, std::size_t program) const;
  [[nodiscard]] std::set<std::size_t> entered(std::size_t object, const object::LoadUnit& unit);

  const Resolved& resolved_;
  core::Verifier verifier_;
  std::map<ProgramIndex, std::vector<bool>> reachable_;
  std::map<ProgramIndex, std::set<std::size_t>> entered_;  ///< members, by the unit's program
};

}  // namespace minbtf::minimize
