// SPDX-License-Identifier: BSD-2-Clause
// The calls that are timed, in one place.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/plan.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/query_plan.hpp"
#include "minimize/query/resolved.hpp"
#include "minimize/reduce/canonical.hpp"
#include "minimize/reduce/encode.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::bench {

inline Btf index(std::vector<std::uint8_t> bytes, const std::string& name) {
  return Btf::parse(std::move(bytes), name);
}

/// Indexes a kernel as a run over several kernels does, with the memory of the kernel before. Returns the end of the
/// ids.
inline std::uint32_t index_in_place(std::span<const std::uint8_t> bytes, const std::string& name, btf::Index& memory) {
  btf::View view = btf::View::parse_in_place(bytes, name, std::move(memory));
  const std::uint32_t types = view.id_end();
  memory = std::move(view).take_index();
  return types;
}

inline BpfObject load(std::span<const std::uint8_t> bytes, const std::string& name) {
  return BpfObject::parse(bytes, name);
}

inline std::shared_ptr<const minimize::QueryPlan> make_query_plan(std::vector<BpfObject> objects) {
  return std::make_shared<const minimize::QueryPlan>(minimize::make_query_plan(std::move(objects)));
}

/// Evaluates every question against every candidate, and resolves every relocation.
inline Resolutions resolve(const std::shared_ptr<const minimize::QueryPlan>& plan, const Btf& kernel) {
  return minimize::resolutions_of(
      minimize::resolve_all(plan, minimize::ask_all_questions(*plan, btf::view_of(kernel))));
}

inline Reduction reduce(const Plan& plan, const Btf& kernel) { return plan.minimize(kernel); }

inline minimize::Encoded encode(const Btf& source, const minimize::Selection& selection) {
  return minimize::encode(btf::view_of(source), selection,
                          minimize::canonical_order(btf::view_of(source), selection, {}));
}

}  // namespace minbtf::bench
