#include "archive/same_decisions.hpp"

#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

std::string text(const Plan& plan, const Difference& difference) {
  const RelocationText relocation = plan.describe(difference.object, difference.relocation);
  std::string text = plan.objects()[difference.object].name() + ": " + relocation.program + " insn " +
                     std::to_string(relocation.insn) + ": " + std::string(to_string(relocation.kind)) + " " +
                     difference.subject + ": ";
  if (!difference.loader.empty()) text += "for " + difference.loader + " ";
  return text + difference.full.text + ", in the result " + difference.reduced.text;
}

}  // namespace

void require_same_decisions(const Plan& plan, std::span<const std::uint8_t> kernel, const std::string& name,
                            std::span<const std::uint8_t> reduced, Workspace& workspace) {
  const Btf result = Btf::parse({reduced.begin(), reduced.end()}, name + " (reduced)");
  const Comparison found = plan.compare(kernel, name, result, workspace);
  if (!found.same_byte_order) throw Error(ErrorKind::internal, name, "", "the result is in another byte order");
  if (found.holds()) return;
  const std::size_t more = found.differences.size() - 1;
  throw Error(ErrorKind::internal, name, "",
              "the result does not stand for it: " + text(plan, found.differences.front()) +
                  (more == 0 ? "" : " (and " + std::to_string(more) + " more)"));
}

}  // namespace minbtf::archive
