// SPDX-License-Identifier: BSD-2-Clause
// A pack as INPUT. Its sources and members are those of the inputs that it was made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "io/read/buffer.hpp"
#include "io/read/input_file.hpp"
#include "pack/pack.hpp"

namespace minbtf::archive {

/// An input of many kernels, also with one kernel in it. Everything in the pack is untrusted. The results are those of
/// the tree that was packed, with the same paths, counts and hashes.
class PackInput final : public Input {
 public:
  /// `file` is an open regular file.
  PackInput(const std::string& path, io::InputFile file) : Input(path), file_(std::move(file)) {}

  [[nodiscard]] const char* noun() const noexcept override { return "pack"; }
  /// Reads the file and its catalog. Throws Error: io; damaged; unsupported.
  void load() override;
  /// Also makes a BTF of all types that the pack has of the only selected kernel.
  void load_one(const PathSelection& selection, const UnpackLimits& limits) override;
  /// Returns the BTF of load_one().
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  /// Returns the pack. Requires load().
  [[nodiscard]] const pack::Pack& pack() const { return *pack_; }
  /// Throws Error (unsupported) if the task needs types that the pack does not have. A task that needs the whole BTF
  /// gets a BTF of all types that the pack has of the kernel.
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  io::InputFile file_;
  io::Buffer memory_;
  std::unique_ptr<const pack::Pack> pack_;
  io::Buffer chosen_memory_;
  std::span<const std::uint8_t> chosen_;  ///< BTF of load_one(); empty before
};

}  // namespace minbtf::archive
