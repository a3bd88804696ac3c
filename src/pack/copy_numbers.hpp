// SPDX-License-Identifier: BSD-2-Clause
// Numbers the types of a kernel that are equal in everything.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "btf/view.hpp"
#include "pack/kernel_types.hpp"
#include "pack/string_numbers.hpp"

namespace minbtf::pack {

/// Sets TypePlace::copy of the types without a list that are equal in everything, the types that they refer to
/// included: 0 for the first, 1 for the second. Only BTF that was never deduplicated has such types. The first is the
/// one that is reached first from the listed types, which are taken by key, and then from the extras: type ids are not
/// the same in a BTF that is made of the pack. `listed` has the ids of the listed types. Keys and indices of `places`
/// must be set.
void number_copies(const btf::View& kernel, const TypeTables& tables, std::span<const std::uint32_t> listed,
                   std::span<const Extra> extras, StringNumbers& names, StringNumbers& fields,
                   std::span<TypePlace> places);

}  // namespace minbtf::pack
