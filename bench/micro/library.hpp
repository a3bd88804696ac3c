// The calls that are timed, in one place.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/plan.hpp"
#include "minimize/answers.hpp"
#include "minimize/canonical.hpp"
#include "minimize/encode.hpp"
#include "minimize/planned.hpp"
#include "minimize/selection.hpp"

namespace minbtf::bench {

inline Btf index(std::vector<std::uint8_t> bytes, const std::string& name) {
  return Btf::parse(std::move(bytes), name);
}

inline BpfObject load(std::vector<std::uint8_t> bytes, const std::string& name) {
  return BpfObject::parse(std::move(bytes), name);
}

inline minimize::Planned make_plan(std::vector<BpfObject> objects) { return minimize::make_plan(std::move(objects)); }

/// Every question put to every candidate, and what each record comes to.
inline std::vector<Resolution> resolve(const minimize::Planned& plan, const Btf& kernel) {
  const minimize::Answers answers = minimize::ask_all(plan, kernel.view());
  std::vector<Resolution> all;
  for (std::size_t object = 0; object < plan.objects.size(); ++object) {
    const auto resolutions = minimize::resolve_object(plan, answers, object, {});
    all.insert(all.end(), resolutions.begin(), resolutions.end());
  }
  return all;
}

inline Reduction reduce(const Plan& plan, const Btf& kernel) { return plan.minimize(kernel); }

inline minimize::Encoded encode(const Btf& source, const minimize::Selection& selection) {
  return minimize::encode(source.view(), selection, minimize::canonical_order(source.view(), selection, {}));
}

}  // namespace minbtf::bench
