#include "minimize/candidate_classes.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace minbtf::minimize {

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15U ^ (hash >> 31U);
}

std::uint64_t mixed(std::uint64_t hash, const core::Outcome& outcome) {
  const core::FieldValue& value = outcome.value;
  hash = mixed(hash, static_cast<std::uint64_t>(outcome.state) << 40U |
                         static_cast<std::uint64_t>(outcome.failure) << 32U | outcome.bit_offset);
  if (outcome.state != core::Answer::State::yes) return hash;
  hash = mixed(hash, value.value);
  return mixed(hash, std::uint64_t{value.element_bytes} << 32U | value.total_bytes);
}

class Columns {
 public:
  Columns(const GroupAnswers& group, std::size_t questions) : group_(group), questions_(questions) {}

  std::vector<core::CandidateClass> classes() {
    for (std::uint32_t column = 0; column < group_.candidates.size(); ++column) {
      order_.push_back({hash_of(column), column});
    }
    std::ranges::sort(order_);
    for (auto begin = order_.begin(); begin != order_.end();) {
      const auto end =
          std::find_if(begin, order_.end(), [&](const Hashed& each) { return each.first != begin->first; });
      if (std::all_of(begin, end, [&](const Hashed& each) { return same(begin->second, each.second); })) {
        classes_.push_back({.first = begin->second, .size = static_cast<std::uint32_t>(end - begin)});
      } else {
        // A hash that was made to be the same must not make this long: such columns are put in order.
        std::stable_sort(begin, end, [&](const Hashed& a, const Hashed& b) { return less(a.second, b.second); });
        add_runs(begin, end);
      }
      begin = end;
    }
    std::ranges::sort(classes_, {}, &core::CandidateClass::first);
    return std::move(classes_);
  }

 private:
  using Hashed = std::pair<std::uint64_t, std::uint32_t>;  // hash and column

  [[nodiscard]] std::uint64_t hash_of(std::uint32_t column) const {
    std::uint64_t hash = 0;
    for (std::size_t slot = 0; slot < questions_; ++slot) hash = mixed(hash, group_.row(slot)[column]);
    return hash;
  }

  [[nodiscard]] bool same(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t slot = 0; slot < questions_; ++slot) {
      if (group_.row(slot)[a] != group_.row(slot)[b]) return false;
    }
    return true;
  }

  [[nodiscard]] bool less(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t slot = 0; slot < questions_; ++slot) {
      const auto order = group_.row(slot)[a] <=> group_.row(slot)[b];
      if (order != 0) return order < 0;
    }
    return false;
  }

  /// Like columns are neighbours, by ascending number.
  void add_runs(std::vector<Hashed>::const_iterator begin, std::vector<Hashed>::const_iterator end) {
    for (auto each = begin; each != end; ++each) {
      if (each != begin && same(classes_.back().first, each->second)) {
        ++classes_.back().size;
      } else {
        classes_.push_back({.first = each->second, .size = 1});
      }
    }
  }

  const GroupAnswers& group_;
  std::size_t questions_;
  std::vector<Hashed> order_;
  std::vector<core::CandidateClass> classes_;
};

}  // namespace

std::vector<core::CandidateClass> candidate_classes(const GroupAnswers& group, std::size_t questions) {
  if (group.candidates.empty()) return {};
  if (group.candidates.size() == 1) return {{.first = 0, .size = 1}};
  return Columns(group, questions).classes();
}

}  // namespace minbtf::minimize
