// SPDX-License-Identifier: BSD-2-Clause
// The selected types of a kernel as they will be written. Names are views into the strings of the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "btf/view.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::minimize {

/// A member of a composite, or a parameter of a prototype, which has only a name and a type.
struct GraphMember {
  std::string_view name;
  std::uint32_t type = 0;  ///< id of a GraphType; 0, and an id that the graph does not have, are written as void
  std::uint32_t bit_offset = 0;
  std::uint32_t bitfield_size = 0;  ///< bits; 0: not a bitfield
  std::uint32_t index = 0;          ///< in the source
};

struct GraphEnumerator {
  std::string_view name;
  std::uint64_t value = 0;  ///< as btf::Enumerator::value
  std::uint32_t index = 0;  ///< in the source
};

struct GraphType {
  std::uint32_t id = 0;  ///< of the source, or a number that the source does not use
  btf::Kind kind = btf::Kind::void_;
  bool kind_flag = false;  ///< not for composites: there it follows from the members
  std::string_view name = {};
  std::uint32_t size = 0;                      ///< bytes, for the kinds that have a size
  std::uint32_t linkage = 0;                   ///< of a FUNC
  std::uint32_t info = 0;                      ///< the word behind an INT, VAR or DECL_TAG
  std::uint32_t nelems = 0;                    ///< of an ARRAY
  std::vector<std::uint32_t> references = {};  ///< type ids before those of the members, in the order of the record
  std::vector<GraphMember> members = {};
  std::vector<GraphEnumerator> enumerators = {};
};

struct Graph {
  std::vector<GraphType> types;             ///< by id, ascending
  std::vector<std::uint32_t> pointer_ints;  ///< Selection::pointer_ints
};

/// Calls visit(type id) for each type that `type` refers to, in the order of the record.
template <typename Visit>
void for_each_reference(const GraphType& type, Visit&& visit) {
  for (const std::uint32_t id : type.references) visit(id);
  for (const GraphMember& member : type.members) visit(member.type);
}

/// Finds the types of a graph by id. The graph must not move while it is used.
class GraphIndex {
 public:
  explicit GraphIndex(const Graph& graph);

  /// Returns the type, or null for an id that the graph does not have.
  [[nodiscard]] const GraphType* find(std::uint32_t id) const;
  [[nodiscard]] const GraphType& at(std::uint32_t id) const { return graph_.types[position(id)]; }
  /// Returns the index into Graph::types.
  [[nodiscard]] std::size_t position(std::uint32_t id) const { return positions_.at(id); }
  /// Returns the first type that is no typedef, qualifier or type tag; for void, a type with the id 0. Null if the
  /// types go round in a loop, or lead to a type that the graph does not have.
  [[nodiscard]] const GraphType* behind_modifiers(std::uint32_t id) const;

 private:
  const Graph& graph_;
  std::unordered_map<std::uint32_t, std::size_t> positions_;
};

/// Returns the selected types. `source` must outlive the graph.
[[nodiscard]] Graph graph_of(const btf::View& source, const Selection& selection);

}  // namespace minbtf::minimize
