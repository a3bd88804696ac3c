// SPDX-License-Identifier: BSD-2-Clause
// Keeps sizes and offsets consistent while members are added, moved and removed.
//
// BTF has no alignments. They are taken from the layouts of the base: each member has a step, its natural alignment or,
// if the hole before it is larger than that explains, a larger power of two. A new layout puts each member at the first
// free offset that equals the old one modulo the step. A layout that nothing changes thus stays as it is, holes
// before cache lines stay holes, and packed structs stay packed.
#pragma once

#include <cstdint>
#include <vector>

#include "evolution/evolving_kernel.hpp"

namespace minbtf::bench {

class Layouts {
 public:
  /// Determines the steps of all members of the base.
  explicit Layouts(EvolvingKernel& kernel);

  [[nodiscard]] std::uint32_t align_of(Handle handle) const;
  /// True if the size of this struct or union may change. It may not if it is, or is embedded in, a type whose layout
  /// does not follow from its members (for example overlapping members), or is too large.
  [[nodiscard]] bool may_change(Handle composite) const { return !is_fixed_[composite]; }
  /// Returns the number of structs and unions of the base that embed this one, directly or not, but not more than
  /// `most`.
  [[nodiscard]] std::uint32_t embedding_count(Handle composite, std::uint32_t most) const;
  [[nodiscard]] bool embeds(Handle outer, Handle inner) const;

  /// Makes a member whose offset settle() sets.
  [[nodiscard]] Element member(std::uint32_t name, Handle type) const;
  /// Prepares a new struct of the kernel that settle() is to lay out.
  void add(Handle composite);
  /// The members of this struct or union, or the variables of this DATASEC, have changed.
  void touch(Handle handle);
  /// Lays out what has changed, and what embeds it.
  void settle();

 private:
  struct Aligned {
    std::uint32_t align = 1;  ///< bytes
    std::uint32_t step = 8;   ///< bits: the size stays the same modulo this number
    bool is_known = false;
  };

  void prepare(Handle composite);
  void prepare_section(Handle section);
  void fix(Handle composite);
  [[nodiscard]] std::uint64_t width_of(const Record& record, const Element& element) const;
  void visit(Handle composite);
  void lay_out(Handle composite);
  void lay_out_section(Handle section);

  EvolvingKernel& kernel_;
  std::vector<Aligned> aligned_;
  std::vector<bool> is_fixed_;
  std::vector<std::vector<Handle>> embedded_in_;
  std::vector<Handle> sections_;
  // While settling.
  std::vector<bool> is_touched_;
  std::vector<bool> is_visited_;
  std::vector<bool> has_new_size_;
};

}  // namespace minbtf::bench
