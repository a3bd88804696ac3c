// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/kept_parts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/short_text.hpp"
#include "minimize/compare/named_types.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;
using btf::Type;
using btf::View;

/// Steps that a comparison of two types takes at least: most of its time is spent on the text of the difference.
constexpr std::uint64_t steps_of_pair = 256;

class KeptPartsComparer {
 public:
  KeptPartsComparer(std::span<const Keep> keeps, const View& full, const View& reduced)
      : keeps_(keeps), steps_(full.name()), full_(keeps, full, steps_), reduced_(keeps, reduced, steps_) {}

  KeptComparison run() {
    KeptComparison out;
    for (std::size_t i = 0; i < keeps_.size(); ++i) {
      text_.clear();
      compare_keep(i, out.kept);
      if (!text_.empty()) out.differences.push_back({.keep = i, .text = std::move(text_)});
    }
    return out;
  }

 private:
  using Path = std::span<const std::string>;

  void compare_keep(std::size_t keep, std::vector<std::size_t>& kept) {
    const auto& ours = full_.ids(keep);
    const auto& theirs = reduced_.ids(keep);
    path_ = keeps_[keep].path;
    if (full_.follow(keep, path_)) kept.push_back(keep);
    reduced_.follow(keep, path_);
    if (ours.empty() != theirs.empty()) {
      text_ = theirs.empty() ? "REDUCED has no such type" : "REDUCED has such a type, and FULL has none";
      return;
    }
    compare_lists(ours, theirs);
  }

  /// Each type of FULL must have an equal one in REDUCED. Equal types may be written once, but the first of them must
  /// have the same order. Each type of REDUCED must have an equal one in FULL.
  void compare_lists(const std::vector<std::uint32_t>& ours, const std::vector<std::uint32_t>& theirs) {
    std::vector<bool> is_found(theirs.size());
    std::size_t next = 0;  // all types of REDUCED that were found are before this one
    for (const std::uint32_t mine : ours) {
      std::size_t at = 0;
      while (at < theirs.size() && !is_equal(mine, theirs[at])) ++at;
      if (at == theirs.size()) {
        static_cast<void>(is_equal(mine, theirs[std::min(next, theirs.size() - 1)]));
        return;  // text_ is set
      }
      text_.clear();
      if (is_found[at]) continue;
      is_found[at] = true;
      if (at < next) {
        text_ = "the types of this name have another order in REDUCED";
        return;
      }
      next = at + 1;
    }
    for (std::size_t at = 0; at < theirs.size(); ++at) {
      const auto equals = [&](std::uint32_t mine) { return is_equal(mine, theirs[at]); };
      if (is_found[at] || std::ranges::any_of(ours, equals)) continue;
      text_ = "REDUCED has a type of this name that FULL has not";
      return;
    }
    text_.clear();
  }

  /// Compares what the path leads to in two types. Sets text_ if it is different.
  bool is_equal(std::uint32_t ours, std::uint32_t theirs) {
    steps_.add(steps_of_pair);
    text_.clear();
    if (path_.empty()) {
      compare_whole(ours, theirs);
    } else {
      compare_path(ours, theirs);
    }
    return text_.empty();
  }

  /// A type of each BTF, and the part of the path that goes on from both.
  struct Pair {
    std::uint32_t ours = 0;
    std::uint32_t theirs = 0;
    std::size_t part = 0;

    auto operator<=>(const Pair&) const = default;
  };

  /// Compares what the path leads to, and the types on the way.
  void compare_path(std::uint32_t ours, std::uint32_t theirs) {
    std::vector<Pair> queue = {{ours, theirs, 0}};
    std::set<Pair> seen;
    while (!queue.empty() && text_.empty()) {
      Pair pair = queue.back();
      queue.pop_back();
      if (pair.part == path_.size()) {
        compare_whole(pair.ours, pair.theirs);
        continue;
      }
      if (!seen.insert(pair).second) continue;
      for (int i = 0; i < row_limit; ++i) {
        steps_.add(1);
        const Type mine = full_.btf().type(pair.ours);
        const Type other = reduced_.btf().type(pair.theirs);
        if (!compare_records(mine, other)) return;
        if (mine.kind != Kind::array && !btf::is_modifier_or_typedef(mine.kind)) {
          compare_ways(pair, queue);
          break;
        }
        pair.ours = mine.kind == Kind::array ? full_.btf().array(mine).type : mine.size_or_type;
        pair.theirs = mine.kind == Kind::array ? reduced_.btf().array(other).type : other.size_or_type;
      }
    }
  }

