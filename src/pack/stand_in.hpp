// SPDX-License-Identifier: BSD-2-Clause
// Makes a stand-in: a BTF of the types of a kernel that a plan can reach. Reducing it, checking it and comparing with
// it gives the same results as the kernel's whole BTF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/read/buffer.hpp"
#include "minbtf/btf.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

struct StandInRequest {
  /// Essential names, as Plan::wanted_types() returns them. Ignored if `everything` is set.
  std::span<const std::string> names = {};
  /// True if a comparison of types can follow pointers (Plan::wanted_types()).
  bool follows_pointers = false;
  bool everything = false;  ///< all types of the kernel that the pack has, extras included
  bool extras = false;      ///< also extras with one of the names; the kernel must have extras
  ByteOrder order = ByteOrder::little;
  /// Limit of the bytes of all types of the stand-in: the size of the kernel's BTF. The types of a valid pack are not
  /// larger. The strings are limited by the pack: each of its strings is at most once in the stand-in.
  std::uint64_t max_bytes = 0;
  std::string name = {};  ///< of the kernel, for messages
};

struct StandIn {
  std::span<const std::uint8_t> bytes;
  /// The smallest StandInRequest::max_bytes with which it can be made.
  std::uint64_t least_limit = 0;
};

/// The rules for the types in a stand-in, and the code that reads them:
///
///  1. All INTs, in their order, and before all other types. A loader takes the pointer size from the first INT named
///     `long` (btf/view, PointerSize). minimize/reduce/selection chooses among all of these INTs.
///  2. All types with a wanted essential name, of any kind, with repetitions, in their order. They are the candidates
///     (core/candidates). Types of other kinds are part of the reason why a relocation is not resolved
///     (minimize/diagnose/explanations, other_kinds()). The tasks add the name bpf_func_id (core/verifier).
///  3. The types that these need by value: members, elements and index types of arrays, targets of typedefs and
///     qualifiers, and what prototypes refer to (core/spec_match, core/compat, core/walk, minimize/reduce/encode).
///  4. Pointees, if a comparison of types can follow pointers (core/compat). A STRUCT or UNION behind a pointer
///     counts by kind, name and size (the size is written), so it has no members here, unless rules 1 to 3 select it.
///     Every other type behind a pointer is written with all that it refers to, under this rule. If everything is
///     requested, a STRUCT or UNION without a name has its members here as well.
///     If pointers are not followed, every pointer leads to void.
///  5. Extras, if they are requested: all with a wanted essential name, in their order, and everything that they need
///     by value: the size of a VAR or DECL_TAG is that of its type. Records that were written by hand can search for
///     them.
///  6. A type of the kernel is one type of the stand-in, however it is reached: the reducer stores by type what it
///     selects in a type, and two types with the same contents can be needed in different parts. Types of the kernel
///     that are not the same type stay apart.
///
/// The bytes are in `memory`. Throws Error (damaged) if the source contradicts itself, or if the types would have more
/// than `max_bytes`.
[[nodiscard]] StandIn make_stand_in(const TypeSource& source, const StandInRequest& request, io::Buffer& memory);

}  // namespace minbtf::pack
