// SPDX-License-Identifier: BSD-2-Clause
// One kernel with modules as INPUT: the BTF of vmlinux is in one file, that of each module in another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/joining_task.hpp"
#include "archive/input/kernel_file.hpp"
#include "archive/input/module_options.hpp"
#include "archive/unpack/unpack.hpp"

namespace minbtf::archive {

/// The calling thread runs the task. A module that cannot be read, that does not fit, or that --modules names and is
/// not there, is an error: process() throws it.
class KernelWithModules final : public Input {
 public:
  /// `path` is INPUT: the file of vmlinux, a module, or a directory. `base` is the file with the BTF of vmlinux, as
  /// read_kernel() reads it.
  KernelWithModules(const std::string& path, const std::string& base, std::vector<ModuleSource> modules,
                    ModuleChoice choice, const UnpackLimits& limits);

  [[nodiscard]] const char* noun() const noexcept override { return "kernel"; }
  [[nodiscard]] bool is_one_kernel() const noexcept override { return true; }
  [[nodiscard]] std::vector<std::string> files() const override;
  /// Returns the directory with `.btf` appended if INPUT is the directory of the kernel, otherwise the file of vmlinux.
  [[nodiscard]] std::string naming_path() const override;
  void load() override;
  /// Returns the BTF of vmlinux alone.
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override { return *base_; }
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  ModulesOfKernel modules_;
  ModuleChoice choice_;
  UnpackLimits limits_;
  KernelMemory memory_;
  std::optional<std::span<const std::uint8_t>> base_;
};

}  // namespace minbtf::archive
