// SPDX-License-Identifier: BSD-2-Clause
// A task that joins a kernel with its modules, and then runs another task.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/kernel_modules.hpp"
#include "archive/input/kernel_task.hpp"
#include "archive/unpack/unpack.hpp"

namespace minbtf::archive {

/// Where the modules of one kernel come from.
struct ModulesOfKernel {
  std::vector<ModuleSource> sources;
  std::string base_file;  ///< the kernel, for messages
  std::string release;    ///< release_of_kernel()
  /// The kernel is the directory that it is in (FoundKernel::is_directory).
  bool is_directory = false;
  /// The kernel is named by its source, also if the source is a tar.
  bool is_named_by_source = false;
};

/// For one kernel: run() is called once. `task` and `modules` have to outlive this object.
class JoiningTask final : public KernelTask {
 public:
  JoiningTask(const KernelTask& task, const ModulesOfKernel& modules, ModuleChoice choice, const UnpackLimits& limits,
              std::size_t jobs)
      : task_(task), modules_(modules), choice_(std::move(choice)), limits_(limits), jobs_(jobs) {}

  /// Runs the task for the kernel and its modules. Throws Error as join_modules() and the task do.
  [[nodiscard]] KernelResultPtr run(const KernelPlace& place, const KernelBtf& kernel) const override;
  [[nodiscard]] bool is_same(const KernelResult& one, const KernelResult& other) const override {
    return task_.is_same(one, other);
  }
  [[nodiscard]] bool depends_on_place() const noexcept override { return task_.depends_on_place(); }
  [[nodiscard]] std::string place_class(std::string_view path) const override { return task_.place_class(path); }

  /// Modules that were left out by the last run().
  [[nodiscard]] const std::vector<ModuleFault>& faults() const noexcept { return faults_; }
  [[nodiscard]] const ModulesRead& modules_read() const noexcept { return read_; }
  /// Warnings of the last run(), in whole sentences.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  const KernelTask& task_;
  const ModulesOfKernel& modules_;
  ModuleChoice choice_;
  UnpackLimits limits_;
  std::size_t jobs_;
  mutable std::vector<ModuleFault> faults_;
  mutable ModulesRead read_;
  mutable std::vector<std::string> warnings_;
};

/// Runs the task of the request for the only kernel of an input, with its modules. Throws Error also for the first
/// module that would be left out, and if the kernel has no module of a name in `choice`. Sets the warnings and
/// modules_read of `processed`.
[[nodiscard]] KernelResultPtr run_with_modules(const ProcessRequest& request, const ModulesOfKernel& modules,
                                               const ModuleChoice& choice, const KernelPlace& place,
                                               const KernelBtf& kernel, ProcessedInput& processed);

}  // namespace minbtf::archive
