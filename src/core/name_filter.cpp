#include "core/name_filter.hpp"

#include <algorithm>
#include <string>

namespace minbtf::core {

NameBeginning beginning_of(std::string_view name) noexcept {
  NameBeginning beginning = 0;
  for (std::size_t i = 0; i < std::min(name.size(), sizeof beginning); ++i) {
    beginning |= static_cast<NameBeginning>(static_cast<std::uint8_t>(name[i])) << (8 * i);
  }
  return beginning;
}

void NameFilter::add(std::string_view name) {
  bits_.set(slot(beginning_of(name)));
  bits_.set(slot(beginning_of(std::string(name) + "___")));
}

}  // namespace minbtf::core
