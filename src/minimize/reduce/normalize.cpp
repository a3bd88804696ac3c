// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/normalize.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "btf/essential_name.hpp"
#include "core/walk.hpp"
#include "minimize/reduce/flattened.hpp"
#include "minimize/reduce/plain_types.hpp"
#include "minimize/reduce/smallest_size.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;
using What = ReadParts::What;

class Normalizer {
 public:
  Normalizer(const Graph& graph, const ReadParts& read, const RootNames& names)
      : graph_(graph),
        read_(read),
        names_(names),
        types_(graph),
        plain_(names.all, graph.types.empty() ? 1 : graph.types.back().id + 1) {
    roots_.insert(read.roots().begin(), read.roots().end());
  }

  NormalGraph run() {
    for (const std::uint32_t id : read_.verbatim()) keep_verbatim(id);
    for (const std::uint32_t id : graph_.pointer_ints) {
      const GraphType& type = types_.at(id);
      const bool is_long_int = type.name == "long int" && type.info == int_info(btf::int_signed, type.size);
      if (is_long_int || is_free_pointer_int(type)) plain_.use_as_integer(id, type.size);
    }
    for (const std::uint32_t id : read_.roots()) need(id);
    for (const std::uint32_t id : graph_.pointer_ints) need(id);
    while (!queue_.empty()) {
      const std::uint32_t id = queue_.back();
      queue_.pop_back();
      out_.types.push_back(rewritten(types_.at(id)));
    }
    for (GraphType& type : out_.types) clear_kind_flag(type);
    for (GraphType& type : plain_.take()) out_.types.push_back(std::move(type));
    std::ranges::sort(out_.types, {}, &GraphType::id);
    out_.pointer_ints = graph_.pointer_ints;
    set_smallest_sizes(out_, free_sizes_);
    // Each use of a composite counts for all of its uses. As members of another type they are of their own.
    std::ranges::sort(replaced_);
    const bool can_shrink = !verbatim_.empty() || shares_reads_ ||
                            std::ranges::adjacent_find(replaced_) != replaced_.end() ||
                            std::ranges::any_of(replaced_, [&](std::uint32_t id) { return needed_.contains(id); });
    return {.graph = std::move(out_), .can_shrink = can_shrink};
  }

 private:
  /// What is read of a type at one place: as the type of a member, or as the type behind another one.
  struct Use {
    bool size = false;
    bool encoding = false;
    bool length = false;
    std::uint32_t least_length = 1;
    /// What is read of the type itself counts too (What::size, What::name, ...). For members this is so only if members
    /// are compared (What::layout): a search for a field notes what it reads of a member's type at the member.
    bool by_type = true;
  };

  [[nodiscard]] Use use_of(std::uint32_t composite, const GraphMember& member) const {
    return {.size = read_.reads(What::member_size, composite, member.index),
            .encoding = read_.reads(What::member_encoding, composite, member.index),
            .length = read_.reads(What::member_length, composite, member.index),
            .least_length = read_.least_length(composite, member.index),
            .by_type = read_.reads(What::layout, composite)};
  }

  /// Returns true if this part of the type itself is read, and counts at this place.
  bool reads(What what, const GraphType& type, const Use& use) {
    const bool is_read = use.by_type && read_.reads(what, type.id);
    shares_reads_ = shares_reads_ || is_read;
    return is_read;
  }

  void keep_verbatim(std::uint32_t from) {
    std::vector<std::uint32_t> stack = {from};
    while (!stack.empty()) {
      const std::uint32_t id = stack.back();
      stack.pop_back();
      if (types_.find(id) == nullptr || !verbatim_.insert(id).second) continue;
      for_each_reference(types_.at(id), [&](std::uint32_t next) { stack.push_back(next); });
    }
  }

  /// Puts the type into the result.
  void need(std::uint32_t id) {
    if (types_.find(id) != nullptr && needed_.insert(id).second) queue_.push_back(id);
  }

  std::uint32_t as_it_is(std::uint32_t id) {
    need(id);
    return id;
  }

