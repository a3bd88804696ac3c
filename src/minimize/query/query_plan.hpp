// SPDX-License-Identifier: BSD-2-Clause
// The contents of a plan: the records of all objects, and the distinct questions that they contain, grouped by root.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/candidates.hpp"
#include "core/question.hpp"
#include "core/verdict.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/plan.hpp"
#include "minimize/query/keep_finder.hpp"

namespace minbtf::minimize {

inline constexpr std::uint32_t no_question = static_cast<std::uint32_t>(-1);

/// The position of a question in a plan.
struct QuestionPlace {
  /// Index into QueryPlan::groups. no_question: no kernel can change the result (type_id_local, invalid records).
  std::uint32_t group = no_question;
  std::uint32_t slot = 0;  ///< index into Group::questions

  bool operator==(const QuestionPlace&) const = default;
};

/// A set of records that resolve alike on every kernel if they start with the same list of candidates: they have the
/// same question, and instructions that are patched by the same rule.
struct RelocationClass {
  QuestionPlace place;
  core::PatchRule rule;

  bool operator==(const RelocationClass&) const = default;
};

/// The records of one object, as indices into QueryPlan::classes.
using RecordClasses = std::vector<std::uint32_t>;

/// The position of a record in a plan.
struct RecordIndex {
  std::uint32_t object = 0;  ///< index into QueryPlan::objects
  std::uint32_t record = 0;  ///< index into the object's records

  auto operator<=>(const RecordIndex&) const = default;
};

/// All questions about one root. They have the same candidates.
struct Group {
  core::Root root;
  std::vector<core::Question> questions;
  /// By question: what its relocations read of an outcome if there is one candidate. Load sizes count as read if one of
  /// them is a load or store.
  std::vector<core::OutcomeUse> uses;
  /// All records with one of these questions, by object and record. Records of an object that is given more than once
  /// are listed once, with the object's first index.
  std::vector<RecordIndex> records;
};

/// Objects, and the questions of those that are used. An object may be given more than once: its first used entry has
/// the records, a later one is "repeated" and refers to the first.
struct QueryPlan {
  std::vector<BpfObject> objects;
  std::vector<bool> takes_part;        ///< by object: true if it is used (plans_by_order.hpp)
  std::vector<RecordClasses> records;  ///< by object; empty if the object is repeated or not used
  std::vector<std::uint32_t> same_as;  ///< by object: index of the first used entry of this object, which may be itself
  /// By object: how often the object is given. 0 if the object is repeated or not used.
  std::vector<std::uint32_t> times;
  std::vector<RelocationClass> classes;
  std::vector<std::uint64_t> class_records;  ///< by class: number of records in all objects, repeated objects included
  std::vector<Group> groups;
  std::size_t question_count = 0;
  /// By object: number of records of this object and of all objects before it.
  std::vector<std::size_t> record_ends;
  std::unique_ptr<core::CandidateFinder> finder;
  std::shared_ptr<const KeepFinder> keeps;  ///< types that are kept by name; null if there are none

  Layout layout = Layout::normal;  ///< of reduced BTF

  /// Returns what decides about the instructions that libbpf writes, if `candidates` candidates of the group matter.
  [[nodiscard]] core::OutcomeUse use_by_instructions(std::size_t group, std::size_t slot,
                                                     std::size_t candidates) const {
    core::OutcomeUse use = groups[group].uses[slot];
    use.compares_offsets = candidates > 1;
    return use;
  }
  /// Returns the same with the load sizes, which libbpf computes for other instructions too.
  [[nodiscard]] core::OutcomeUse use_of(std::size_t group, std::size_t slot, std::size_t candidates) const {
    core::OutcomeUse use = use_by_instructions(group, slot, candidates);
    use.reads_load_sizes = true;
    return use;
  }
  /// Returns the number of records of all objects before `object`.
  [[nodiscard]] std::size_t first_record_of(std::size_t object) const {
    return object == 0 ? 0 : record_ends[object - 1];
  }
  /// Returns the number of records that an object has in this plan.
  [[nodiscard]] std::size_t records_of(std::size_t object) const {
    return record_ends[object] - first_record_of(object);
  }
  /// Returns the number of records of all objects.
  [[nodiscard]] std::size_t record_count() const { return first_record_of(objects.size()); }
};

/// Returns the plan of `objects`. `takes_part` has a flag for each object: objects whose flag is false have no records
/// in the plan. If `takes_part` is empty, all objects are used.
[[nodiscard]] QueryPlan make_query_plan(std::vector<BpfObject> objects, std::vector<bool> takes_part = {});

}  // namespace minbtf::minimize