  /// Compares the members or enumerators through which the path goes on, and adds the types of the members to `queue`.
  void compare_ways(const Pair& pair, std::vector<Pair>& queue) {
    const Type mine = full_.btf().type(pair.ours);
    const Type other = reduced_.btf().type(pair.theirs);
    const std::vector<std::uint32_t> ways = full_.ways(pair.ours, path_, pair.part);
    const std::vector<std::uint32_t> their_ways = reduced_.ways(pair.theirs, path_, pair.part);
    if (ways.size() != their_ways.size()) {
      const std::string name = base::short_text(path_[pair.part]);
      if (their_ways.empty()) {
        text_ = full_.words(mine) + ": REDUCED has no " + name;
      } else {
        differ(full_.words(mine) + ": ways to " + name, std::to_string(ways.size()), std::to_string(their_ways.size()));
      }
      return;
    }
    for (std::size_t i = 0; i < ways.size() && text_.empty(); ++i) {
      if (btf::is_any_enum(mine.kind)) {
        compare_enumerators(mine, ways[i], other, their_ways[i]);
        continue;
      }
      compare_members(mine, ways[i], other, their_ways[i]);
      const btf::Member member = full_.btf().member(mine, ways[i]);
      queue.push_back({.ours = member.type,
                       .theirs = reduced_.btf().member(other, their_ways[i]).type,
                       .part = pair.part + (full_.btf().is_empty_string(member.name_off) ? 0 : 1)});
    }
  }

