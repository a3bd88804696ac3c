// SPDX-License-Identifier: BSD-2-Clause
// Writes BTF in JSON, with the fields of `bpftool -j btf dump file FILE`. docs/dump.md lists them.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "cli/reply.hpp"
#include "io/text_buffer.hpp"

namespace minbtf::cli {

/// Part of a type that is written.
enum class Detail : std::uint8_t {
  none,  ///< the type is left out
  head,  ///< the type without the members of a struct or union
  full,
};

/// Returns, by type id, what C needs to define the types `ids`: these types and all types that they refer to. A struct
/// or union with a name that is reached only through pointers gets Detail::head.
[[nodiscard]] std::vector<Detail> details_for(const btf::View& btf, const std::vector<std::uint32_t>& ids);
/// Returns Detail::full for all types except `void`, which has no record.
[[nodiscard]] std::vector<Detail> all_details(const btf::View& btf);

/// Adds to `document` the fields that describe the file, and `selected` with `ids` unless `ids` is empty.
void describe(const btf::View& btf, const std::vector<std::uint32_t>& ids, Json& document);

/// Writes the elements of a JSON array in the order of their ids: one object in each line, separated by commas. Bytes
/// that are not UTF-8 become U+FFFD. Throws what `write` throws.
void write_json(const btf::View& btf, const std::vector<Detail>& details, const io::Write& write);

}  // namespace minbtf::cli
