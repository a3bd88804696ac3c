// SPDX-License-Identifier: BSD-2-Clause
// Random types, in the proportions of a real kernel.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "inputs/layout.hpp"
#include "inputs/random.hpp"
#include "inputs/type_pool.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::bench {

enum class Sort { pointer, structure, function_type, array, const_, enum_, typedef_, union_, fwd, volatile_ };

/// Returns the sorts of `count` types other than functions, grouped by sort, the most frequent sort first.
[[nodiscard]] std::vector<Sort> usual_sorts(std::uint32_t count);

/// Makes types, one unit after the other. A unit is like a source file: its types use types of the unit and common
/// types.
class TypeMaker {
 public:
  TypeMaker(test::BtfForge& forge, CommonTypes& common);

  void begin_unit();
  /// Sets the target types of the unit's pointers, which can come before or after the pointer.
  void end_unit(Random& random);

  void make(Random& random, Sort sort);
  void other_member(Random& random, Layout& layout, const std::string& prefix);
  [[nodiscard]] Value member_type(Random& random);
  /// Makes a function prototype and returns its id.
  std::uint32_t function_type(Random& random);
  /// Makes a struct from elsewhere a possible target of the unit's pointers.
  void point_to(std::uint32_t structure) { own_.structures.push_back(structure); }

 private:
  struct OpenPointer {
    std::uint32_t id = 0;
    bool is_callback = false;
  };

  void pointer(Random& random);
  void composite(Random& random, bool is_union);
  void array(Random& random);
  void enumeration(Random& random);
  void typedef_(Random& random);
  std::uint32_t pointee(Random& random, bool of_callback) const;
  std::uint32_t qualified(Random& random) const;
  std::uint32_t argument(Random& random) const;
  std::string type_name(Random& random) const;

  test::BtfForge& forge_;
  CommonTypes& common_;
  TypePool own_;
  std::vector<OpenPointer> open_pointers_;
  std::unordered_set<std::string> wanted_names_;  ///< random types never have these names
};

}  // namespace minbtf::bench
