#include "report/verify_report.hpp"

namespace minbtf::report {

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
    if (!kernel.loader) continue;
    figures.has_loader = true;
    figures.loader_relocations += kernel.loader->relocations;
    figures.loader_differences += kernel.loader_differences;
    figures.loader_stops += kernel.loader->stops.size();
    if (kernel.loader_is_mute()) ++figures.mute;
  }
  return figures;
}

}  // namespace minbtf::report
