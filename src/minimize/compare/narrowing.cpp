// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/narrowing.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <utility>

#include "minbtf/error.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// Limits on the states of one local type, and on the entries in them. Real objects have one state, rarely two.
constexpr std::size_t state_limit = 4096;
constexpr std::size_t entry_limit = 1U << 17U;

/// Everything that later records depend on.
struct Left {
  std::vector<std::uint32_t> full;     ///< candidates left on the full BTF, as indices into NarrowingSide::candidates
  std::vector<std::uint32_t> reduced;  ///< the same for the reduced BTF
  /// Loaded programs that have more records to come. Only used where the records of several programs are interleaved.
  std::set<std::size_t> unfinished = {};

  auto operator<=>(const Left&) const = default;
};

/// Consecutive records of one program.
struct Run {
  std::size_t program = 0;
  std::span<const std::uint32_t> records;
  bool is_first = true;  ///< no earlier run has the same program
  bool is_last = true;   ///< no later run has the same program
};

/// Resolves the records of one local type in order, once for each pair of lists that some subset of programs leaves.
///
/// Worked example: record 1 is in program p, record 2 in program q. "-" is "does not match".
///
///                 full: A    B     reduced: A
///     record 1          8    -              8
///     record 2          8    16             8
///
///  - Before record 1 there is one state: A and B are left on the full BTF, A on the reduced BTF, {A B | A}.
///  - After record 1 there are two states: {A B | A} without p, and {A | A} with p, because B does not match record 1.
///  - From {A B | A}, record 2 is ambiguous on the full BTF and resolves to 8 on the reduced BTF. This is a
///    disagreement, which appears if q is loaded without p.
///  - From {A | A}, record 2 resolves to 8 on both BTFs.
///
/// States that are equal (Left) are merged. Real objects thus have few states, although they have many subsets.
class Walk {
 public:
  using IsSame = std::function<bool(const RelocationClass&, const Resolution&, const Resolution&)>;

  Walk(const QueryPlan& plan, std::size_t object, const NarrowingSides& sides, NarrowingBudget& budget,
       const IsSame& is_same)
      : plan_(plan),
        object_(object),
        data_(object::data_of(plan.objects[object])),
        sides_(sides),
        budget_(budget),
        is_same_(is_same),
        states_({{.left = {.full = all_of(sides.full.candidates), .reduced = all_of(sides.reduced.candidates)}}}) {}

  std::vector<Disagreement> run(std::span<const std::uint32_t> records) {
    for (const Run& each : runs(records)) pass(each);
    return std::move(found_);
  }

 private:
  struct State {
    Left left;
    std::vector<std::size_t> programs = {};  ///< one set of loaded programs that leads to this state

    [[nodiscard]] std::size_t entries() const noexcept {
      return 1 + left.full.size() + left.reduced.size() + left.unfinished.size() + programs.size();
    }
  };

  static std::vector<std::uint32_t> all_of(const std::vector<core::CandidateClass>& candidates) {
    std::vector<std::uint32_t> all(candidates.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  [[nodiscard]] std::vector<Run> runs(std::span<const std::uint32_t> records) const {
    std::vector<Run> all;
    std::map<std::size_t, std::size_t> last;  // of each program, as an index into `all`
    for (std::size_t begin = 0; begin < records.size();) {
      const std::size_t program = data_.records[records[begin]].program;
      std::size_t end = begin;
      while (end < records.size() && data_.records[records[end]].program == program) ++end;
      // libbpf skips records that belong to no program.
      if (program != object::no_program) {
        const auto [earlier, is_first] = last.try_emplace(program, all.size());
        if (!is_first) all[std::exchange(earlier->second, all.size())].is_last = false;
        all.push_back({.program = program,
                       .records = records.subspan(begin, end - begin),
                       .is_first = is_first,
                       .is_last = true});
      }
      begin = end;
    }
    return all;
  }

  /// Replaces states_ by the states after `run`: with the program loaded and, if it can be switched off, without it.
  void pass(const Run& run) {
    const bool can_be_off = !data_.is_subprogram(run.program);
    std::vector<State> before = std::exchange(states_, {});
    known_.clear();
    entries_ = 0;
    for (const State& state : before) {
      if (run.is_first ? can_be_off : !state.left.unfinished.contains(run.program)) add(state);
    }
    for (State& state : before) {
      if (!run.is_first && !state.left.unfinished.contains(run.program)) continue;
      if (run.is_first && can_be_off) state.programs.push_back(run.program);
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
    spend(state.entries());
    if (!known_.insert(state.left).second) return;
    entries_ += state.entries();
    if (states_.size() == state_limit || entries_ > entry_limit) give_up();
    states_.push_back(std::move(state));
  }

  void spend(std::size_t entries) {
    if (entries > budget_.left) give_up();
    budget_.left -= entries;
  }

  [[noreturn]] void give_up() const {
    throw Error(ErrorKind::unsupported, sides_.name, "types",
                "the programs of " + plan_.objects[object_].name() +
                    " narrow the candidates in more ways than can be compared");
  }

  void decide(std::uint32_t record, State& state) {
    spend(state.entries());
    const RelocationClass& each = plan_.classes[plan_.records[object_][record]];
    Left after = state.left;
    const Resolution full = resolve_left(each, sides_.full, after.full);
    const Resolution reduced = resolve_left(each, sides_.reduced, after.reduced);
    if (!is_same_(each, full, reduced) && reported_.insert(record).second) {
      found_.push_back({.record = record, .programs = state.programs, .full = full, .reduced = reduced});
      std::vector<std::size_t>& programs = found_.back().programs;
      const std::size_t own = data_.records[record].program;
      if (data_.is_subprogram(own)) programs.push_back(own);
      std::ranges::sort(programs);
    }
    // libbpf stops at a relocation that fails. Later records are compared as if this record did not exist.
    if (full.status != Status::failed) state.left = std::move(after);
  }

  [[nodiscard]] Resolution resolve_left(const RelocationClass& each, const NarrowingSide& side,
                                        std::vector<std::uint32_t>& left) const {
    std::vector<core::CandidateClass> list;
    list.reserve(left.size());
    for (const std::uint32_t index : left) list.push_back(side.candidates[index]);
    const Resolution resolution = resolve(each, side.table, list, sides_.arrays);
    // Narrowing only removes candidates, and keeps the order of the others.
    auto kept = list.begin();
    std::erase_if(left, [&](std::uint32_t index) {
      if (kept == list.end() || kept->first != side.candidates[index].first) return true;
      ++kept;
      return false;
    });
    return resolution;
  }

  const QueryPlan& plan_;
  std::size_t object_;
  const object::ObjectData& data_;
  const NarrowingSides& sides_;
  NarrowingBudget& budget_;
  const IsSame& is_same_;
  std::vector<State> states_;
  std::set<Left> known_;     ///< State::left of each of states_
  std::size_t entries_ = 0;  ///< sum of State::entries() over states_
  std::set<std::uint32_t> reported_;
  std::vector<Disagreement> found_;
};

}  // namespace

std::vector<Disagreement> follow_narrowing(const QueryPlan& plan, std::size_t object,
                                           std::span<const std::uint32_t> records, const NarrowingSides& sides,
                                           NarrowingBudget& budget,
                                           const std::function<bool(const RelocationClass& each, const Resolution& full,
                                                                    const Resolution& reduced)>& is_same) {
  return Walk(plan, object, sides, budget, is_same).run(records);
}

}  // namespace minbtf::minimize
