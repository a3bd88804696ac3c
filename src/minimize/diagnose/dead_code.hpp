// Which instructions a kernel's verifier gets to when constants that CO-RE patched in lead its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/reachability.hpp"
#include "minimize/query/resolved.hpp"
#include "object/calls.hpp"

namespace minbtf::minimize {

/// Of the programs of a plan on one kernel. `resolved` has to live as long.
class DeadCode {
 public:
  DeadCode(const Resolved& resolved, core::Verifier verifier) : resolved_(resolved), verifier_(verifier) {}

  /// Does it get to the instruction of this record, which is in a member of `unit`, when that is loaded alone, but
  /// resolved as all programs together are?
  [[nodiscard]] core::Reach reach(std::size_t object, const object::LoadUnit& unit, std::size_t record);

 private:
  using ProgramIndex = std::pair<std::size_t, std::size_t>;  // object and program
  /// Members of a unit that are gone into, by index.
  using Entered = std::map<std::size_t, core::Reach>;

  [[nodiscard]] core::Reach reach_of(std::size_t object, std::size_t program, std::uint32_t insn);
  [[nodiscard]] std::vector<core::Reach> explore(std::size_t object, std::size_t program);
  [[nodiscard]] Entered enter(std::size_t object, const object::LoadUnit& unit);

  const Resolved& resolved_;
  core::Verifier verifier_;
  std::size_t object_ = static_cast<std::size_t>(-1);  ///< that the next two are about
  std::vector<std::vector<std::size_t>> records_;      ///< by program
  std::size_t left_ = 0;                               ///< instructions that may still be gone through
  std::map<ProgramIndex, std::vector<core::Reach>> reach_;
  std::map<ProgramIndex, Entered> entered_;  ///< by the unit's program
};

}  // namespace minbtf::minimize
