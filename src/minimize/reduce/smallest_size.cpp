// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/smallest_size.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <unordered_map>
#include <vector>

#include "core/walk.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;

/// Returns the pointer size that the graph tells; 8 if it tells none.
std::uint32_t pointer_bytes_of(const Graph& graph) {
  if (graph.pointer_ints.empty()) return btf::default_pointer_bytes;
  const auto found = std::ranges::find(graph.types, graph.pointer_ints.front(), &GraphType::id);
  return found == graph.types.end() ? btf::default_pointer_bytes : found->size;
}

/// A composite gets its size as soon as all composites in it have theirs. Composites in a loop never do.
class SmallestSizes {
 public:
  SmallestSizes(Graph& graph, const std::unordered_set<std::uint32_t>& ids)
      : graph_(graph), pointer_bytes_(pointer_bytes_of(graph)), index_(graph), open_(ids) {}

  void run() {
    std::vector<std::uint32_t> ready;
    for (const GraphType& type : graph_.types) {
      if (!open_.contains(type.id)) continue;
      std::size_t waits = 0;
      for (const GraphMember& member : type.members) {
        const std::uint32_t held = held_composite(member.type);
        if (held == 0) continue;
        holders_[held].push_back(type.id);
        ++waits;
      }
      waits_[type.id] = waits;
      if (waits == 0) ready.push_back(type.id);
    }
    while (!ready.empty()) {
      const std::uint32_t id = ready.back();
      ready.pop_back();
      set_size(graph_.types[index_.position(id)]);
      for (const std::uint32_t holder : holders_[id]) {
        if (--waits_[holder] == 0) ready.push_back(holder);
      }
    }
  }

 private:
  struct Element {
    const GraphType* type = nullptr;  ///< no typedef, qualifier or array; null: has no size
    std::uint64_t count = 1;          ///< at most 2^32 - 1
  };

  [[nodiscard]] Element element_of(std::uint32_t id) const {
    Element element;
    for (int i = 0; i < core::chain_limit; ++i) {
      element.type = index_.behind_modifiers(id);
      if (element.type == nullptr || element.type->kind != Kind::array) return element;
      // Both factors are below 2^32.
      element.count = std::min<std::uint64_t>(element.count * element.type->nelems, max_size);
      id = element.type->references[0];
    }
    return {};
  }

  /// Returns the composite in `open_` that a member of type `id` holds; 0 if there is none.
  [[nodiscard]] std::uint32_t held_composite(std::uint32_t id) const {
    const Element element = element_of(id);
    return element.type != nullptr && open_.contains(element.type->id) ? element.type->id : 0;
  }

  [[nodiscard]] std::uint64_t bytes_of(std::uint32_t id) const {
    const Element element = element_of(id);
    if (element.type == nullptr) return 0;
    const std::uint64_t bytes = element.type->kind == Kind::ptr ? pointer_bytes_ : element.type->size;
    return std::min<std::uint64_t>(bytes * element.count, max_size);
  }

  /// Returns the natural alignment of a type in bytes.
  [[nodiscard]] std::uint64_t alignment_of(std::uint32_t id) const {
    const Element element = element_of(id);
    if (element.type == nullptr) return 1;
    if (element.type->kind == Kind::ptr) return pointer_bytes_;
    if (btf::is_composite(element.type->kind)) {
      const auto found = alignments_.find(element.type->id);
      return found == alignments_.end() ? 1 : found->second;
    }
    return std::bit_floor(std::clamp<std::uint32_t>(element.type->size, 1, 16));
  }

  /// Programs that print BTF in C take a struct for packed if its size is no multiple of the alignment.
  void set_size(GraphType& type) {
    std::uint64_t end = 0;  // bits
    std::uint64_t alignment = 1;
    for (const GraphMember& member : type.members) {
      const std::uint64_t bits = member.bitfield_size != 0 ? member.bitfield_size : bytes_of(member.type) * 8;
      end = std::max(end, member.bit_offset + bits);
      const std::uint64_t own = alignment_of(member.type);
      // Only packed structs have other offsets.
      if (member.bitfield_size != 0 || member.bit_offset % (own * 8) == 0) alignment = std::max(alignment, own);
    }
    alignments_[type.id] = alignment;
    const std::uint64_t bytes = (end + 7) / 8;
    type.size = static_cast<std::uint32_t>(std::min((bytes + alignment - 1) / alignment * alignment, max_size));
  }

  static constexpr std::uint64_t max_size = std::numeric_limits<std::uint32_t>::max();

  Graph& graph_;
  const std::uint32_t pointer_bytes_;
  std::unordered_map<std::uint32_t, std::uint64_t> alignments_;  ///< of composites with a size, in bytes
  const GraphIndex index_;
  const std::unordered_set<std::uint32_t>& open_;
  std::unordered_map<std::uint32_t, std::size_t> waits_;  ///< by composite: members whose composite has no size yet
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> holders_;
};

}  // namespace

void set_smallest_sizes(Graph& graph, const std::unordered_set<std::uint32_t>& ids) { SmallestSizes(graph, ids).run(); }

}  // namespace minbtf::minimize
