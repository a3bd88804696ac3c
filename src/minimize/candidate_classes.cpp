#include "minimize/candidate_classes.hpp"

#include <cstdint>
#include <unordered_map>

namespace minbtf::minimize {

namespace {

std::uint64_t mixed(std::uint64_t hash, const core::Outcome& outcome) {
  const std::uint64_t value = outcome.value.value ^ std::uint64_t{outcome.bit_offset} << 24U ^
                              static_cast<std::uint64_t>(outcome.state) << 60U ^
                              static_cast<std::uint64_t>(outcome.failure) << 52U;
  return (hash ^ value) * 0x9e3779b97f4a7c15U ^ (hash >> 31U);
}

bool same_column(const GroupAnswers& group, std::size_t questions, std::size_t a, std::size_t b) {
  for (std::size_t slot = 0; slot < questions; ++slot) {
    const auto row = group.row(slot);
    if (row[a] != row[b]) return false;
  }
  return true;
}

}  // namespace

std::vector<core::CandidateClass> candidate_classes(const GroupAnswers& group, std::size_t questions) {
  std::vector<core::CandidateClass> classes;
  std::unordered_multimap<std::uint64_t, std::size_t> by_hash;
  for (std::uint32_t column = 0; column < group.candidates.size(); ++column) {
    std::uint64_t hash = 0;
    if (group.candidates.size() > 1) {
      for (std::size_t slot = 0; slot < questions; ++slot) hash = mixed(hash, group.row(slot)[column]);
    }
    const auto [begin, end] = by_hash.equal_range(hash);
    auto known = begin;
    while (known != end && !same_column(group, questions, classes[known->second].first, column)) ++known;
    if (known != end) {
      ++classes[known->second].size;
    } else {
      by_hash.emplace(hash, classes.size());
      classes.push_back({.first = column, .size = 1});
    }
  }
  return classes;
}

}  // namespace minbtf::minimize
