#include "core/candidates.hpp"

#include "core/names.hpp"

namespace minbtf::core {

namespace {

constexpr std::size_t prefix_index(std::uint8_t first, std::uint8_t second) noexcept {
  return static_cast<std::size_t>(first) << 8U | second;
}

}  // namespace

CandidateFinder::CandidateFinder(std::span<const Root* const> roots)
    : root_count_(roots.size()), kinds_(wire::kind_count), prefixes_(1U << 16U) {
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const Root& root = *roots[i];
    if (root.name.empty()) continue;
    by_name_[root.name].push_back({.kind = root.kind, .root = i});
    kinds_[static_cast<std::size_t>(root.kind)] = true;
    if (root.kind == Kind::enum_) kinds_[static_cast<std::size_t>(Kind::enum64)] = true;
    const auto first = static_cast<std::uint8_t>(root.name[0]);
    if (root.name.size() > 1) {
      prefixes_[prefix_index(first, static_cast<std::uint8_t>(root.name[1]))] = true;
    } else {
      // A name of one letter ends there or goes on with a flavor.
      prefixes_[prefix_index(first, 0)] = true;
      prefixes_[prefix_index(first, '_')] = true;
    }
  }
}

bool CandidateFinder::plausible(std::string_view name) const noexcept {
  if (name.empty()) return false;
  const auto second = name.size() > 1 ? static_cast<std::uint8_t>(name[1]) : std::uint8_t{0};
  return prefixes_[prefix_index(static_cast<std::uint8_t>(name[0]), second)];
}

std::vector<std::vector<std::uint32_t>> CandidateFinder::find(const btf::View& target) const {
  std::vector<std::vector<std::uint32_t>> found(root_count_);
  for (std::uint32_t id = 1; id < target.id_end(); ++id) {
    const Type type = target.type(id);
    if (!wire::is_known(type.kind) || !kinds_[static_cast<std::size_t>(type.kind)]) continue;
    const std::string_view name = target.string(type.name_off);
    if (!plausible(name)) continue;
    const auto wanted = by_name_.find(essential_name(name));
    if (wanted == by_name_.end()) continue;
    for (const Wanted& want : wanted->second) {
      if (want.kind == wire::core_kind(type.kind)) found[want.root].push_back(id);
    }
  }
  return found;
}

}  // namespace minbtf::core
