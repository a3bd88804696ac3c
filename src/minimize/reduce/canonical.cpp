// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/canonical.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>

#include "btf/essential_name.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;

/// Limit on rounds of refinement. Each round separates types that differ one reference further away.
constexpr int round_limit = 256;

constexpr std::uint32_t unranked = std::numeric_limits<std::uint32_t>::max();

/// The content of a type as bytes, such that comparing the bytes compares the content. The label has everything that
/// the encoder writes, except references, which are compared by rank.
class Label {
 public:
  Label(const GraphType& type, std::uint32_t pointer_rank, std::uint32_t rank) {
    // Candidates of one root are neighbours, ordered by rank. Other types with the same essential name and kind follow.
    number(static_cast<std::uint32_t>(btf::core_kind(type.kind)));
    number(pointer_rank);
    text(btf::essential_name(type.name));
    number(rank);
    number(static_cast<std::uint32_t>(type.kind));
    number(type.kind_flag ? 1 : 0);
    text(type.name);
    number(type.size);
    number(type.linkage);
    number(type.info);
    number(type.nelems);
    number(type.members.size());
    for (const GraphMember& member : type.members) {
      text(member.name);
      number(member.bit_offset);
      number(member.bitfield_size);
    }
    number(type.enumerators.size());
    for (const GraphEnumerator& enumerator : type.enumerators) {
      text(enumerator.name);
      number(enumerator.value);
    }
  }

  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  void number(std::uint64_t value) {
    for (unsigned shift = 64; shift > 0; shift -= 8) bytes_ += static_cast<char>(value >> (shift - 8));
  }
  void text(std::string_view value) {
    bytes_ += value;
    bytes_ += '\0';
  }

  std::string bytes_;
};

/// Sorts types into classes, and splits the classes until types of one class are equal.
///
/// Worked example:
///
///     [1] INT int    [2] PTR -> [1]    [3] PTR -> [4]    [4] STRUCT s {x: [2]}    [5] PTR -> [1]
///
///  1. The types are sorted by content. There are three classes. The rank of a type is the position at which its class
///     begins:
///
///         [1] | [2] [3] [5] | [4]      ranks 0 | 1 1 1 | 4
///
///  2. The first round compares the references of the types in one class. [2] and [5] refer to rank 0, [3] refers to
///     rank 4. The class is split:
///
///         [1] | [2] [5] | [3] | [4]    ranks 0 | 1 1 | 3 | 4
///
///  3. The second round splits no class. [2] and [5] are equal and written once. The result, with its own ids:
///
///         [1] INT int    [2] PTR -> [1]    [3] PTR -> [4]    [4] STRUCT s {x: [2]}
class Refinement {
 public:
  Refinement(const Graph& graph, std::span<const RankedCandidate> candidates)
      : graph_(graph), rank_(graph.types.size()), order_(graph.types.size()) {
    for (std::uint32_t i = 0; i < graph.types.size(); ++i) index_[graph.types[i].id] = i;
    std::unordered_map<std::uint32_t, std::uint32_t> ranked;
    for (const RankedCandidate& candidate : candidates) ranked[candidate.id] = candidate.rank;
    note_pointer_candidates(candidates);
    for (const GraphType& type : graph.types) {
      const auto found = ranked.find(type.id);
      const std::uint32_t rank = found == ranked.end() ? unranked : found->second;
      labels_.push_back(Label(type, pointer_rank(type, rank), rank).take());
      add_references(type);
    }
  }

