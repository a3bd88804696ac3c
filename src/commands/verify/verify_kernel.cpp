// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/verify_kernel.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "btf/bytes.hpp"
#include "libbpf/readback.hpp"

namespace minbtf::cli {

namespace {

/// Returns all parts of a difference that are reported.
auto content(const Difference& each) {
  const Resolution& full = each.full.resolution;
  const Resolution& reduced = each.reduced.resolution;
  return std::tie(each.object, each.relocation, each.subject, each.programs, each.loader, full.status, full.failure,
                  full.value, full.load_size, each.full.text, reduced.status, reduced.failure, reduced.value,
                  reduced.load_size, each.reduced.text);
}

}  // namespace

bool DifferenceStore::ByContent::operator()(const Differences& one, const Differences& other) const {
  return std::lexicographical_compare(
      one->begin(), one->end(), other->begin(), other->end(),
      [](const Difference& before, const Difference& after) { return content(before) < content(after); });
}

Differences DifferenceStore::keep(std::vector<Difference> differences) {
  differences.resize(std::min(differences.size(), most_));
  differences.shrink_to_fit();
  auto list = std::make_shared<const std::vector<Difference>>(std::move(differences));
  const std::lock_guard lock(mutex_);
  return *lists_.insert(std::move(list)).first;
}

VerifiedKernel verify_kernel(const VerifyContext& context, const KernelBtf& full, const archive::KernelPlace& place,
                             const ReducedTree& tree, const std::string& file, VerifyMemory& memory) {
  const std::string& name = place.name;
  const std::string path = tree.place_of(file).string();
  const Plan& plan = context.plans.plan_for(place);
  VerifiedKernel out{.kernel = name,
                     .reduced = path,
                     .order = btf::order_of(full.bytes),
                     .plan = &plan,
                     .full_bytes = full.source_bytes};
  std::span<const std::uint8_t> bytes;
  std::optional<Btf> reduced;
  try {
    bytes = tree.read(file, memory.reduced);
    out.reduced_bytes = bytes.size();
    reduced = Btf::parse({bytes.begin(), bytes.end()}, path);
  } catch (const Error& error) {
    out.error = error;
    return out;
  }
  try {
    out.comparison = plan.compare(full, name, *reduced, memory.workspace);
  } catch (const Error& error) {
    if (error.file() != path || path == name) throw;
    out.error = error;
    return out;
  }
  std::vector<Difference> differences = std::exchange(out.comparison->differences, {});
  std::vector<Difference> notes;
  if (context.loaders == Loaders::native) {
    const auto counts = [](const Difference& each) { return !each.for_foreign_loader; };
    const auto foreign = std::ranges::stable_partition(differences, counts);
    notes.assign(std::make_move_iterator(foreign.begin()), std::make_move_iterator(foreign.end()));
    differences.erase(foreign.begin(), foreign.end());
  }
  out.differences = differences.size();
  out.first_differences = context.differences.keep(std::move(differences));
  out.notes = notes.size();
  out.first_notes = context.differences.keep(std::move(notes));
  out.refusal = libbpf::libbpf_refusal(bytes);
  // If libbpf does not read the full BTF either, the reduced BTF is not to blame.
  if (!out.refusal.empty() && !libbpf::libbpf_refusal(full.bytes).empty()) out.refusal.clear();
  if (context.loader == nullptr) return out;
  if (!full.modules.empty()) {
    throw Error(ErrorKind::unsupported, name, "",
                "--oracle=libbpf cannot compare with modules: libbpf reads the BTF of modules only from the running "
                "kernel");
  }
  out.loader = context.loader->compare(full.bytes, bytes, used_objects(plan));
  // Objects of the other byte order are not used for this kernel.
  const auto is_left_out = [&](const auto& each) { return !plan.takes_part(each.object, out.order); };
  std::erase_if(out.loader->differences, is_left_out);
  std::erase_if(out.loader->stops, is_left_out);
  auto& others = out.loader->differences;
  out.loader_differences = others.size();
  others.resize(std::min(others.size(), context.differences.most()));
  others.shrink_to_fit();
  return out;
}

KernelsByPlan kernels_by_plan(const VerifyReport& report) {
  KernelsByPlan kernels;
  for (const VerifiedKernel& kernel : report.kernels) {
    if (kernel.comparison) kernels[kernel.plan].add(kernel.order);
  }
  return kernels;
}

VerifyFigures figures_of(const VerifyReport& report) {
  VerifyFigures figures{.failed = report.failed};
  for (const VerifiedKernel& kernel : report.kernels) {
    if (kernel.missing) ++figures.missing;
    if (kernel.error) ++figures.failed;
    if (!kernel.comparison) continue;
    ++figures.compared;
    if (!kernel.is_same()) ++figures.different;
    if (kernel.differences != 0) ++figures.deciding;
    if (!kernel.refusal.empty()) ++figures.refused;
    if (kernel.reduced_bytes > kernel.full_bytes) ++figures.larger;
    figures.relocations += kernel.comparison->relocations;
    figures.asked += kernel.comparison->asked;
    figures.differences += kernel.differences;
    figures.kept += kernel.comparison->kept.size();
    figures.kept_differences += kernel.comparison->kept_differences.size();
    if (!kernel.comparison->kept_differences.empty()) ++figures.kept_different;
    figures.notes += kernel.notes;
    if (kernel.notes != 0) ++figures.noted;
    if (!kernel.loader) continue;
    figures.has_loader = true;
    figures.loader_relocations += kernel.loader->relocations;
    figures.loader_differences += kernel.loader_differences;
    figures.loader_stops += kernel.loader->stops.size();
    if (kernel.loader_gave_no_result()) ++figures.without_loader_result;
  }
  return figures;
}

}  // namespace minbtf::cli
