// SPDX-License-Identifier: BSD-2-Clause
// CO-RE relocation by the rules of aya-obj (Rust), as far as they differ from those of libbpf. There is no package of
// aya for Debian, so these rules are written down again. Sources: aya-obj/src/btf/relocation.rs, types.rs and btf.rs
// of version 0.2.
//
//  1. Candidates have the kind of the local type as it is written (ENUM and ENUM64 are different), and its name up to
//     the first "___" (find_candidates()).
//  2. Members are searched as libbpf does. An incompatible member in an anonymous member leaves no offset behind
//     (match_member()).
//  3. An enum or forward declaration at the end of a path needs the name of the local one; no name is only equal to no
//     name (fields_are_compatible()). ENUM and ENUM64 are compatible.
//  4. An array without elements is flexible only as the last member of a STRUCT, not of a UNION (match_candidate()).
//  5. The size of an array of arrays is that of its innermost elements times its innermost length (type_size()).
//  6. The value of an ENUM is sign-extended if its kind_flag is set (compute_enum_relocation()).
//  7. Typedefs and qualifiers are followed for 32 types (resolve_type()).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "object/object_data.hpp"

namespace minbtf::test {

/// A kernel's BTF with its types by name.
class AyaTarget {
 public:
  /// `view` must outlive this.
  explicit AyaTarget(const btf::View& view);

  [[nodiscard]] const btf::View& view() const noexcept { return view_; }
  /// Returns the candidates for a local type, by type id.
  [[nodiscard]] std::vector<std::uint32_t> candidates(const btf::Type& local, std::string_view name) const;

 private:
  const btf::View& view_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> by_name_;  ///< by name without flavor
};

/// Returns the decision: a number, for type_id_target kind and name of the type; with the size of the load if it
/// changes; "no match"; "ambiguous"; or "error" if aya stops at a candidate. `record` is one of `object`, and known to
/// aya: not type_matches.
[[nodiscard]] std::string decide_as_aya(const object::ObjectData& object, const object::Record& record,
                                        const AyaTarget& target);

}  // namespace minbtf::test
