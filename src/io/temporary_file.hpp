// SPDX-License-Identifier: BSD-2-Clause
// A temporary file beside its destination: it holds the new contents until they are complete.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "io/interrupt.hpp"
#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

// Unfinished files and directories have names of one form, so that a later run can remove what a killed run left.

/// Calls `create` with a random path `.NAME.min-btf.XXXXXX.tmp` in the directory of `destination`. NAME is the file
/// name of `destination`, cut to 230 bytes; each X is one of [0-9a-z]. `create` returns 0 or an errno value; for EEXIST
/// the function tries another path, up to 100 times. Returns the last value that `create` returned, or the errno value
/// of getentropy().
[[nodiscard]] int create_beside(const std::filesystem::path& destination,
                                const std::function<int(const std::filesystem::path&)>& create);

/// Returns true if `name` has the form of names that create_beside() makes.
[[nodiscard]] bool is_temporary_name(std::string_view name) noexcept;

/// The system refuses to create a file beside the destination or to rename a file over the destination: the directory
/// cannot be written to, or the destination is a mount point. The destination itself may still be writable.
class CannotReplace : public Error {
 public:
  using Error::Error;
};

/// A temporary file that becomes the destination by one rename: readers see the old file or the complete new file. The
/// destructor, and an interruption, remove the temporary file unless move_into_place() succeeded.
class TemporaryFile {
 public:
  /// Creates `.NAME.min-btf.XXXXXX.tmp` in the directory of `destination`, with mode 0666 minus the umask. Throws Error
  /// (io), or CannotReplace.
  explicit TemporaryFile(std::filesystem::path destination);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Copies the mode and, where permitted, the owner of the file that will be replaced. Throws Error (io).
  void keep_permissions(const struct stat& replaced);
  /// Appends `bytes`. Throws Error (io).
  void write(std::span<const std::uint8_t> bytes);
  /// Flushes the contents to disk (fsync) and renames the file to `destination`. May be called once. Throws Error (io),
  /// or CannotReplace.
  void move_into_place();

 private:
  [[noreturn]] void fail(const char* what, int error_number) const;
  [[noreturn]] void fail_to_replace(const char* what, int error_number) const;

  std::filesystem::path destination_;
  std::filesystem::path path_;
  FileDescriptor fd_{-1};
  std::optional<RemovedOnInterrupt> removed_on_interrupt_;
};

}  // namespace minbtf::io
