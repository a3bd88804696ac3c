#include "minimize/narrowing.hpp"

#include <algorithm>
#include <compare>
#include <set>
#include <utility>

#include "minbtf/error.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// States of one local type. Real objects have one, seldom two.
constexpr std::size_t state_limit = 4096;

/// What the records to come depend on: the candidates that are left, as indices into the first lists.
struct Left {
  std::vector<std::uint32_t> full;
  std::vector<std::uint32_t> reduced;
  /// Loaded programs whose records are not all done: where records of several programs take turns.
  std::set<std::size_t> unfinished = {};

  auto operator<=>(const Left&) const = default;
};

/// Records of one program that follow each other.
struct Run {
  std::size_t program = 0;
  std::span<const std::uint32_t> records;
  bool is_first = true;
  bool is_last = true;
};

class Walk {
 public:
  using IsSame = std::function<bool(const Case&, const Resolution&, const Resolution&)>;

  Walk(const Planned& plan, std::size_t object, const NarrowingSides& sides, const IsSame& is_same)
      : plan_(plan),
        object_(object),
        records_(plan.objects[object].data().records),
        sides_(sides),
        is_same_(is_same),
        states_({{.left = {.full = all_of(sides.full.candidates), .reduced = all_of(sides.reduced.candidates)}}}) {}

  std::vector<Disagreement> run(std::span<const std::uint32_t> records) {
    for (const Run& each : runs(records)) pass(each);
    return std::move(found_);
  }

 private:
  struct State {
    Left left;
    std::vector<std::size_t> programs = {};  ///< loaded so far, in one of the ways that lead here
  };

  static std::vector<std::uint32_t> all_of(const std::vector<core::CandidateClass>& candidates) {
    std::vector<std::uint32_t> all(candidates.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  [[nodiscard]] std::vector<Run> runs(std::span<const std::uint32_t> records) const {
    std::vector<Run> all;
    for (std::size_t begin = 0; begin < records.size();) {
      const std::size_t program = records_[records[begin]].program;
      std::size_t end = begin;
      while (end < records.size() && records_[records[end]].program == program) ++end;
      // libbpf skips what is in no program.
      if (program != object::no_program) {
        all.push_back({.program = program, .records = records.subspan(begin, end - begin)});
      }
      begin = end;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = i + 1; j < all.size(); ++j) {
        if (all[i].program == all[j].program) all[i].is_last = all[j].is_first = false;
      }
    }
    return all;
  }

  /// With the program and without it.
  void pass(const Run& run) {
    std::vector<State> before = std::exchange(states_, {});
    known_.clear();
    for (const State& state : before) {
      if (run.is_first || !state.left.unfinished.contains(run.program)) add(state);
    }
    for (State& state : before) {
      if (!run.is_first && !state.left.unfinished.contains(run.program)) continue;
      if (run.is_first) state.programs.push_back(run.program);
      for (const std::uint32_t record : run.records) decide(record, state);
      if (run.is_last) {
        state.left.unfinished.erase(run.program);
      } else {
        state.left.unfinished.insert(run.program);
      }
      add(std::move(state));
    }
  }

  void add(State state) {
    if (!known_.insert(state.left).second) return;
    if (states_.size() == state_limit) {
      throw Error(ErrorKind::unsupported, sides_.name, "types",
                  "the programs of " + plan_.objects[object_].name() +
                      " narrow the candidates in more ways than can be compared");
    }
    states_.push_back(std::move(state));
  }

  void decide(std::uint32_t record, State& state) {
    const Case& each = plan_.cases[plan_.records[object_][record]];
    Left after = state.left;
    const Resolution full = resolve_left(each, sides_.full, after.full);
    const Resolution reduced = resolve_left(each, sides_.reduced, after.reduced);
    if (!is_same_(each, full, reduced) && told_.insert(record).second) {
      found_.push_back({.record = record, .programs = state.programs, .full = full, .reduced = reduced});
      std::ranges::sort(found_.back().programs);
    }
    // Where libbpf gives up it decides nothing more. What comes after is compared as if this record were not there.
    if (full.status != Status::failed) state.left = std::move(after);
  }

  [[nodiscard]] Resolution resolve_left(const Case& each, const NarrowingSide& side,
                                        std::vector<std::uint32_t>& left) const {
    std::vector<core::CandidateClass> list;
    list.reserve(left.size());
    for (const std::uint32_t index : left) list.push_back(side.candidates[index]);
    const Resolution resolution = resolve(each, side.answers, list, sides_.arrays);
    // Narrowing only leaves out, and keeps the order.
    auto kept = list.begin();
    std::erase_if(left, [&](std::uint32_t index) {
      if (kept == list.end() || kept->first != side.candidates[index].first) return true;
      ++kept;
      return false;
    });
    return resolution;
  }

  const Planned& plan_;
  std::size_t object_;
  const std::vector<object::Record>& records_;
  const NarrowingSides& sides_;
  const IsSame& is_same_;
  std::vector<State> states_;
  std::set<Left> known_;  ///< those of states_
  std::set<std::uint32_t> told_;
  std::vector<Disagreement> found_;
};

}  // namespace

std::vector<Disagreement> follow_narrowing(
    const Planned& plan, std::size_t object, std::span<const std::uint32_t> records, const NarrowingSides& sides,
    const std::function<bool(const Case& each, const Resolution& full, const Resolution& reduced)>& is_same) {
  return Walk(plan, object, sides, is_same).run(records);
}

}  // namespace minbtf::minimize
