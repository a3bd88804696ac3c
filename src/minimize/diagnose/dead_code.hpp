// SPDX-License-Identifier: BSD-2-Clause
// Finds the instructions that a kernel's verifier reaches, given the constants that CO-RE writes into the program and
// the numbers that the object has in read-only data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "core/reachability.hpp"
#include "minimize/query/resolved.hpp"
#include "object/calls.hpp"
#include "object/read_only_data.hpp"

namespace minbtf::minimize {

/// Reachability in the programs of a plan on one kernel. Objects are best processed one after another: the results for
/// one object are forgotten when the next one begins. `resolved` must outlive this object.
class DeadCode {
 public:
  DeadCode(const Resolved& resolved, core::Verifier verifier) : resolved_(resolved), verifier_(verifier) {}

  /// Returns whether the verifier reaches the instruction of a record in a member of `unit`, whatever read-only data
  /// holds. The unit is loaded alone; its relocations have the values that they have with all programs loaded.
  [[nodiscard]] core::Reach reach(std::size_t object, const object::LoadUnit& unit, std::size_t record) {
    return reach(object, unit, record, nothing());
  }

  /// Result of reach_with_data().
  struct WithData {
    core::Reach reach = core::Reach::perhaps;
    /// For Reach::never: the numbers that together keep the verifier away, whatever the other numbers are.
    std::vector<object::ReadOnlyPlace> needed = {};
  };
  /// The same with read-only data as the object has it. Returns Reach::perhaps if more than 32 numbers are needed, or
  /// if a limit on the work is reached.
  [[nodiscard]] WithData reach_with_data(std::size_t object, const object::LoadUnit& unit, std::size_t record);

 private:
  using ProgramIndex = std::pair<std::size_t, std::size_t>;  // object and program
  /// Members of a unit that the verifier enters, by program index.
  using Entered = std::map<std::size_t, core::Reach>;
  using Places = std::set<object::ReadOnlyPlace>;
  /// The part of read-only data that counts as known.
  struct Known {
    bool everything = false;
    Places places = {};  ///< the known places, if not everything is known

    auto operator<=>(const Known&) const = default;
  };
  /// Result for one program.
  struct Explored {
    std::vector<core::Reach> reach = {};  ///< by instruction; empty if the program has no code, or too much
    Places loaded = {};                   ///< places that the program loads; set only if everything is known
  };

  static const Known& nothing();
  static const Known& everything();
  [[nodiscard]] core::Reach reach(std::size_t object, const object::LoadUnit& unit, std::size_t record,
                                  const Known& known);
  [[nodiscard]] core::Reach reach_of(std::size_t object, std::size_t program, std::uint32_t insn, const Known& known);
  [[nodiscard]] const Explored& explored(std::size_t object, std::size_t program, const Known& known);
  [[nodiscard]] Explored explore(std::size_t object, std::size_t program, const Known& known);
  [[nodiscard]] Entered enter(std::size_t object, const object::LoadUnit& unit, const Known& known);
  [[nodiscard]] const Entered& entered(std::size_t object, const object::LoadUnit& unit, const Known& known);
  void begin(std::size_t object);

  const Resolved& resolved_;
  core::Verifier verifier_;
  std::size_t object_ = static_cast<std::size_t>(-1);           ///< the object that the following members belong to
  std::vector<std::vector<std::size_t>> records_;               ///< records by program
  std::size_t left_ = 0;                                        ///< instructions that may still be explored
  std::size_t left_with_data_ = 0;                              ///< the same with known data, and other steps
  std::map<std::pair<std::size_t, Known>, Explored> explored_;  ///< by program; nothing or everything is known
  std::map<std::pair<std::size_t, Known>, Explored> trials_;    ///< by program; some places are known
  std::map<std::pair<std::size_t, Known>, Entered> entered_;    ///< by LoadUnit::program
};

}  // namespace minbtf::minimize
