// A file opened for reading whose first bytes are known before anything else is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_stream.hpp"
#include "io/file_descriptor.hpp"
#include "io/file_type.hpp"

namespace minbtf::io {

/// No kernel's BTF and no BPF object comes near; more is a device or a mistake.
inline constexpr std::size_t max_input_bytes = std::size_t{4} << 30U;

/// What the process was given to read: descriptor 0 itself, from where it stands, and not what its name would open.
inline constexpr std::string_view standard_input_name = "/dev/stdin";

class InputFile {
 public:
  /// Opens the file and reads its start. Throws Error: io, or wrong_file for a directory.
  explicit InputFile(const std::filesystem::path& path);
  /// The same of a file that is open, at its start; `name` stands for it in messages.
  InputFile(FileDescriptor fd, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
  /// False for pipes and devices, which can be read only once and from front to back.
  [[nodiscard]] bool is_regular() const noexcept { return regular_; }
  /// Bytes, as stat() has it; 0 for what is no regular file.
  [[nodiscard]] std::uint64_t size() const noexcept { return expected_; }
  /// Up to `file_type_bytes` from the start; less only if the file is shorter.
  [[nodiscard]] std::span<const std::uint8_t> head() const noexcept;

  /// Whoever reads the descriptor begins at the start again. For regular files. Throws Error (io).
  void rewind();

  /// The whole contents, read until the end: the size that stat() tells is wrong for pipes and some of sysfs.
  /// To be called once. Throws Error: io, or unsupported over `limit` bytes.
  [[nodiscard]] std::vector<std::uint8_t> read_all(std::size_t limit = max_input_bytes);
  /// The same into memory that was used before; the bytes are valid as long as `memory` is not used again. `option`
  /// is what sets the limit, for the message.
  [[nodiscard]] std::span<const std::uint8_t> read_all(Buffer& memory, std::size_t limit = max_input_bytes,
                                                       std::string_view option = {});

 private:
  std::size_t read_some(std::uint8_t* to, std::size_t most);

  std::string name_;
  FileDescriptor fd_;
  bool regular_ = false;
  std::size_t expected_ = 0;  ///< bytes, as stat() has it
  std::array<std::uint8_t, file_type_bytes> head_;
  std::size_t head_bytes_ = 0;
};

}  // namespace minbtf::io
