// SPDX-License-Identifier: BSD-2-Clause
// A tar or bundle of many kernels as INPUT. One thread at a time reads the tar. All threads decompress and process its
// members.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

class TarInput final : public Input {
 public:
  /// `file` is an open regular file. process() reads it twice: for the hash, and for the members unless the cache has
  /// the outcome.
  TarInput(const std::string& path, io::InputFile file, std::optional<ModuleChoice> modules)
      : Input(path), file_(std::move(file)), modules_(std::move(modules)) {}

  [[nodiscard]] const char* noun() const noexcept override { return "tar"; }
  /// Reads the only selected kernel.
  void load_one(const PathSelection& selection, const UnpackLimits& limits) override;
  /// Returns the BTF of load_one().
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  io::InputFile file_;
  std::optional<ModuleChoice> modules_;  ///< nothing: modules are ignored
  std::vector<std::uint8_t> chosen_;     ///< BTF of load_one(); empty before
};

}  // namespace minbtf::archive
