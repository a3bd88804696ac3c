#include "minimize/narrowing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "minbtf/error.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// States of one local type. Real objects have one, seldom two.
constexpr std::size_t state_limit = 4096;

/// The candidates that are left, as indices into the first lists.
struct Left {
  std::vector<std::uint32_t> full;
  std::vector<std::uint32_t> reduced;

  auto operator<=>(const Left&) const = default;
};

class Walk {
 public:
  using IsSame = std::function<bool(const Case&, const Resolution&, const Resolution&)>;

  Walk(const Planned& plan, std::size_t object, const NarrowingSide& full, const NarrowingSide& reduced,
       const IsSame& is_same, const std::string& name)
      : plan_(plan),
        object_(object),
        records_(plan.objects[object].data().records),
        full_(full),
        reduced_(reduced),
        is_same_(is_same),
        name_(name) {
    add({.full = all_of(full.candidates), .reduced = all_of(reduced.candidates)}, {});
  }

  std::vector<Disagreement> run(std::span<const std::uint32_t> records) {
    for (std::size_t begin = 0; begin < records.size();) {
      const std::size_t program = records_[records[begin]].program;
      std::size_t end = begin;
      while (end < records.size() && records_[records[end]].program == program) ++end;
      // libbpf skips what is in no program.
      if (program != object::no_program) load(program, records.subspan(begin, end - begin));
      begin = end;
    }
    return std::move(found_);
  }

 private:
  struct State {
    Left left;
    std::vector<std::size_t> programs;  ///< loaded so far; the fewest that lead here
  };

  static std::vector<std::uint32_t> all_of(const std::vector<core::CandidateClass>& candidates) {
    std::vector<std::uint32_t> all(candidates.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  void add(Left left, std::vector<std::size_t> programs) {
    if (!known_.insert(left).second) return;
    if (states_.size() == state_limit) {
      throw Error(ErrorKind::unsupported, name_, "types",
                  "the programs of " + plan_.objects[object_].name() +
                      " narrow the candidates in more ways than can be compared");
    }
    states_.push_back({.left = std::move(left), .programs = std::move(programs)});
  }

  void load(std::size_t program, std::span<const std::uint32_t> records) {
    const std::size_t before = states_.size();
    for (std::size_t i = 0; i < before; ++i) {
      State state = states_[i];
      if (std::ranges::find(state.programs, program) == state.programs.end()) state.programs.push_back(program);
      for (const std::uint32_t record : records) decide(record, state);
      add(std::move(state.left), std::move(state.programs));
    }
  }

  void decide(std::uint32_t record, State& state) {
    const Case& each = plan_.cases[plan_.records[object_][record]];
    const Resolution full = resolve_left(each, full_, state.left.full);
    const Resolution reduced = resolve_left(each, reduced_, state.left.reduced);
    if (is_same_(each, full, reduced) || !told_.insert(record).second) return;
    found_.push_back({.record = record, .programs = state.programs, .full = full, .reduced = reduced});
    std::ranges::sort(found_.back().programs);
  }

  static Resolution resolve_left(const Case& each, const NarrowingSide& side, std::vector<std::uint32_t>& left) {
    std::vector<core::CandidateClass> list;
    list.reserve(left.size());
    for (const std::uint32_t index : left) list.push_back(side.candidates[index]);
    const Resolution resolution = resolve(each, side.answers, list);
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
  const NarrowingSide& full_;
  const NarrowingSide& reduced_;
  const IsSame& is_same_;
  const std::string& name_;
  std::set<Left> known_;
  std::vector<State> states_;
  std::set<std::uint32_t> told_;
  std::vector<Disagreement> found_;
};

}  // namespace

std::vector<Disagreement> follow_narrowing(
    const Planned& plan, std::size_t object, std::span<const std::uint32_t> records, const NarrowingSide& full,
    const NarrowingSide& reduced,
    const std::function<bool(const Case& each, const Resolution& full, const Resolution& reduced)>& is_same,
    const std::string& name) {
  return Walk(plan, object, full, reduced, is_same, name).run(records);
}

}  // namespace minbtf::minimize
