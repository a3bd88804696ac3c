// SPDX-License-Identifier: BSD-2-Clause
// A file that is open for reading. Its first bytes are read at once, since they show the type of the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/read/buffer.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/read/file_type.hpp"

namespace minbtf::io {

/// Limit for one file that is read into memory. BTF of kernels and BPF objects are far smaller; a larger file is a
/// device or a mistake.
inline constexpr std::size_t max_input_bytes = std::size_t{4} << 30U;

/// Name of standard input. InputFile duplicates descriptor 0 for this name and reads from its current offset; opening
/// /dev/stdin would open the file again, at its start.
inline constexpr std::string_view standard_input_name = "/dev/stdin";

class InputFile {
 public:
  /// Opens the file and reads its first bytes. Throws Error: io, or wrong_file for a directory.
  explicit InputFile(const std::filesystem::path& path);
  /// Takes an open file and reads its first bytes. `name` is the file's name in messages. Throws the same errors, also
  /// if `fd` is not open.
  InputFile(FileDescriptor fd, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
  /// False for pipes and devices, and for a regular file that was not at offset 0 when this object was made: the file
  /// can then be read only once, from front to back.
  [[nodiscard]] bool is_regular() const noexcept { return regular_; }
  /// Returns the size from stat() in bytes; 0 if is_regular() is false.
  [[nodiscard]] std::uint64_t size() const noexcept { return expected_; }
  /// Returns the first `file_type_bytes` bytes, fewer only if the file is shorter.
  [[nodiscard]] std::span<const std::uint8_t> head() const noexcept;

  /// Sets the offset of the descriptor to 0. Requires is_regular(). Throws Error (io).
  void rewind();

  /// Returns the full contents. Reads until the end, since the size from stat() is wrong for pipes and for some files
  /// of sysfs. May be called once. Throws Error: io, or unsupported for more than `limit` bytes.
  [[nodiscard]] std::vector<std::uint8_t> read_all(std::size_t limit = max_input_bytes);
  /// Does the same with `memory`, which may hold bytes of an earlier file. The result is valid until the next use of
  /// `memory`. `option` is the command line option that sets the limit; the error names it.
  [[nodiscard]] std::span<const std::uint8_t> read_all(Buffer& memory, std::size_t limit = max_input_bytes,
                                                       std::string_view option = {});

 private:
  std::size_t read_some(std::uint8_t* to, std::size_t most);

  std::string name_;
  FileDescriptor fd_;
  bool regular_ = false;
  std::size_t expected_ = 0;  ///< size from stat(), in bytes
  std::array<std::uint8_t, file_type_bytes> head_;
  std::size_t head_bytes_ = 0;
};

}  // namespace minbtf::io