  CanonicalOrder run() {
    std::iota(order_.begin(), order_.end(), 0U);
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) { return labels_[a] < labels_[b]; });
    bool changed = assign_ranks([&](std::uint32_t a, std::uint32_t b) { return labels_[a] == labels_[b]; });
    for (int round = 0; changed && round < round_limit; ++round) changed = refine();
    if (changed) keep_apart();
    return result();
  }

 private:
  /// Called at the round limit. Types of one class can then differ only behind a chain of hundreds of similar types,
  /// which no kernel has. No types are merged, and types of one class have the order of walk_places(). The result is
  /// correct, but not canonical.
  void keep_apart() {
    const std::vector<std::uint32_t> places = walk_places();
    std::vector<std::uint32_t> next(rank_.size());
    for (std::uint32_t i = 0; i < order_.size();) {
      const std::uint32_t end = end_of_class(i);
      std::sort(order_.begin() + i, order_.begin() + end,
                [&](std::uint32_t a, std::uint32_t b) { return places[a] < places[b]; });
      for (std::uint32_t place = i; place < end; ++place) next[order_[place]] = place;
      i = end;
    }
    rank_ = std::move(next);
  }

  [[nodiscard]] std::uint32_t end_of_class(std::uint32_t begin) const {
    std::uint32_t end = begin + 1;
    while (end < order_.size() && rank_[order_[end]] == rank_[order_[begin]]) ++end;
    return end;
  }

  /// Numbers the types in the order in which references lead to them, from the types that are alone in their class.
  /// All candidates are. This order is the same for each source with these types. Other types follow, in the order of
  /// the source.
  [[nodiscard]] std::vector<std::uint32_t> walk_places() const {
    std::vector<std::uint32_t> places(order_.size(), no_type);
    std::uint32_t next = 0;
    std::vector<std::uint32_t> stack;
    const auto walk = [&](std::uint32_t from) {
      stack.push_back(from);
      while (!stack.empty()) {
        const std::uint32_t type = stack.back();
        stack.pop_back();
        if (type == no_type || places[type] != no_type) continue;
        places[type] = next++;
        for (std::size_t i = first_reference_[type + 1]; i-- > first_reference_[type];) stack.push_back(references_[i]);
      }
    };
    for (std::uint32_t i = 0; i < order_.size(); i = end_of_class(i)) {
      if (end_of_class(i) == i + 1) walk(order_[i]);
    }
    for (std::uint32_t type = 0; type < order_.size(); ++type) walk(type);
    return places;
  }

  /// Sets the ranks of all types. Returns true if a rank changed, and in the first call. A rank is the position in
  /// order_ at which the class begins: splitting one class does not change the ranks of later classes.
  template <typename Same>
  bool assign_ranks(Same same) {
    std::vector<std::uint32_t> next(rank_.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      const bool starts = i == 0 || !same(order_[i - 1], order_[i]);
      next[order_[i]] = starts ? i : next[order_[i - 1]];
    }
    const bool changed = next != rank_ || first_;
    first_ = false;
    rank_ = std::move(next);
    return changed;
  }

  /// Splits classes whose types refer to types of different classes. Returns true if a class was split.
  bool refine() {
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return compare(a, b) < 0; };
    bool open = false;
    for (std::size_t begin = 0; begin < order_.size();) {
      std::size_t end = begin + 1;
      while (end < order_.size() && rank_[order_[end]] == rank_[order_[begin]]) ++end;
      if (end - begin > 1) {
        open = true;
        std::sort(order_.begin() + static_cast<std::ptrdiff_t>(begin),
                  order_.begin() + static_cast<std::ptrdiff_t>(end), less);
      }
      begin = end;
    }
    return open &&
           assign_ranks([&](std::uint32_t a, std::uint32_t b) { return rank_[a] == rank_[b] && compare(a, b) == 0; });
  }

  /// Compares the references of two types of one class, by the ranks of the types that they name.
  [[nodiscard]] int compare(std::uint32_t a, std::uint32_t b) const {
    const std::size_t count = first_reference_[a + 1] - first_reference_[a];
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t ours = rank_of(references_[first_reference_[a] + i]);
      const std::uint32_t theirs = rank_of(references_[first_reference_[b] + i]);
      if (ours != theirs) return ours < theirs ? -1 : 1;
    }
    return 0;
  }

  [[nodiscard]] std::uint32_t rank_of(std::uint32_t index) const { return index == no_type ? 0 : rank_[index] + 1; }

  void add_references(const GraphType& type) {
    for_each_reference(type, [&](std::uint32_t id) {
      const auto found = index_.find(id);
      references_.push_back(found == index_.end() ? no_type : found->second);
    });
    first_reference_.push_back(references_.size());
  }

  /// Returns the position of the type, or of an INT equal to it, in Graph::pointer_ints. All copies of such an INT thus
  /// sort first. Returns the number of pointer_ints for all other types.
  [[nodiscard]] std::uint32_t pointer_rank(const GraphType& type) const {
    const auto& first = graph_.pointer_ints;
    if (type.kind != Kind::int_) return static_cast<std::uint32_t>(first.size());
    const auto same = [&](std::uint32_t chosen) { return chosen == type.id || is_same_int(type_of(chosen), type); };
    return static_cast<std::uint32_t>(std::find_if(first.begin(), first.end(), same) - first.begin());
  }

  /// As above, with one exception. A candidate that precedes such an INT in the list of their root gets the INT's
  /// value, so that it stays before the INT. Such a candidate gives no pointer size, or the same one.
  [[nodiscard]] std::uint32_t pointer_rank(const GraphType& type, std::uint32_t rank) const {
    const std::uint32_t own = pointer_rank(type);
    if (pointer_candidates_.empty() || rank == unranked || type.kind != Kind::int_) return own;
    const auto found = pointer_candidates_.find(btf::essential_name(type.name));
    return found == pointer_candidates_.end() || found->second.rank < rank ? own : found->second.pointer_rank;
  }

  void note_pointer_candidates(std::span<const RankedCandidate> candidates) {
    if (graph_.pointer_ints.empty()) return;
    for (const RankedCandidate& candidate : candidates) {
      const GraphType& type = type_of(candidate.id);
      const std::uint32_t rank = pointer_rank(type);
      if (rank == graph_.pointer_ints.size()) continue;
      PointerCandidate& last = pointer_candidates_[type.name];
      last = {.pointer_rank = rank, .rank = std::max(last.rank, candidate.rank)};
    }
  }

  [[nodiscard]] const GraphType& type_of(std::uint32_t id) const { return graph_.types[index_.at(id)]; }

  [[nodiscard]] static bool is_same_int(const GraphType& a, const GraphType& b) {
    return a.kind == Kind::int_ && b.kind == Kind::int_ && a.size == b.size && a.info == b.info && a.name == b.name;
  }

  CanonicalOrder result() const {
    CanonicalOrder out;
    out.new_ids.resize(order_.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      if (rank_[order_[i]] == i) out.order.push_back(order_[i]);
      out.new_ids[order_[i]] = static_cast<std::uint32_t>(out.order.size());
    }
    return out;
  }

  static constexpr std::uint32_t no_type = std::numeric_limits<std::uint32_t>::max();

  struct PointerCandidate {
    std::uint32_t pointer_rank = 0;
    std::uint32_t rank = 0;  ///< highest RankedCandidate::rank of the pointer INTs with this name
  };

  const Graph& graph_;
  std::unordered_map<std::string_view, PointerCandidate> pointer_candidates_;  ///< pointer INTs that are candidates
  std::vector<std::uint32_t> rank_;
  std::vector<std::uint32_t> order_;
  std::vector<std::string> labels_;
  std::vector<std::uint32_t> references_;
  std::vector<std::size_t> first_reference_ = {0};
  std::unordered_map<std::uint32_t, std::uint32_t> index_;
  bool first_ = true;
};

}  // namespace

CanonicalOrder canonical_order(const Graph& graph, std::span<const RankedCandidate> candidates) {
  return Refinement(graph, candidates).run();
}

}  // namespace minbtf::minimize
