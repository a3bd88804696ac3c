// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/plans.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "archive/input/source_reader.hpp"
#include "base/sorted.hpp"

namespace minbtf::archive {

namespace {

constexpr const char* no_architecture =
    "{bpfarch} needs the architecture of this kernel, and no directory of its path is named after one (x86_64, arm64, "
    "...)";

std::string reason_of(std::string_view architecture, const Error& error) {
  return "no objects for " + std::string(architecture) + ": " + error.what();
}

std::shared_ptr<const Plan> not_owned(const Plan& plan) { return {std::shared_ptr<const Plan>(), &plan}; }

template <typename Get>
WantedTypes merged(const std::vector<Plans::Part>& parts, Get&& get) {
  if (parts.size() == 1) return get(*parts.front().plan);
  WantedTypes all;
  for (const Plans::Part& part : parts) {
    WantedTypes more = get(*part.plan);
    std::ranges::move(more.names, std::back_inserter(all.names));
    std::ranges::move(more.extras, std::back_inserter(all.extras));
    std::ranges::move(more.whole_only, std::back_inserter(all.whole_only));
    all.follows_pointers = all.follows_pointers || more.follows_pointers;
  }
  base::sort_unique(all.names);
  base::sort_unique(all.extras);
  base::sort_unique(all.whole_only);
  return all;
}

}  // namespace

Plans::Plans(const Plan& all) : all_(&all) { parts_.push_back({.architectures = {}, .plan = not_owned(all)}); }

Plans::Plans(const Plan& all, ObjectArchitectures architectures, const Architecture* input) : all_(&all) {
  by_architecture_.emplace(ByArchitecture{.objects = std::move(architectures), .input = input});
  const ObjectArchitectures& objects = by_architecture_->objects;
  std::map<std::vector<bool>, std::size_t> known;  // by the objects that are used: index in parts_
  for (const std::string_view name : bpf_architectures()) {
    if (objects.missing.contains(name)) continue;
    std::vector<bool> used;
    for (const auto& names : objects.of_objects) used.push_back(std::ranges::binary_search(names, name));
    const auto [entry, is_new] = known.try_emplace(used, parts_.size());
    if (is_new) {
      const bool uses_all = std::ranges::find(used, false) == used.end();
      parts_.push_back({.architectures = {},
                        .plan = uses_all ? not_owned(all) : std::make_shared<const Plan>(all.using_only(used))});
    }
    parts_[entry->second].architectures.push_back(name);
    by_architecture_->parts.emplace(name, entry->second);
  }
}

std::optional<std::vector<std::string_view>> Plans::architectures_of(std::size_t object) const {
  if (!by_architecture_ || by_architecture_->objects.serves_all(object)) return std::nullopt;
  return by_architecture_->objects.of_objects[object];
}

const Plan& Plans::plan_for(const KernelPlace& place) const {
  if (!by_architecture_) return *all_;
  return plan_for(selection_path(place.source, place.member), place.name);
}

const Plan& Plans::plan_for(std::string_view path, const std::string& name) const {
  if (!by_architecture_) return *all_;
  const Architecture* architecture = architecture_of_path(path);
  if (architecture == nullptr) architecture = by_architecture_->input;
  if (architecture == nullptr) throw Error(ErrorKind::wrong_file, name, "", no_architecture);
  const std::string_view word = architecture->bpf_name;
  if (const auto missing = by_architecture_->objects.missing.find(word);
      missing != by_architecture_->objects.missing.end()) {
    throw Error(missing->second.kind(), name, "", reason_of(word, missing->second));
  }
  return *parts_[by_architecture_->parts.at(word)].plan;
}

std::string Plans::place_class(std::string_view path) const {
  if (!by_architecture_) return {};
  const Architecture* architecture = architecture_of_path(path);
  if (architecture == nullptr) architecture = by_architecture_->input;
  if (architecture == nullptr) return "no architecture";
  const auto part = by_architecture_->parts.find(architecture->bpf_name);
  if (part == by_architecture_->parts.end()) return std::string(architecture->bpf_name);
  std::string names;
  for (const std::string_view name : parts_[part->second].architectures) {
    names += (names.empty() ? "" : ",") + std::string(name);
  }
  return names;
}

std::set<std::string> Plans::error_reasons() const {
  if (!by_architecture_) return {};
  std::set<std::string> reasons = {no_architecture};
  for (const auto& [name, error] : by_architecture_->objects.missing) reasons.insert(reason_of(name, error));
  return reasons;
}

WantedTypes Plans::wanted_types(ByteOrder order) const {
  return merged(parts_, [&](const Plan& plan) { return plan.wanted_types(order); });
}

WantedTypes Plans::wanted_types_of_check(ByteOrder order) const {
  return merged(parts_, [&](const Plan& plan) { return plan.wanted_types_of_check(order); });
}

WantedTypes Plans::wanted_types_of_all() const {
  return merged(parts_, [](const Plan& plan) { return plan.wanted_types_of_all(); });
}

}  // namespace minbtf::archive
