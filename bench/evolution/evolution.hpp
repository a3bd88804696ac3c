// SPDX-License-Identifier: BSD-2-Clause
// Random changes to a kernel, as they happen between two builds of a kernel, or between two kernels of one family.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evolution/evolving_kernel.hpp"
#include "evolution/layouts.hpp"
#include "inputs/random.hpp"

namespace minbtf::bench {

class Evolution {
 public:
  /// `kernel` must outlive this object. The same seed gives the same changes on every machine.
  Evolution(EvolvingKernel& kernel, std::uint64_t seed);

  /// Makes another kernel of the same family: hundreds to thousands of changes, and some functions are missing.
  /// Returns the number of changes.
  std::uint32_t diverge();
  /// Makes the next build. One in three has few changes, one in thirty has none, the others have dozens. Returns the
  /// number of changes.
  std::uint32_t next_build();

 private:
  enum class Change {
    add_member,
    move_member,
    rename_member,
    remove_member,
    add_enumerator,
    add_struct,
    add_enum,
    add_typedef,
    add_function,
    add_variable,
    change_function,
    remove_function,
  };

  std::uint32_t make(std::uint32_t count);
  bool make_one();
  void finish();

  bool add_member(Handle composite);
  bool move_member(Handle composite);
  bool rename_member(Handle composite);
  bool remove_member(Handle composite);
  bool add_enumerator();
  void add_struct();
  void add_enum();
  void add_typedef();
  void add_function();
  void add_variable();
  bool change_function();
  void remove_function(Handle function);
  void remove_drivers(std::uint32_t percent);
  void remove_unused_prototypes();
  void change_wanted(std::uint32_t count);

  [[nodiscard]] std::optional<Handle> some_composite();
  /// Returns the type of a random member, if a member of `host` can have it.
  [[nodiscard]] std::optional<Handle> member_type(Handle host);
  [[nodiscard]] Handle pointer_to(Handle target, Handle anchor);
  [[nodiscard]] Handle prototype(Handle anchor);
  [[nodiscard]] std::uint32_t new_member_name(const Record& record);
  /// Returns places in a struct where a member can be added: not between bitfields, and not behind a flexible array.
  [[nodiscard]] bool is_place(const Record& record, std::size_t index) const;
  [[nodiscard]] bool is_bitfield(const Record& record, const Element& element) const;

  EvolvingKernel& kernel_;
  Layouts layouts_;
  Random random_;
  std::uint32_t most_embeddings_;
  std::vector<Handle> composites_;
  std::vector<Handle> enums_;
  std::vector<Handle> functions_;
  std::vector<Handle> pointers_;
  std::vector<Handle> wanted_;
  std::vector<Handle> sections_;
  std::vector<bool> is_tagged_;  ///< types of the base that a DECL_TAG refers to
};

}  // namespace minbtf::bench
