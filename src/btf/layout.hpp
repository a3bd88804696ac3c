// The layout section of 2026 tells the sizes of kinds, so that a reader can skip those it does not know
// (include/uapi/linux/btf.h, struct btf_layout).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "wire/bytes.hpp"
#include "wire/kinds.hpp"

namespace minbtf::btf {

struct UnknownSizes {
  std::size_t info_size = 0;  ///< bytes behind the type's 12
  std::size_t elem_size = 0;
};

/// Where the layout section has its entry for `kind`.
constexpr std::size_t layout_entry(std::uint8_t kind) noexcept { return std::size_t{kind} * wire::layout_entry_size; }

/// Nothing if `kind` is 0, the section has no entry for it, or the entry's sizes are no multiples of 4.
[[nodiscard]] inline std::optional<UnknownSizes> sizes_of_unknown(const wire::ByteView& layout, std::uint8_t kind) {
  const std::size_t entry = layout_entry(kind);
  if (kind == 0 || !layout.contains(entry, wire::layout_entry_size)) return std::nullopt;
  const UnknownSizes sizes = {.info_size = layout.u8(entry), .elem_size = layout.u8(entry + 1)};
  if (sizes.info_size % 4 != 0 || sizes.elem_size % 4 != 0) return std::nullopt;
  return sizes;
}

}  // namespace minbtf::btf
