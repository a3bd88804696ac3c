// SPDX-License-Identifier: BSD-2-Clause
// One kernel's BTF from one file: raw BTF or an ELF file with a `.BTF` section, compressed or not.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/kernel_modules.hpp"
#include "archive/input/tar_input.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

/// Memory for the bytes of a kernel.
struct KernelMemory {
  io::Buffer file;
  std::vector<std::uint8_t> section;  ///< the `.BTF` section, or a decompressed file
};

/// Reads the raw BTF in `path` and returns it. The BTF is not checked: minbtf::Plan::minimize() does that. The bytes
/// are in `memory`. Reads only the needed parts of an ELF file. The file may be compressed. It may be a tar with one
/// kernel at the top level. Returns nothing if the tar is a tree: it has several kernels, or members that are links,
/// archives or in directories. Throws Error: io; wrong_file, with a description of the file, for a BPF object or any
/// other file; damaged for damaged ELF, compressed or tar data; unsupported for a size over a limit.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> read_kernel(const std::filesystem::path& path,
                                                                       const UnpackLimits& limits,
                                                                       KernelMemory& memory);

/// An input of one kernel, which may be a tar with the BTF of one kernel and its modules. The calling thread runs the
/// task. A tar of many kernels from a pipe is a KernelFile too:
/// load() copies the compressed data or the tar from the pipe (io::spooled()) and detects the many kernels, and
/// process() then uses a TarInput.
class KernelFile final : public Input {
 public:
  KernelFile(const std::string& path, const InputOptions& options);

  [[nodiscard]] const char* noun() const noexcept override { return holds_many_ ? "tar" : "kernel"; }
  [[nodiscard]] bool is_one_kernel() const noexcept override { return !holds_many_; }
  /// Returns true if the file is a tar of many kernels, which a TarInput must read.
  [[nodiscard]] bool holds_many() const noexcept { return holds_many_; }
  /// Returns true if the file is a pack, which a PackInput must read.
  [[nodiscard]] bool is_pack() const noexcept { return file_ && io::is_pack(file_->head()); }
  /// Returns the open file if holds_many() or is_pack() is true. May be called once.
  [[nodiscard]] io::InputFile take_file() { return std::move(*file_); }

  void load() override;
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  void read_file();

  InputOptions options_;
  bool holds_many_ = false;
  std::exception_ptr failed_;  ///< exception of the constructor's attempt to read the file; thrown by load()
  std::optional<io::InputFile> file_;
  std::optional<TarInput> tar_;  ///< reader of a tar of many kernels from a pipe
  KernelMemory memory_;
  std::optional<std::span<const std::uint8_t>> btf_;
  std::vector<ModuleSource> modules_;  ///< from the tar that has the kernel
};

}  // namespace minbtf::archive