  /// Returns the id of a type that can be written where `id` is referred to, and puts it into the result.
  std::uint32_t target(std::uint32_t id, const Use& use) {
    const GraphType* const type = types_.behind_modifiers(id);
    if (type == nullptr || is_bitfield(*type) || arrays_nest_too_deep(*type)) return verbatim(id);
    if (verbatim_.contains(type->id)) return as_it_is(type->id);
    switch (type->kind) {
      case Kind::void_:
        return 0;
      case Kind::int_:
        return integer(*type, use);
      case Kind::float_:
        return plain_.floating(use.size || reads(What::size, *type, use) ? type->size : 0);
      case Kind::enum_:
      case Kind::enum64:
        return enumeration(*type, use);
      case Kind::ptr:
        return use.by_type && type->references[0] != 0 ? as_it_is(type->id) : plain_.pointer();
      case Kind::array:
        return array(*type, use);
      case Kind::struct_:
      case Kind::union_:
      case Kind::fwd:
      case Kind::func_proto:
        return as_it_is(type->id);
      default:
        return verbatim(type->id);
    }
  }

  std::uint32_t verbatim(std::uint32_t id) {
    keep_verbatim(id);
    return as_it_is(id);
  }

  /// cilium/ebpf takes a member for a bitfield if its type is such an INT and no typedef (btf/types.go).
  static bool is_bitfield(const GraphType& type) { return type.kind == Kind::int_ && is_bitfield_int(type); }

  std::uint32_t integer(const GraphType& type, const Use& use) {
    if (use.by_type && read_.reads(What::name, type.id)) {
      plain_.use_if_plain(type);
      return as_it_is(type.id);
    }
    const bool size = use.size || reads(What::size, type, use);
    const bool encoding = use.encoding || reads(What::encoding, type, use);
    return plain_.integer(size ? type.size : 0, encoding ? btf::int_encoding(type.info) : btf::int_signed);
  }

  std::uint32_t enumeration(const GraphType& type, const Use& use) {
    const bool size = use.size || reads(What::size, type, use);
    const bool encoding = use.encoding || reads(What::encoding, type, use);
    const bool is_plain = !roots_.contains(type.id) && type.enumerators.empty() && !read_.reads(What::name, type.id);
    if (is_plain) return plain_.enumeration(type.kind, size ? type.size : 0, encoding && type.kind_flag);
    if (encoding) read_flags_.insert(type.id);
    return as_it_is(type.id);
  }

  /// Returns true for arrays of arrays that only made-up BTF has, and for those in a loop.
  [[nodiscard]] bool arrays_nest_too_deep(const GraphType& type) const {
    const GraphType* element = &type;
    for (int i = 0; i < core::chain_limit; ++i) {
      if (element == nullptr || element->kind != Kind::array) return false;
      element = types_.behind_modifiers(element->references[0]);
    }
    return true;
  }

  std::uint32_t array(const GraphType& type, const Use& use) {
    const bool length = use.length || reads(What::length, type, use);
    const std::uint32_t element = target(type.references[0], use);
    return plain_.array(element, index_type(type.references[1]), length ? type.nelems : use.least_length);
  }

  /// Index types other than INTs are made up. An array there could lead back to the array whose index type it is.
  std::uint32_t index_type(std::uint32_t id) {
    const GraphType* const type = types_.behind_modifiers(id);
    if (type == nullptr || type->kind == Kind::array || is_bitfield(*type)) return verbatim(id);
    return type->kind == Kind::int_ ? plain_.any_integer() : target(id, {});
  }

  GraphType rewritten(const GraphType& source) {
    GraphType type = source;
    if (verbatim_.contains(type.id)) {
      for_each_reference(type, [&](std::uint32_t id) { need(id); });
      return type;
    }
    switch (type.kind) {
      case Kind::struct_:
      case Kind::union_:
        rewrite_composite(type);
        break;
      case Kind::enum_:
      case Kind::enum64:
        rewrite_enum(type);
        break;
      case Kind::int_:
        if (is_free_pointer_int(type)) {
          type.name = "long int";
          type.info = int_info(btf::int_signed, type.size);
        }
        break;
      case Kind::func_proto:
        for (std::uint32_t& id : type.references) id = target(id, {});
        for (GraphMember& param : type.members) {
          param.name = {};
          param.type = target(param.type, {});
        }
        break;
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
      case Kind::ptr:
        for (std::uint32_t& id : type.references) id = target(id, {});
        break;
      default:
        for_each_reference(type, [&](std::uint32_t id) { need(id); });
        break;
    }
    return type;
  }

