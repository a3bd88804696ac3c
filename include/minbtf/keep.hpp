// SPDX-License-Identifier: BSD-2-Clause
// Types that stay in a reduced BTF because user space looks them up by name.
//
//     minbtf::Plan plan(objects, {minbtf::Keep::parse("enum:skb_drop_reason"),
//                                 minbtf::Keep::parse("struct:sock.sk_rcvbuf")});
#pragma once

#include "minbtf/cxx20.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/export.hpp"

namespace minbtf {

/// The kinds of types that can be kept by name. `enum_` is BTF_KIND_ENUM and BTF_KIND_ENUM64; each other kind is the
/// kind of BTF with its name.
enum class KeepKind : std::uint8_t { struct_, union_, enum_, typedef_, int_, float_ };

/// A type, or a part of it, that stays in the reduced BTF of each kernel that has it.
///
/// All types of the kernel that have this kind and exactly this name stay, in their order and with their sizes; equal
/// ones are written once. Without a
/// path they are kept whole: all members or enumerators, and everything in them by value, also whole. With a path only
/// the member or enumerator at its end is kept whole, and the members that lead to it. A pointer in a kept part leads
/// to its type only if a keep names that type (or a typedef on the way to it); otherwise it leads to void.
struct MINBTF_API Keep {
  KeepKind kind = KeepKind::struct_;
  std::string name = {};
  /// Names of members, from the outermost to the innermost one; for an enum, the name of one enumerator. A path leads
  /// through members without a name, as in C, and through typedefs, qualifiers and arrays, but not through pointers.
  std::vector<std::string> path = {};

  /// Parses "KIND:NAME" or "KIND:NAME.MEMBER.MEMBER...", where KIND is struct, union, enum, typedef, int or float.
  /// Throws std::invalid_argument, whose what() is the reason in one line, without `text`.
  [[nodiscard]] static Keep parse(std::string_view text);
  /// Returns the text that parse() reads.
  [[nodiscard]] std::string text() const;

  auto operator<=>(const Keep&) const = default;
};

}  // namespace minbtf
