// The new contents of a file, written beside it until they are complete.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "io/file_descriptor.hpp"
#include "io/interrupt.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

// What things are called while they are not complete: recognisable, so that a later run can remove what one that was
// killed left behind.

/// Calls `create` with paths `.NAME.min-btf.XXXXXX.tmp` in the directory of `destination`, NAME being its name and each
/// X one of [0-9a-z], until it returns anything but EEXIST; it returns 0 or an errno value. Returns what it returned.
[[nodiscard]] int create_beside(const std::filesystem::path& destination,
                                const std::function<int(const std::filesystem::path&)>& create);

/// Whether create_beside() makes such names.
[[nodiscard]] bool is_temporary_name(std::string_view name) noexcept;

/// The system lets nobody put a file beside the destination, or in its place: the directory cannot be written to, or
/// the destination is mounted. It may be possible to write into the destination itself.
class CannotReplace : public Error {
 public:
  using Error::Error;
};

/// Gone after its lifetime, or an interruption, unless move_into_place() succeeded: readers see the old file or the
/// whole new one, never a part.
class TemporaryFile {
 public:
  /// Creates `.NAME.min-btf.XXXXXX.tmp` in the directory of `destination`, with the mode that the umask gives a new
  /// file. Throws Error (io), CannotReplace among them.
  explicit TemporaryFile(std::filesystem::path destination);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Takes over mode and, where that is permitted, owner of the file that will be replaced. Throws Error (io).
  void keep_permissions(const struct stat& replaced);
  /// Throws Error (io).
  void write(std::span<const std::uint8_t> bytes);
  /// Makes the contents durable and gives them the name `destination`. To be called once. Throws Error (io),
  /// CannotReplace among them.
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
