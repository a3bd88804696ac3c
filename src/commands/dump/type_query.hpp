// Which types are meant by what somebody typed: `123`, `#123`, `task_struct`, `struct task_struct`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::cli {

struct TypeQuery {
  std::optional<std::uint64_t> id;
  std::string_view kind;  ///< as btf::KindShape calls it; empty for any
  std::string name;       ///< if there is no id
};

/// `words` are taken as if there were spaces between them. A kind is one only with a name behind it. An id too large
/// for any file stays too large.
[[nodiscard]] TypeQuery parse_type_query(const std::vector<std::string>& words);

/// Ids in order; none if nothing fits. `enum` is ENUM and ENUM64. A FWD is taken, for the kind that it declares or for
/// any, where there is nothing else; DECL_TAG and TYPE_TAG are taken only if they are asked for. Not for a query by id.
[[nodiscard]] std::vector<std::uint32_t> find_types(const btf::View& btf, const TypeQuery& query);

/// Every name once that a query for types of that kind, or of any, could find; but for those over 511 bytes.
[[nodiscard]] std::vector<std::string> type_names(const btf::View& btf, std::string_view kind);

/// Types of one name, parted into what C can have side by side, the first of each kind, and the others.
struct Choice {
  std::vector<std::uint32_t> shown;
  std::vector<std::uint32_t> others;
};
[[nodiscard]] Choice first_of_each_kind(const btf::View& btf, const std::vector<std::uint32_t>& ids);

}  // namespace minbtf::cli