  /// Compares two types with everything in them by value.
  void compare_whole(std::uint32_t ours, std::uint32_t theirs) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> queue = {{ours, theirs}};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> added;
    while (!queue.empty() && text_.empty()) {
      const auto [mine_id, other_id] = queue.back();
      queue.pop_back();
      if (!seen_.insert({mine_id, other_id}).second) continue;
      added.emplace_back(mine_id, other_id);
      const View& full = full_.btf();
      const View& reduced = reduced_.btf();
      const Type mine = full.type(mine_id);
      const Type other = reduced.type(other_id);
      steps_.add(std::uint64_t{1} + mine.vlen);
      if (!btf::is_known(mine.kind)) continue;  // cannot be written
      if (!compare_records(mine, other)) break;
      if (mine.kind == Kind::ptr) {
        compare_pointers(mine_id, other_id);
      } else if (mine.kind == Kind::array) {
        queue.emplace_back(full.array(mine).type, reduced.array(other).type);
        queue.emplace_back(full.array(mine).index_type, reduced.array(other).index_type);
      } else if (btf::is_modifier_or_typedef(mine.kind)) {
        queue.emplace_back(mine.size_or_type, other.size_or_type);
      } else if (btf::is_composite(mine.kind) || btf::is_any_enum(mine.kind)) {
        compare_counts(mine, other);
        for (std::uint32_t i = 0; i < mine.vlen && text_.empty(); ++i) {
          if (btf::is_any_enum(mine.kind)) {
            compare_enumerators(mine, i, other, i);
          } else {
            compare_members(mine, i, other, i);
            queue.emplace_back(full.member(mine, i).type, reduced.member(other, i).type);
          }
        }
      }
    }
    if (text_.empty()) return;
    for (const auto& pair : added) seen_.erase(pair);  // not proven to be equal
  }

  void compare_counts(const Type& mine, const Type& other) {
    if (mine.vlen == other.vlen) return;
    differ(full_.words(mine), base::counted(mine.vlen, btf::is_composite(mine.kind) ? "member" : "enumerator"),
           std::to_string(other.vlen));
  }

  /// Compares kind, name, size and the word of an INT; for an ARRAY its length; for an ENUM also whether it is signed.
  bool compare_records(const Type& mine, const Type& other) {
    const std::string_view name = full_.btf().string(mine.name_off);
    if (mine.kind != other.kind || name != reduced_.btf().string(other.name_off)) {
      differ("", full_.words(mine), reduced_.words(other));
    } else if (btf::is_known(mine.kind) && btf::shape(mine.kind).third == btf::Third::size &&
               mine.size_or_type != other.size_or_type) {
      differ(full_.words(mine), base::counted(mine.size_or_type, "byte"), std::to_string(other.size_or_type));
    } else if (mine.kind == Kind::int_ && full_.btf().info_word(mine) != reduced_.btf().info_word(other)) {
      differ(full_.words(mine) + ": encoding, offset and bits", base::hex(full_.btf().info_word(mine)),
             base::hex(reduced_.btf().info_word(other)));
    } else if (mine.kind == Kind::array && full_.btf().array(mine).nelems != reduced_.btf().array(other).nelems) {
      differ("an array", base::counted(full_.btf().array(mine).nelems, "element"),
             std::to_string(reduced_.btf().array(other).nelems));
    } else if (!btf::is_composite(mine.kind) && mine.kind_flag != other.kind_flag) {
      differ(full_.words(mine) + ": kind_flag", mine.kind_flag ? "1" : "0", other.kind_flag ? "1" : "0");
    }
    return text_.empty();
  }

  void compare_members(const Type& mine, std::uint32_t index, const Type& other, std::uint32_t their_index) {
    const btf::Member member = full_.btf().member(mine, index);
    const btf::Member theirs = reduced_.btf().member(other, their_index);
    if (full_.btf().string(member.name_off) != reduced_.btf().string(theirs.name_off)) {
      differ(full_.words(mine) + ": member", full_.name(member.name_off), reduced_.name(theirs.name_off));
    } else if (std::tie(member.bit_offset, member.bitfield_size) != std::tie(theirs.bit_offset, theirs.bitfield_size)) {
      differ(full_.words(mine) + ": " + full_.name(member.name_off), place(member), place(theirs));
    }
  }

  /// Sets the difference "WHAT: FULL OURS, REDUCED THEIRS".
  void differ(const std::string& what, const std::string& ours, const std::string& theirs) {
    text_ = (what.empty() ? "" : what + ": ") + "FULL " + ours + ", REDUCED " + theirs;
  }

  static std::string place(const btf::Member& member) {
    std::string text = "at bit " + std::to_string(member.bit_offset);
    if (member.bitfield_size != 0) text += " (" + base::counted(member.bitfield_size, "bit") + ")";
    return text;
  }

  void compare_enumerators(const Type& mine, std::uint32_t index, const Type& other, std::uint32_t their_index) {
    const btf::Enumerator ours = full_.btf().enumerator(mine, index);
    const btf::Enumerator theirs = reduced_.btf().enumerator(other, their_index);
    if (full_.btf().string(ours.name_off) != reduced_.btf().string(theirs.name_off)) {
      differ(full_.words(mine) + ": enumerator", full_.name(ours.name_off), reduced_.name(theirs.name_off));
    } else if (ours.value != theirs.value) {
      differ(full_.words(mine) + ": " + full_.name(ours.name_off),
             std::to_string(static_cast<std::int64_t>(ours.value)),
             std::to_string(static_cast<std::int64_t>(theirs.value)));
    }
  }

  /// Compares two pointers if the one in FULL leads to a type that a keep names, behind further pointers, qualifiers
  /// and typedefs. All others may lead to anything.
  void compare_pointers(std::uint32_t ours, std::uint32_t theirs) {
    compare_pointer_sizes();
    if (!leads_to_kept(ours)) return;
    for (int i = 0; i < row_limit && text_.empty(); ++i) {
      if (full_.is_named(ours)) {
        compare_records(full_.btf().type(ours), reduced_.btf().type(theirs));
        return;
      }
      const Type mine = full_.btf().type(ours);
      const Type other = reduced_.btf().type(theirs);
      if (!compare_records(mine, other)) return;
      ours = mine.size_or_type;
      theirs = other.size_or_type;
    }
  }

  [[nodiscard]] bool leads_to_kept(std::uint32_t pointer) const {
    for (int i = 0; i < row_limit; ++i) {
      if (full_.is_named(pointer)) return true;
      const Type type = full_.btf().type(pointer);
      if (type.kind != Kind::ptr && !btf::is_modifier_or_typedef(type.kind)) return false;
      pointer = type.size_or_type;
    }
    return false;
  }

  /// If REDUCED has no INT that gives the pointer size, a reader takes that of its own program.
  void compare_pointer_sizes() {
    const std::uint32_t ours = full_.btf().pointer_size().bytes;
    const std::uint32_t theirs = reduced_.btf().pointer_size().bytes;
    if (ours == 0 || theirs == 0 || ours == theirs) return;
    differ("a pointer", base::counted(ours, "byte"), std::to_string(theirs));
  }

  std::span<const Keep> keeps_;
  Steps steps_;
  NamedTypes full_;
  NamedTypes reduced_;
  Path path_;                                               ///< of the current keep
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_;  ///< pairs of types that are equal as a whole
  std::string text_;                                        ///< the first difference of the current keep
};

}  // namespace

KeptComparison compare_kept(std::span<const Keep> keeps, const btf::View& full, const btf::View& reduced) {
  return KeptPartsComparer(keeps, full, reduced).run();
}

std::vector<std::size_t> kept_in(std::span<const Keep> keeps, const btf::View& btf) {
  Steps steps(btf.name());
  NamedTypes types(keeps, btf, steps);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < keeps.size(); ++i) {
    if (types.follow(i, keeps[i].path)) kept.push_back(i);
  }
  return kept;
}

}  // namespace minbtf::minimize
