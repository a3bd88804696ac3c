// Instructions that a kernel's verifier does not get to, because constants that CO-RE patched in lead around them.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "core/reachability.hpp"
#include "minimize/resolved.hpp"

namespace minbtf::minimize {

/// Of the programs of a plan on one kernel. `resolved` has to live as long.
class DeadCode {
 public:
  DeadCode(const Resolved& resolved, core::Verifier verifier) : resolved_(resolved), verifier_(verifier) {}

  /// Is the instruction of this record never reached, with all programs taken together? False if it is in no program.
  [[nodiscard]] bool has(std::size_t object, std::size_t record);

 private:
  using ProgramIndex = std::pair<std::size_t, std::size_t>;  // object and program

  [[nodiscard]] std::vector<bool> reachable(std::size_t object, std::size_t program) const;

  const Resolved& resolved_;
  core::Verifier verifier_;
  std::map<ProgramIndex, std::vector<bool>> reachable_;
};

}  // namespace minbtf::minimize
