// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/joining_task.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "btf/bytes.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

KernelResultPtr JoiningTask::run(const KernelPlace& place, const KernelBtf& kernel) const {
  const BaseKernel base = {.btf = kernel.bytes, .file = modules_.base_file, .release = modules_.release};
  JoinedKernel joined = join_modules(
      base, modules_.sources,
      {.choice = choice_, .wanted = task_.wanted_types(btf::order_of(kernel.bytes)), .limits = limits_, .jobs = jobs_});
  faults_ = std::move(joined.faults);
  read_ = {.read = joined.read};
  for (const KernelModule& module : joined.modules) read_.needed.push_back(module.name);
  warnings_.clear();
  if (!joined.without_btf.empty()) warnings_.push_back(without_btf_text(joined.without_btf));
  KernelPlace own = place;
  own.is_directory = modules_.is_directory;
  if (modules_.is_named_by_source) own.member.clear();
  return task_.run(own, joined.kernel(kernel.bytes));
}

KernelResultPtr run_with_modules(const ProcessRequest& request, const ModulesOfKernel& modules,
                                 const ModuleChoice& choice, const KernelPlace& place, const KernelBtf& kernel,
                                 ProcessedInput& processed) {
  const std::vector<std::string> missing = missing_modules(choice, modules.sources);
  if (!missing.empty()) {
    throw Error(ErrorKind::wrong_file, place.name, "",
                fmt::format("no module {} (--modules)", fmt::join(missing, ", ")));
  }
  const JoiningTask task(request.task, modules, choice, request.limits, request.jobs);
  KernelResultPtr result = task.run(place, kernel);
  for (const ModuleFault& fault : task.faults()) {
    throw Error(fault.problem.kind, modules.sources[fault.module].path, fault.problem.where, fault.problem.reason);
  }
  processed.warnings = task.warnings();
  processed.modules_read = task.modules_read();
  return result;
}

}  // namespace minbtf::archive
