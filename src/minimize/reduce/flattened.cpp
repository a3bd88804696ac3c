// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/flattened.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>

#include "minimize/reduce/plain_types.hpp"

namespace minbtf::minimize {

namespace {

using What = ReadParts::What;

constexpr std::uint32_t max_bit_offset = std::numeric_limits<std::uint32_t>::max();
/// Largest offset in a composite with kind_flag.
constexpr std::uint32_t max_bit_offset_by_bitfields = (1U << 24U) - 1;

/// Limits for types that nobody writes by hand: the levels of anonymous members (libbpf's BPF_CORE_SPEC_MAX_LEN), and
/// the members of the result.
constexpr int level_limit = 64;
constexpr std::size_t member_limit = 4096;

class Flattener {
 public:
  Flattener(const GraphIndex& types, const ReadParts& read, const std::unordered_set<std::uint32_t>& verbatim)
      : types_(types), read_(read), verbatim_(verbatim) {}

  FlattenedMembers run(const GraphType& type) {
    const bool as_it_stands = read_.reads(What::layout, type.id);
    if (!as_it_stands && collect(type, 0, 0) && is_possible())
      return {.members = found_, .replaced = replaced_, .can_be_sorted = is_sortable()};
    found_.clear();
    for (const GraphMember& member : type.members) {
      found_.push_back({.composite = type.id, .bit_offset = member.bit_offset, .member = member});
    }
    return {.members = found_, .replaced = {}, .can_be_sorted = !as_it_stands && is_sortable()};
  }

 private:
  /// Returns false at a limit.
  bool collect(const GraphType& type, std::uint64_t bit_offset, int level) {
    for (const GraphMember& member : type.members) {
      const std::uint64_t at = bit_offset + member.bit_offset;
      if (at > max_bit_offset || level == level_limit || found_.size() == member_limit) return false;
      const GraphType* const inner = replaced_by(member);
      if (inner == nullptr) {
        found_.push_back({.composite = type.id, .bit_offset = static_cast<std::uint32_t>(at), .member = member});
      } else {
        replaced_.push_back(inner->id);
        if (!collect(*inner, at, level + 1)) return false;
      }
    }
    return true;
  }

  /// Returns the composite whose members replace an anonymous member, or null.
  [[nodiscard]] const GraphType* replaced_by(const GraphMember& member) const {
    if (!member.name.empty() || member.bitfield_size != 0) return nullptr;
    const GraphType* const type = types_.behind_modifiers(member.type);
    if (type == nullptr || !btf::is_composite(type->kind) || verbatim_.contains(type->id) ||
        read_.reads(What::layout, type->id)) {
      return nullptr;
    }
    return type;
  }

  [[nodiscard]] bool is_possible() const {
    if (has_repeated_name()) return false;
    const bool has_bitfields =
        std::ranges::any_of(found_, [](const FlattenedMember& each) { return each.member.bitfield_size != 0; });
    return !has_bitfields || std::ranges::none_of(found_, [&](const FlattenedMember& each) {
      const GraphType* const type = types_.behind_modifiers(each.member.type);
      return each.bit_offset > max_bit_offset_by_bitfields ||
             (type != nullptr && type->kind == btf::Kind::int_ && is_bitfield_int(*type));
    });
  }

  [[nodiscard]] bool is_sortable() const {
    return !has_repeated_name() &&
           std::ranges::none_of(found_, [](const FlattenedMember& each) { return each.member.name.empty(); });
  }

  [[nodiscard]] bool has_repeated_name() const {
    std::vector<std::string_view> names;
    for (const FlattenedMember& each : found_) {
      if (!each.member.name.empty()) names.push_back(each.member.name);
    }
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
  }

  const GraphIndex& types_;
  const ReadParts& read_;
  const std::unordered_set<std::uint32_t>& verbatim_;
  std::vector<FlattenedMember> found_;
  std::vector<std::uint32_t> replaced_;
};

}  // namespace

FlattenedMembers flattened_members(const GraphType& type, const GraphIndex& types, const ReadParts& read,
                                   const std::unordered_set<std::uint32_t>& verbatim) {
  return Flattener(types, read, verbatim).run(type);
}

}  // namespace minbtf::minimize
