// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/same_decisions.hpp"

#include <algorithm>

#include "object/object_data.hpp"
#include "support/libbpf/libbpf_btf.hpp"
#include "support/libbpf/libbpf_limits.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t single_programs = 3;  ///< more programs take time and find nothing new

std::string type_words(const btf::View& kernel, std::uint64_t id) {
  const btf::Type type = kernel.type(static_cast<std::uint32_t>(id));
  return std::to_string(static_cast<unsigned>(type.kind)) + " " + std::string(kernel.string(type.name_off));
}

std::string text(const BpfObject& object, const Btf& kernel, const Resolution& resolution) {
  std::string out = "record " + std::to_string(resolution.relocation) + ": ";
  out += std::string(resolution.status == Status::failed     ? to_string(resolution.failure)
                     : resolution.status == Status::poisoned ? "poison"
                                                             : "resolved");
  const std::uint32_t kind = object::data_of(object).records[resolution.relocation].kind;
  if (kind == static_cast<std::uint32_t>(RelocationKind::type_id_target)) {
    if (resolution.status == Status::resolved) out += " type " + type_words(btf::view_of(kernel), resolution.value);
  } else {
    out += " " + std::to_string(resolution.value);
  }
  return out + " load " + std::to_string(resolution.load_size);
}

std::string compare(const Plan& plan, const Btf& full, const Btf& reduced, const std::vector<bool>& programs) {
  const BpfObject& object = plan.objects()[0];
  const auto before = plan.resolve(full, 0, programs);
  const auto after = plan.resolve(reduced, 0, programs);
  if (before.size() != after.size()) return "another number of resolutions";
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string on_full = text(object, full, before[i]);
    const std::string on_reduced = text(object, reduced, after[i]);
    if (on_full != on_reduced) return on_full + ", reduced " + on_reduced;
  }
  return "";
}

/// libbpf 1.1 reads only 16 bits of vlen.
bool too_wide_for_libbpf(const btf::View& view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    if (view.type(id).vlen > 0xffff) return true;
  }
  return false;
}

}  // namespace

std::string wrong_with_reduction(const Plan& plan, const Btf& full) {
  const std::vector<std::uint8_t> bytes = plan.minimize(full).bytes;
  const Btf reduced = Btf::parse(bytes, "reduced");
  if (reduced.byte_order() != full.byte_order()) return "another byte order";
  if (!too_wide_for_libbpf(btf::view_of(reduced)) && !LibbpfBtf(bytes).accepted()) return refused_by_libbpf;
  if (has_endless_answer(plan, full)) return "";
  if (plan.minimize(reduced).bytes != bytes) return "reducing the result again changes it";
  std::string wrong = compare(plan, full, reduced, {});
  const std::size_t programs = plan.objects()[0].programs().size();
  for (std::size_t i = 0; i < std::min(programs, single_programs) && wrong.empty(); ++i) {
    std::vector<bool> one(programs);
    one[i] = true;
    wrong = compare(plan, full, reduced, one);
  }
  return wrong;
}

}  // namespace minbtf::test
