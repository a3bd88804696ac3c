// SPDX-License-Identifier: BSD-2-Clause
// Attributes of types, which libbpf 1.1 mistakes for type tags.
//
// clang writes `__attribute__((btf_type_tag("user")))` as a TYPE_TAG. gcc and newer pahole also write other attributes,
// such as `__attribute__((address_space(1)))`, as a TYPE_TAG with kind_flag. libbpf's btf_dump supports such attributes
// since 2025. Older libbpf writes btf_type_tag("address_space(1)"). It passes the name of the tag to the print
// function, and not the type. The BTF that libbpf reads therefore gives each such type a unique name, from which the
// print function finds the type.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

/// Returns true if `btf` has a TYPE_TAG with kind_flag.
[[nodiscard]] bool has_attributes(const btf::View& btf);

/// Returns a BTF with the same types and a header of 24 bytes. A TYPE_TAG with kind_flag is written without kind_flag,
/// and its name is a mark followed by its id. The original name is not part of the new name: in a hostile file many
/// long names can share the same bytes, and copies of all of them would take too much memory. `bytes` are the bytes
/// that `btf` was parsed from.
[[nodiscard]] std::vector<std::uint8_t> with_marked_attributes(std::span<const std::uint8_t> bytes,
                                                               const btf::View& btf);

/// Returns the type id in a name that with_marked_attributes() made; nothing for other names. CheckForC accepts no name
/// with such a mark.
[[nodiscard]] std::optional<std::uint32_t> marked_type(std::string_view name);

/// Returns true if `text` has only words, numbers, simple punctuation and balanced parentheses. Such a text cannot end
/// `__attribute__((...))`, and cannot begin a comment or a string.
[[nodiscard]] bool is_attribute(std::string_view text);

}  // namespace minbtf::libbpf
