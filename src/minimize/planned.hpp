// What a plan is made of: the records of all objects, and the distinct questions behind them, by root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/candidates.hpp"
#include "core/question.hpp"
#include "minbtf/bpf_object.hpp"

namespace minbtf::minimize {

inline constexpr std::size_t no_question = static_cast<std::size_t>(-1);

/// Where a question stands: the group of its root, and its place there.
struct Place {
  std::size_t group = no_question;
  std::size_t slot = 0;
};

struct PlannedRecord {
  core::Asked asked;
  Place place;  ///< group is no_question if a kernel need not be asked
};

/// All questions about one root: they share candidates.
struct Group {
  core::Root root;
  std::vector<core::Question> questions;
};

struct Planned {
  std::vector<BpfObject> objects;
  std::vector<std::vector<PlannedRecord>> records;  ///< by object, in record order
  std::vector<Group> groups;
  std::size_t question_count = 0;
  std::unique_ptr<core::CandidateFinder> finder;
};

[[nodiscard]] Planned make_plan(std::vector<BpfObject> objects);

}  // namespace minbtf::minimize
