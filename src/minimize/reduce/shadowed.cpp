// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/shadowed.hpp"

#include <algorithm>
#include <string_view>

#include "base/short_text.hpp"
#include "base/sorted.hpp"
#include "btf/essential_name.hpp"
#include "minimize/reduce/kept_types.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::minimize {

namespace {

/// Returns the first type of vmlinux with the kind and essential name of `type`.
std::uint32_t shadowing(const btf::View& source, const btf::Type& type) {
  const std::string_view name = btf::essential_name(source.string(type.name_off));
  for (std::uint32_t id = 1; id < source.base_end(); ++id) {
    const btf::Type other = source.type(id);
    if (btf::core_kind(other.kind) == btf::core_kind(type.kind) &&
        btf::essential_name(source.string(other.name_off)) == name) {
      return id;
    }
  }
  return 0;
}

std::string words_of(const btf::View& source, const btf::Type& type) {
  return std::string(btf::message_word(type.kind)) + " " + base::short_text(source.text(type.name_off));
}

}  // namespace

std::vector<std::uint32_t> shadowed_types(const QueryPlan& plan, const btf::View& source) {
  if (!source.has_modules()) return {};
  std::vector<std::uint32_t> out = plan.finder->shadowed(source);
  if (plan.keeps != nullptr) {
    const std::vector<std::uint32_t> of_keeps = plan.keeps->shadowed(source);
    out.insert(out.end(), of_keeps.begin(), of_keeps.end());
    base::sort_unique(out);
  }
  return out;
}

std::string lost_name(const btf::View& source, std::span<const core::Dependency> dependencies,
                      std::span<const std::uint32_t> shadowed) {
  const Selection selection = select(source, dependencies, shadowed);
  const auto found = std::ranges::find(selection.types, true, &SelectedType::nameless);
  if (found == selection.types.end()) return {};
  const btf::Type type = source.type(found->id);
  const std::uint32_t other = shadowing(source, type);
  return words_of(source, type) + " of module " + base::short_text(source.module_of(found->id).name) + " (type [" +
         std::to_string(source.own_id(found->id)) + "]), but in the reduced BTF only " +
         words_of(source, source.type(other)) + " of vmlinux (type [" + std::to_string(other) + "]) can have this name";
}

std::string lost_name_of_keep(const QueryPlan& plan, const btf::View& source, std::size_t keep) {
  const std::vector<std::uint32_t> shadowed = shadowed_types(plan, source);
  if (shadowed.empty()) return {};
  const Keep& named = plan.keeps->keeps()[keep];
  const KeepFinder alone({named});
  std::string lost = lost_name(source, find_kept_types(alone, source).dependencies, shadowed);
  // A pointer may lead to a type that another keep names.
  if (lost.empty()) lost = lost_name(source, find_kept_types(*plan.keeps, source).dependencies, shadowed);
  if (lost.empty()) return {};
  return base::short_text(named.text()) + ", which is kept by name, needs the name of " + lost;
}

}  // namespace minbtf::minimize
