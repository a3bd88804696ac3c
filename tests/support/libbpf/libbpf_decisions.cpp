// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/libbpf_decisions.hpp"

#include "minbtf/resolution.hpp"

namespace minbtf::test {

namespace {

std::string ours_text(const Resolution& resolution) {
  if (resolution.status == Status::failed) return "failed: " + std::string(to_string(resolution.failure));
  if (resolution.status == Status::poisoned) return "poisoned";
  return "value " + std::to_string(resolution.value) + ", load " + std::to_string(resolution.load_size);
}

std::string disagreement(const Verdict& theirs, const Resolution& ours) {
  const bool same_status =
      theirs.failed() == (ours.status == Status::failed) && theirs.poison == (ours.status == Status::poisoned);
  const bool names_type = theirs.kind == static_cast<std::uint32_t>(RelocationKind::type_id_target);
  const bool same_value = ours.status != Status::resolved ||
                          ((names_type || theirs.new_val == ours.value) && theirs.load_size == ours.load_size);
  if (same_status && same_value) return "";
  return "relocation " + std::to_string(ours.relocation) + ": libbpf " + theirs.text() + ", ours " + ours_text(ours);
}

std::string difference(const std::vector<Verdict>& full, const std::vector<Verdict>& reduced) {
  for (std::size_t i = 0; i < full.size(); ++i) {
    if (full[i] == reduced[i]) continue;
    return "relocation " + std::to_string(full[i].relocation) + ": full " + full[i].text() + ", reduced " +
           reduced[i].text();
  }
  return "";
}

}  // namespace

std::string wrong_by_libbpf(const LibbpfCase& each, const std::vector<bool>& loaded, LawRules rules,
                            std::vector<Resolution>& ours) {
  const auto on = [&](ResolverTarget& target, Rules by) { return each.object.resolve(target, loaded, by); };
  std::string wrong;
  if (rules == LawRules::newest_and_linked) {
    wrong = difference(on(each.on_full, Rules::linked), on(each.on_reduced, Rules::linked));
    if (!wrong.empty()) return "linked libbpf, " + wrong;
  }
  const std::vector<Verdict> newest = on(each.on_full, Rules::newest);
  wrong = difference(newest, on(each.on_reduced, Rules::newest));
  if (!wrong.empty()) return "newest rules, " + wrong;
  ours = each.plan.resolve(each.full, 0, loaded);
  if (newest.size() != ours.size()) return "another number of relocations";
  for (std::size_t i = 0; i < ours.size() && wrong.empty(); ++i) wrong = disagreement(newest[i], ours[i]);
  return wrong;
}

}  // namespace minbtf::test
