// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/read_parts.hpp"

#include <algorithm>

#include "base/sorted.hpp"

namespace minbtf::minimize {

ReadParts::ReadParts(std::span<const core::Dependency> dependencies) {
  for (const core::Dependency& each : dependencies) {
    switch (each.what) {
      case What::type:
        roots_.push_back(each.id);
        break;
      case What::verbatim:
        verbatim_.push_back(each.id);
        break;
      case What::member_index: {
        std::uint32_t& length = lengths_[key(each.id, each.n)];
        length = std::max(length, each.value + 1);
        break;
      }
      case What::name:
      case What::size:
      case What::encoding:
      case What::length:
      case What::layout:
      case What::offset:
      case What::member_size:
      case What::member_encoding:
      case What::member_length:
      case What::value:
        read_[static_cast<std::size_t>(each.what)].push_back(key(each.id, each.n));
        break;
      case What::pointee:
      case What::member:
      case What::enumerator:
      case What::least_members:
      case What::least_enumerators:
      case What::pointer_size:
        break;
    }
  }
  for (std::vector<std::uint64_t>& keys : read_) base::sort_unique(keys);
  base::sort_unique(roots_);
  base::sort_unique(verbatim_);
}

std::uint32_t ReadParts::least_length(std::uint32_t composite, std::uint32_t member) const {
  const auto found = lengths_.find(key(composite, member));
  return found == lengths_.end() ? 1 : found->second;
}

}  // namespace minbtf::minimize
