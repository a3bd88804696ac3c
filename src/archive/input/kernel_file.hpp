// One kernel's BTF from one file: raw BTF or an ELF file with a `.BTF` section, as it is or packed.
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
#include "archive/input/tar_input.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

/// What a kernel's bytes are read into.
struct KernelMemory {
  io::Buffer file;
  std::vector<std::uint8_t> section;  ///< or unpacked file
};

/// The raw BTF in `path`, in `memory` and unchecked: minbtf::Plan::minimize() does that. Of an ELF file only what is
/// needed is read. It may be compressed, and in a tar if no other kernel is there and it has no directory. Nothing if
/// `path` is a tar with more in it: a tree. Throws Error: io, wrong_file with what the file seems to be or for a BPF
/// object, damaged for ELF or packed data that cannot be followed, unsupported over a limit.
[[nodiscard]] std::optional<std::span<const std::uint8_t>> read_kernel(const std::filesystem::path& path,
                                                                       const UnpackLimits& limits,
                                                                       KernelMemory& memory);

/// A set of one. The kernel is done by the thread that asks for it. A tar of many that comes from a pipe is one, too,
/// as far as load(): that keeps all of it (io::spooled()) and finds out.
class KernelFile final : public Input {
 public:
  KernelFile(const std::string& path, const InputOptions& options);

  [[nodiscard]] const char* noun() const noexcept override { return holds_many_ ? "tar" : "kernel"; }
  [[nodiscard]] bool is_one_kernel() const noexcept override { return !holds_many_; }
  /// Whether it is a tar of many instead: then TarInput reads it.
  [[nodiscard]] bool holds_many() const noexcept { return holds_many_; }
  /// The open file of a tar of many; to be called once.
  [[nodiscard]] io::InputFile take_file() { return std::move(*file_); }

  void load() override;
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override;
  [[nodiscard]] ProcessedInput process(const ProcessRequest& request) override;

 private:
  void read_file();

  InputOptions options_;
  bool holds_many_ = false;
  std::exception_ptr failed_;  ///< what went wrong when it was found out what the file is
  std::optional<io::InputFile> file_;
  std::optional<TarInput> tar_;  ///< of many that came from a pipe
  KernelMemory memory_;
  std::optional<std::span<const std::uint8_t>> btf_;
};

}  // namespace minbtf::archive
