// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/shipment.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "archive/bundle_path.hpp"
#include "base/sorted.hpp"

namespace minbtf::archive {

namespace {

/// Claim of a kernel to a name; the lowest is the best.
enum class Rank : std::uint8_t { own_path, own_id, other_id };

struct Claim {
  std::string path;
  Distribution distribution;
  Rank rank = Rank::own_path;
  std::size_t kernel = 0;
};

/// Returns the forms in which a consumer looks for a distribution.
std::vector<Distribution> forms_of(const Distribution& name, OsRelease how) {
  if (how == OsRelease::plain) return {name};
  const std::string version = how == OsRelease::bcc && has_bare_version(name.id) ? "" : name.version;
  const Distribution bare{.id = name.id, .version = version};
  const Distribution quoted{.id = "\"" + name.id + "\"", .version = version};
  switch (quotes_of_id(name.id)) {
    case Quotes::no:
      return {bare};
    case Quotes::yes:
      return {quoted};
    case Quotes::unknown:
      break;
  }
  return {bare, quoted};
}

class Planner {
 public:
  Planner(const std::vector<ShippedKernel>& kernels, const ShipRules& rules)
      : kernels_(kernels),
        rules_(rules),
        path_(rules.preset != nullptr ? rules.preset->path : std::string_view(rules.path)) {
    result_.packing = path_.packing();
  }

  Shipment run() && {
    for (std::size_t i = 0; i < kernels_.size(); ++i) add_kernel(i);
    std::ranges::stable_sort(claims_, [](const Claim& one, const Claim& other) {
      return std::tie(one.path, one.rank) < std::tie(other.path, other.rank);
    });
    for (auto first = claims_.begin(); first != claims_.end();) {
      const auto end = std::find_if(first, claims_.end(), [&](const Claim& each) { return each.path != first->path; });
      settle(first, end);
      first = end;
    }
    return std::move(result_);
  }

 private:
  using Iterator = std::vector<Claim>::iterator;

  void add_kernel(std::size_t index) {
    const KernelPath& kernel = kernels_[index].path;
    const Distribution own{.id = kernel.id, .version = kernel.version};
    FieldValues values;
    values[PathField::id] = own.id;
    values[PathField::version] = own.version;
    values[PathField::release] = kernel.release;
    if (kernel.architecture != nullptr) values.set_architecture(*kernel.architecture);
    if (const auto missing = missing_of(values)) {
      result_.incomplete.emplace_back(index, *missing);
      return;
    }
    const std::size_t before = claims_.size();
    claim(index, own, Rank::own_path, values);
    const std::vector<Distribution> aliases = own.id.empty() ? std::vector<Distribution>() : aliases_of(kernel, own);
    for (const Distribution& alias : aliases) {
      claim(index, alias, alias.id == own.id ? Rank::own_id : Rank::other_id, values);
    }
    if (uses_release() && path_.has(PathField::version) && has_minor_version(own.id)) {
      const auto is_found = [&](const Distribution& name) {
        return name.id == own.id && name.version.find('.') != name.version.npos;
      };
      if (!is_found(own) && std::ranges::none_of(aliases, is_found)) result_.major_only.push_back(index);
    }
    if (claims_.size() == before) result_.nameless.push_back(index);
  }

  [[nodiscard]] bool is_bundle() const { return rules_.preset != nullptr && rules_.preset->is_bundle; }

  [[nodiscard]] std::optional<PathField> missing_of(const FieldValues& values) const {
    if (!is_bundle()) return path_.missing(values);
    if (values[PathField::release] == "vmlinux") return PathField::release;  // the name of a file, see bundle_fault()
    return PathTemplate("{arch}/{release}").missing(values);
  }

  [[nodiscard]] std::string path_of(const std::string& id, const FieldValues& values) const {
    if (!is_bundle()) return template_for(id).expand(values);
    return bundle_path(values[PathField::id], values[PathField::version], values[PathField::arch],
                       values[PathField::release]);
  }

  [[nodiscard]] bool uses_release() const {
    return rules_.release_aliases && (rules_.preset == nullptr || rules_.preset->release_aliases);
  }

  [[nodiscard]] std::vector<Distribution> aliases_of(const KernelPath& kernel, const Distribution& own) const {
    std::vector<Distribution> aliases;
    if (uses_release()) aliases = distributions_of(kernel);
    if (rules_.aliases != nullptr) {
      std::vector<Distribution> names = aliases;
      names.push_back(own);
      const std::vector<Distribution> more = rules_.aliases->aliases_of(names);
      aliases.insert(aliases.end(), more.begin(), more.end());
      base::sort_unique(aliases);
    }
    return aliases;
  }

  void claim(std::size_t index, const Distribution& name, Rank rank, FieldValues values) {
    const OsRelease how = rules_.preset != nullptr ? rules_.preset->os_release : OsRelease::plain;
    for (const Distribution& form : forms_of(name, how)) {
      values[PathField::id] = form.id;
      values[PathField::version] = form.version;
      std::string path = path_of(name.id, values);
      std::string reason = refusal(name.id, path);
      if (reason.empty()) {
        claims_.push_back({.path = std::move(path), .distribution = form, .rank = rank, .kernel = index});
      } else {
        result_.refused.push_back({.path = std::move(path), .kernel = index, .reason = std::move(reason)});
      }
    }
  }

  [[nodiscard]] PathTemplate template_for(std::string_view id) const {
    const Preset* const preset = rules_.preset;
    if (preset == nullptr || preset->special_id.empty() || preset->special_id != id) return path_;
    return PathTemplate(preset->special_path);
  }

  [[nodiscard]] std::string refusal(std::string_view id, std::string_view path) const {
    const Preset* const preset = rules_.preset;
    if (preset == nullptr) return {};
    if (!preset->ids.empty() && std::ranges::find(preset->ids, id) == preset->ids.end()) {
      return "the consumer does not know the distribution " + std::string(id);
    }
    return refusal_of(preset->limit, path);
  }

  /// Decides which of the claims to one path is used.
  void settle(Iterator first, Iterator end) {
    const Claim& best = *first;
    result_.names.push_back({.path = best.path,
                             .kernel = best.kernel,
                             .is_alias = best.rank != Rank::own_path,
                             .distribution = best.distribution});
    for (auto each = first + 1; each != end; ++each) {
      if (*kernels_[each->kernel].content == *kernels_[best.kernel].content) continue;
      if (each->rank == best.rank) {
        result_.conflicts.push_back(
            {.path = best.path, .kernel = each->kernel, .other = best.kernel, .is_alias = best.rank != Rank::own_path});
      } else {
        ++result_.yielded;
      }
    }
  }

  const std::vector<ShippedKernel>& kernels_;
  const ShipRules& rules_;
  PathTemplate path_;
  std::vector<Claim> claims_;
  Shipment result_;
};

}  // namespace

Shipment plan_shipment(const std::vector<ShippedKernel>& kernels, const ShipRules& rules) {
  return Planner(kernels, rules).run();
}

}  // namespace minbtf::archive
