// An input that is a tar of many kernels: one thread reads it, and its members are unpacked and done side by side.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "archive/input/input.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

class TarInput final : public Input {
 public:
  /// `file` is a regular one, and open.
  TarInput(const std::string& path, io::InputFile file) : Input(path), file_(std::move(file)) {}

  [[nodiscard]] const char* noun() const noexcept override { return "tar"; }
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  io::InputFile file_;
};

}  // namespace minbtf::archive
