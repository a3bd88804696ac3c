// An input that is a directory: each file below it is a source, and several are done side by side.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "archive/input/input.hpp"
#include "archive/input/source_tree.hpp"

namespace minbtf::archive {

class DirectoryInput final : public Input {
 public:
  DirectoryInput(const std::string& path, const InputOptions& options) : Input(path), options_(options) {}

  [[nodiscard]] const char* noun() const noexcept override { return "directory"; }
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  /// The directory is looked through once; later calls take the files that the first one found.
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  InputOptions options_;
  std::optional<SourceTree> found_;
};

}  // namespace minbtf::archive
