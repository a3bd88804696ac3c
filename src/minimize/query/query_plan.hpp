// What a plan is made of: the records of all objects, and the distinct questions behind them, by root.
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

namespace minbtf::minimize {

inline constexpr std::uint32_t no_question = static_cast<std::uint32_t>(-1);

/// Where a question stands: the group of its root, and its place there.
struct QuestionPlace {
  std::uint32_t group = no_question;  ///< no_question if a kernel need not be asked
  std::uint32_t slot = 0;

  bool operator==(const QuestionPlace&) const = default;
};

/// Records that a kernel cannot tell apart.
struct RelocationClass {
  QuestionPlace place;
  core::PatchRule rule;

  bool operator==(const RelocationClass&) const = default;
};

/// The records of one object, as indices into QueryPlan::classes.
using RecordClasses = std::vector<std::uint32_t>;

/// A record, by the indices that the plan gives to object and record.
struct RecordIndex {
  std::uint32_t object = 0;
  std::uint32_t record = 0;

  auto operator<=>(const RecordIndex&) const = default;
};

/// All questions about one root: they share candidates.
struct Group {
  core::Root root;
  std::vector<core::Question> questions;
  /// All records that ask them, by object and record; those of a repeated object only once, with its first index.
  std::vector<RecordIndex> records;
};

struct QueryPlan {
  std::vector<BpfObject> objects;
  std::vector<bool> takes_part;        ///< by object: plans_by_order.hpp
  std::vector<RecordClasses> records;  ///< by object; empty for one that is repeated or takes no part
  std::vector<std::uint32_t> same_as;  ///< by object: the first one that is the same, or itself
  std::vector<std::uint32_t> times;  ///< by object: how often it is there; 0 for one that is repeated or takes no part
  std::vector<RelocationClass> classes;
  std::vector<std::uint64_t> class_records;  ///< by class: records of all objects, repeated ones too
  std::vector<Group> groups;
  std::size_t question_count = 0;
  std::size_t record_count = 0;
  std::unique_ptr<core::CandidateFinder> finder;

  /// Records of an object in this plan.
  [[nodiscard]] std::size_t records_of(std::size_t object) const {
    return takes_part[object] ? objects[object].relocation_count() : 0;
  }
};

/// `takes_part` has a flag for each object; empty for all. Objects that do not take part have no records in the plan.
[[nodiscard]] QueryPlan make_query_plan(std::vector<BpfObject> objects, std::vector<bool> takes_part = {});

}  // namespace minbtf::minimize
