// SPDX-License-Identifier: BSD-2-Clause
#include "support/pack_case.hpp"

#include <algorithm>
#include <utility>

#include "minbtf/error.hpp"
#include "object/object_data.hpp"
#include "pack/pack_writer.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

std::string type_text(const btf::View& view, std::uint32_t id) {
  if (id == 0) return "-";
  const btf::Type type = view.type(id);
  std::string text = std::string(btf::shape(type.kind).name) + " " + std::string(view.string(type.name_off));
  if (btf::shape(type.kind).third == btf::Third::size) text += " of " + std::to_string(type.size_or_type);
  return text;
}

/// Returns a resolution without the type ids of the kernel.
std::string text_of(const Plan& plan, const Btf& kernel, const Resolution& each) {
  const object::Record& record = object::data_of(plan.objects()[each.object]).records[each.relocation];
  const bool is_id = record.kind == static_cast<std::uint32_t>(RelocationKind::type_id_target);
  std::string value = std::to_string(each.value);
  if (is_id) value = type_text(btf::view_of(kernel), static_cast<std::uint32_t>(each.value));
  return std::to_string(each.object) + "." + std::to_string(each.relocation) + ": " +
         std::to_string(static_cast<int>(each.status)) + " " + std::string(to_string(each.failure)) + " " + value +
         " load " + std::to_string(each.load_size) + " of " + std::to_string(each.matching) + "/" +
         std::to_string(each.candidates) + " " + type_text(btf::view_of(kernel), each.target_type) + "\n";
}

std::string text_of(const UnresolvedRelocation& each) {
  return std::to_string(each.object) + "." + std::to_string(each.relocation) + " of " + std::to_string(each.program) +
         ": " + std::to_string(static_cast<int>(each.status)) + " " + std::string(to_string(each.failure)) + " " +
         std::string(to_string(each.guard)) + " " + to_string(each.why) + " " + to_string(each.conditions) + "\n";
}

std::string text_of(const Comparison& comparison) {
  std::string text = std::to_string(comparison.relocations) + " " + std::to_string(comparison.questions) + " " +
                     std::to_string(comparison.asked) + " " + std::to_string(comparison.same_byte_order) + "\n";
  for (const Difference& each : comparison.differences) {
    text += std::to_string(each.object) + "." + std::to_string(each.relocation) + " " + each.subject + ":";
    for (const std::size_t program : each.programs) text += " " + std::to_string(program);
    text += " " + each.loader + " " + std::to_string(each.for_foreign_loader) + " " + each.full.text + " and " +
            each.reduced.text + "\n";
  }
  return text;
}

/// Returns the first line that is different.
std::string difference(const std::string& what, const std::string& whole, const std::string& stand_in) {
  const auto [at, other] = std::ranges::mismatch(whole, stand_in);
  const auto begin = whole.rfind('\n', static_cast<std::size_t>(at - whole.begin())) + 1;
  return what + "\n  whole:    " + whole.substr(begin, 300) +
         "\n  stand-in: " + stand_in.substr(std::min(begin, stand_in.size()), 300);
}

}  // namespace

PackedKernels::PackedKernels(std::vector<Bytes> kernels, pack::PackContents contents) : kernels_(std::move(kernels)) {
  pack::PackWriter writer(contents);
  pack::Catalog catalog;
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    const std::string name = std::to_string(1000000 + i) + ".btf";
    const std::uint32_t number = writer.add_kernel(kernels_[i], name);
    reasons_.push_back(writer.verbatim_reason(number));
    pack::PackedSource source;
    source.path = name;
    source.members = {{.path = "", .kernel = number}};
    catalog.sources.push_back(std::move(source));
  }
  bytes_ = writer.finish(std::move(catalog));
  pack_ = std::make_unique<pack::Pack>(bytes_, "pack");
}

std::size_t PackedKernels::verbatim_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(reasons_, [](const auto& reason) { return !reason.empty(); }));
}

Bytes PackedKernels::stand_in(std::size_t kernel, const WantedTypes& wanted) const {
  return made(kernel, {.names = wanted.names,
                       .follows_pointers = wanted.follows_pointers,
                       .extras = !wanted.extras.empty(),
                       .name = "kernel"});
}

Bytes PackedKernels::exported(std::size_t kernel) const {
  return made(kernel, {.follows_pointers = true, .everything = true, .name = "kernel"});
}

Bytes PackedKernels::made(std::size_t kernel, const pack::StandInRequest& request) const {
  io::Buffer memory;
  const auto btf = pack_->kernel_btf(number(kernel), request, whole(kernel).size(), memory);
  return {btf.begin(), btf.end()};
}

KernelBtf PackedKernels::as_kernel(std::size_t kernel, const Bytes& stand_in) const {
  return {stand_in, facts(kernel).bytes, facts(kernel).types};
}

PlanResults results_of(const Plan& plan, const KernelBtf& kernel, const KernelBtf& of_check,
                       std::span<const Bytes> compared) {
  Workspace workspace;
  PlanResults results;
  const std::string error = error_text([&] {
    const Reduction reduction = plan.minimize(kernel, "kernel", workspace);
    const Btf btf = Btf::parse({kernel.bytes.begin(), kernel.bytes.end()}, "kernel");
    results.reduced = reduction.bytes;
    results.minimize = std::to_string(reduction.types) + " " + std::to_string(reduction.members) + " " +
                       std::to_string(reduction.enumerators) + " " + std::to_string(reduction.source_types) + "\n";
    for (const Resolution& each : reduction.resolutions) results.minimize += text_of(plan, btf, each);
  });
  results.minimize += error;
  results.check = error_text([&] {
                    for (const UnresolvedRelocation& each : plan.check(of_check, "kernel", workspace))
                      results.check += text_of(each);
                  }) +
                  "\n" + results.check;
  for (const Bytes& other : compared) {
    std::string text;
    const std::string failed =
        error_text([&] { text = text_of(plan.compare(kernel, "kernel", Btf::parse(other, "other"), workspace)); });
    results.compare += failed + " " + text;
  }
  return results;
}

std::string wrong_with_stand_in(const Plan& plan, const PackedKernels& kernels, std::size_t kernel,
                                std::vector<Bytes> compared) {
  const ByteOrder order = kernels.facts(kernel).order;
  const Bytes stand_in = kernels.stand_in(kernel, plan.wanted_types(order));
  const Bytes of_check = kernels.stand_in(kernel, plan.wanted_types_of_check(order));
  compared.push_back(BtfForge(order).bytes());
  const Bytes& whole = kernels.whole(kernel);
  (void)error_text([&] { compared.push_back(plan.minimize(Btf::parse(whole, "kernel")).bytes); });
  const PlanResults expected = results_of(plan, KernelBtf(whole), KernelBtf(whole), compared);
  const PlanResults found =
      results_of(plan, kernels.as_kernel(kernel, stand_in), kernels.as_kernel(kernel, of_check), compared);
  if (found.minimize != expected.minimize) return difference("minimize()", expected.minimize, found.minimize);
  if (found.reduced != expected.reduced) return "minimize(): other bytes";
  if (found.check != expected.check) return difference("check()", expected.check, found.check);
  if (found.compare != expected.compare) return difference("compare()", expected.compare, found.compare);
  return "";
}

}  // namespace minbtf::test
