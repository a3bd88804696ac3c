// SPDX-License-Identifier: BSD-2-Clause
// The destination of one result: a regular file, which is replaced atomically, or a device, pipe or standard output,
// which is written to.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "io/file_lock.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

/// Thrown if an interrupting signal comes while a run waits for another run that writes to the file. Nothing was
/// written.
class InterruptedWait : public Error {
 public:
  using Error::Error;
};

/// Thrown if a regular file could not be replaced, and the disk failed while the file was overwritten.
class IncompleteFile : public Error {
 public:
  using Error::Error;
};

class OutputFile {
 public:
  /// Finds the file that `output` names; changes nothing on disk. If `output` is a directory or ends in `/`, the file
  /// is in that directory and keeps the name of `input`. Throws Error (io).
  OutputFile(const std::string& output, const std::filesystem::path& input);

  /// OUTPUT; if OUTPUT is a directory, with the file name appended.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The file that is written: path() with symbolic links of the last part resolved. The file need not exist.
  [[nodiscard]] const std::filesystem::path& destination() const noexcept { return destination_; }
  /// True if OUTPUT is a directory, so that the file name was appended.
  [[nodiscard]] bool is_in_directory() const noexcept { return is_in_directory_; }
  [[nodiscard]] bool is_stdout() const noexcept { return way_ == Way::standard_output; }
  /// True if publish() replaces the file atomically; the old contents stay complete until then. publish() may still
  /// write in place if the file cannot be replaced (CannotReplace).
  [[nodiscard]] bool is_replaced() const noexcept { return way_ == Way::replace; }
  /// Returns true if publish() would change the file `other`, whatever names or links the two have. False for a
  /// character device.
  [[nodiscard]] bool is_same_file(const std::filesystem::path& other) const;

  enum class Publication : std::uint8_t {
    replaced,    ///< readers see the old file or the new file
    overwritten  ///< a pipe, a device or a regular file was written in place: readers may have seen a part
  };

  /// Writes the result.
  ///  - A regular file is replaced atomically and keeps its mode. A symbolic link to the file stays a link.
  ///  - A missing directory is created if OUTPUT ends in `/`.
  ///  - A regular file that can be written but not replaced (CannotReplace; for example a file mounted into a
  ///    container) is overwritten. This is done only after space for the result is reserved, with signals blocked,
  ///    and after other runs that write the same file: `on_wait` is called before the wait for them.
  /// Throws Error (io). A regular file is then unchanged and no temporary file is left. The one exception is
  /// IncompleteFile; its message ends in "the file is incomplete".
  Publication publish(std::span<const std::uint8_t> bytes, const OnWait& on_wait = {}) const;

 private:
  void replace(std::span<const std::uint8_t> bytes) const;
  void overwrite(std::span<const std::uint8_t> bytes, const CannotReplace& why, const OnWait& on_wait) const;

  enum class Way : std::uint8_t { replace, open_and_write, standard_output };

  std::filesystem::path path_;
  std::filesystem::path destination_;    ///< path_, with symbolic links of its last part resolved
  std::optional<struct stat> existing_;  ///< status of the file before it is written; nothing if there is no file
  bool make_directory_ = false;
  bool is_in_directory_ = false;
  Way way_ = Way::replace;
};

}  // namespace minbtf::io
