// Attributes of types, which libbpf 1.1 takes for type tags.
//
// clang writes `__attribute__((btf_type_tag("user")))` as a TYPE_TAG. gcc and newer pahole also write other attributes,
// such as `__attribute__((address_space(1)))`, as TYPE_TAGs with kind_flag. libbpf's btf_dump knows them since 2025;
// before, it writes btf_type_tag("address_space(1)"). It passes the name to its caller and not the type, so each such
// type gets a name of its own in the BTF that libbpf reads, which tells what to print.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

/// Is there a TYPE_TAG with kind_flag?
[[nodiscard]] bool has_attributes(const btf::View& btf);

/// A BTF of the same types behind a header of 24 bytes. A TYPE_TAG with kind_flag has none here, and its name is a mark
/// and its id: names that share their bytes in a file could not all be copied. `bytes` are what `btf` was parsed from.
[[nodiscard]] std::vector<std::uint8_t> with_marked_attributes(std::span<const std::uint8_t> bytes,
                                                               const btf::View& btf);

/// The id in a name that with_marked_attributes() made; nothing for others. CheckForC takes no name with such a mark.
[[nodiscard]] std::optional<std::uint32_t> marked_type(std::string_view name);

/// Words, numbers and balanced parentheses: nothing that could end `__attribute__((...))` or begin a comment or a
/// string.
[[nodiscard]] bool is_attribute(std::string_view text);

}  // namespace minbtf::libbpf
