// SPDX-License-Identifier: BSD-2-Clause
// A directory as INPUT: each file below it is a source. Several sources are processed in parallel.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/input/input.hpp"
#include "archive/input/source_tree.hpp"

namespace minbtf::archive {

class DirectoryInput final : public Input {
 public:
  DirectoryInput(const std::string& path, const InputOptions& options) : Input(path), options_(options) {}

  /// Returns the directory of a regular file as an input that has only this file. `selection` must be that of the
  /// request for which the input is used. Throws Error: io, or wrong_file if no kernel can be in the file.
  [[nodiscard]] static std::unique_ptr<DirectoryInput> of_file(const std::string& file, const PathSelection& selection,
                                                               const UnpackLimits& limits);

  [[nodiscard]] const char* noun() const noexcept override { return "directory"; }
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  /// Searches the directory once; later calls use the files that the first call found.
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  InputOptions options_;
  std::optional<SourceTree> found_;
};

}  // namespace minbtf::archive
