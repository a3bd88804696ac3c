// BTF in JSON, in the fields of `bpftool -j btf dump file FILE`. docs/dump.md has them.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "cli/reply.hpp"
#include "io/text_buffer.hpp"

namespace minbtf::cli {

/// How much of a type is told.
enum class Detail : std::uint8_t {
  none,
  head,  ///< of a struct or union: all but its members
  full,
};

/// By type id: what is needed to say what the types `ids` are. Behind a pointer, the name of a struct or union is
/// enough.
[[nodiscard]] std::vector<Detail> details_for(const btf::View& btf, const std::vector<std::uint32_t>& ids);
/// Everything but `void`.
[[nodiscard]] std::vector<Detail> all_details(const btf::View& btf);

/// Adds what there is to say about the file, and which types were asked for, if some were.
void describe(const btf::View& btf, const std::vector<std::uint32_t>& ids, Json& document);

/// Writes the elements of an array, one object a line in the order of ids, with commas between. Bytes that are no UTF-8
/// become U+FFFD. Throws what `write` throws.
void write_json(const btf::View& btf, const std::vector<Detail>& details, const io::Write& write);

}  // namespace minbtf::cli
