// SPDX-License-Identifier: BSD-2-Clause
// Parses TYPE on the command line of `dump` (`123`, `#123`, `task_struct`, `struct task_struct`), and finds the types
// that it names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::cli {

/// TYPE: an id, or a name with or without a kind.
struct TypeQuery {
  std::optional<std::uint64_t> id;
  std::string_view kind;  ///< btf::KindShape::name of the kind; empty for any kind
  std::string name;       ///< empty if there is an id, or if only blanks follow the kind
};

/// Parses the words of TYPE, joined by spaces:
///  1. A number, with or without `#`, is an id. A number over 64 bits becomes the largest id, which no file has.
///  2. A kind in kinds_with_names() and a space start a kind and a name.
///  3. Any other text is a name, also a kind alone: `int` is a kind and the name of a type.
[[nodiscard]] TypeQuery parse_type_query(const std::vector<std::string>& words);

/// Returns the words for the kinds that TYPE may have. Types of the other kinds (pointers, arrays, ...) have no names.
[[nodiscard]] std::vector<std::string> kinds_with_names();

/// Returns the ids of the types that match a query without an id, ascending:
///  1. The kind `enum` matches ENUM and ENUM64.
///  2. A query without a kind matches all kinds except DECL_TAG and TYPE_TAG.
///  3. A FWD matches the kind that it declares, but is returned only if no other type matches. The kind `fwd` matches
///     all FWDs.
[[nodiscard]] std::vector<std::uint32_t> find_types(const btf::View& btf, const TypeQuery& query);

/// Returns the names that a query with this kind (empty: without a kind) can find, each once. Names over 511 bytes are
/// left out.
[[nodiscard]] std::vector<std::string> type_names(const btf::View& btf, std::string_view kind);

/// Types with one name, divided for output in C, which accepts one type of each kind. ENUM and ENUM64 are one kind.
struct Choice {
  std::vector<std::uint32_t> shown;   ///< the first type of each kind
  std::vector<std::uint32_t> others;  ///< all other types
};
[[nodiscard]] Choice first_of_each_kind(const btf::View& btf, const std::vector<std::uint32_t>& ids);

}  // namespace minbtf::cli
