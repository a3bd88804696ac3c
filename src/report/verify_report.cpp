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
    figures.relocations += kernel.comparison->relocations;
    figures.asked += kernel.comparison->asked;
    figures.differences += kernel.differences;
  }
  return figures;
}

}  // namespace minbtf::report
