// Which instructions a kernel's verifier gets to when constants that CO-RE patched in lead its way, and what the object
// has in read-only data.
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

/// Of the programs of a plan on one kernel. `resolved` has to live as long.
class DeadCode {
 public:
  DeadCode(const Resolved& resolved, core::Verifier verifier) : resolved_(resolved), verifier_(verifier) {}

  /// Does it get to the instruction of this record, which is in a member of `unit`, when that is loaded alone, but
  /// resolved as all programs together are? Whatever is in read-only data.
  [[nodiscard]] core::Reach reach(std::size_t object, const object::LoadUnit& unit, std::size_t record) {
    return reach(object, unit, record, nothing());
  }

  struct WithData {
    core::Reach reach = core::Reach::perhaps;
    /// If it does not get there: numbers that together keep it away, whatever others are. None can be left out.
    std::vector<object::ReadOnlyPlace> needed = {};
  };
  /// The same with read-only data as the object has it. Where more numbers than a user could see to decide, the answer
  /// is perhaps.
  [[nodiscard]] WithData reach_with_data(std::size_t object, const object::LoadUnit& unit, std::size_t record);

 private:
  using ProgramIndex = std::pair<std::size_t, std::size_t>;  // object and program
  /// Members of a unit that are gone into, by index.
  using Entered = std::map<std::size_t, core::Reach>;
  using Places = std::set<object::ReadOnlyPlace>;
  /// What is known of read-only data.
  struct Known {
    bool everything = false;
    Places places = {};  ///< if not everything

    auto operator<=>(const Known&) const = default;
  };
  struct Explored {
    std::vector<core::Reach> reach = {};  ///< nothing if there is no code of it, or too much
    Places loaded = {};                   ///< what it took from read-only data, if everything is known
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
  std::size_t object_ = static_cast<std::size_t>(-1);           ///< that the next ones are about
  std::vector<std::vector<std::size_t>> records_;               ///< by program
  std::size_t left_ = 0;                                        ///< instructions that may still be gone through
  std::size_t left_with_data_ = 0;                              ///< the same, and what else has to be looked at
  std::map<std::pair<std::size_t, Known>, Explored> explored_;  ///< by program, where nothing is known or everything
  std::map<std::pair<std::size_t, Known>, Explored> trials_;    ///< the same, where something is: the last ones
  std::map<std::pair<std::size_t, Known>, Entered> entered_;    ///< by the unit's program
};

}  // namespace minbtf::minimize