  void rewrite_composite(GraphType& type) {
    if (!roots_.contains(type.id) && !read_.reads(What::name, type.id)) type.name = {};
    const bool is_compared = names_.of_several_kinds.contains(btf::essential_name(type.name));
    if (!read_.reads(What::size, type.id) && !is_compared) free_sizes_.insert(type.id);
    const FlattenedMembers flat = flattened_members(type, types_, read_, verbatim_);
    replaced_.insert(replaced_.end(), flat.replaced.begin(), flat.replaced.end());
    type.members.clear();
    for (const FlattenedMember& each : flat.members) {
      GraphMember member = each.member;
      const bool is_read = read_.reads(What::offset, each.composite, member.index);
      member.bit_offset = is_read ? each.bit_offset : 0;
      if (!is_read) member.bitfield_size = 0;
      member.type = target(member.type, use_of(each.composite, member));
      type.members.push_back(member);
    }
    if (!flat.can_be_sorted) return;
    std::ranges::sort(type.members, {},
                      [](const GraphMember& member) { return std::tuple(member.bit_offset, member.name); });
  }

  void rewrite_enum(GraphType& type) {
    if (!roots_.contains(type.id) && !read_.reads(What::name, type.id)) type.name = {};
    if (read_.reads(What::encoding, type.id)) read_flags_.insert(type.id);
    for (GraphEnumerator& each : type.enumerators) {
      if (read_.reads(What::value, type.id, each.index)) continue;
      each.value = 0;
    }
    if (read_.reads(What::layout, type.id)) return;
    std::ranges::stable_sort(type.enumerators, {}, &GraphEnumerator::name);
  }

  /// Only loaders that extend a negative value by kind_flag, as aya does, read the flag without asking for it.
  void clear_kind_flag(GraphType& type) const {
    if (!btf::is_any_enum(type.kind) || verbatim_.contains(type.id) || read_flags_.contains(type.id)) return;
    const bool is_negative = std::ranges::any_of(
        type.enumerators, [](const GraphEnumerator& each) { return static_cast<std::int64_t>(each.value) < 0; });
    if (!is_negative) type.kind_flag = false;
  }

  /// The only INT that gives the pointer size, to older loaders as well, is `long int` if its name is not asked for.
  [[nodiscard]] bool is_free_pointer_int(const GraphType& type) const {
    if (graph_.pointer_ints.size() != 1 || graph_.pointer_ints.front() != type.id || roots_.contains(type.id)) {
      return false;
    }
    const bool is_old_spelling = type.name == "long int" || type.name == "long unsigned int";
    return is_old_spelling && !verbatim_.contains(type.id) && !read_.reads(What::name, type.id) &&
           !is_bitfield_int(type) && plain_.allowed("long int") == "long int";
  }

  const Graph& graph_;
  const ReadParts& read_;
  const RootNames& names_;
  const GraphIndex types_;
  PlainTypes plain_;
  std::unordered_set<std::uint32_t> roots_;
  std::unordered_set<std::uint32_t> verbatim_;
  std::unordered_set<std::uint32_t> needed_;
  std::unordered_set<std::uint32_t> free_sizes_;  ///< composites whose size nothing reads
  std::vector<std::uint32_t> replaced_;           ///< FlattenedMembers::replaced of all composites
  bool shares_reads_ = false;                     ///< a part of a type that other places may use is read
  std::unordered_set<std::uint32_t> read_flags_;  ///< enums whose kind_flag is read
  std::vector<std::uint32_t> queue_;
  Graph out_;
};

}  // namespace

NormalGraph normalize(const Graph& graph, const ReadParts& read, const RootNames& names) {
  return Normalizer(graph, read, names).run();
}

}  // namespace minbtf::minimize
