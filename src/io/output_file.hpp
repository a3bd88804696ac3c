// Where a result goes: a file that is replaced as a whole, or a device, pipe or stdout that is written to.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "io/file_lock.hpp"
#include "io/temporary_file.hpp"

namespace minbtf::io {

class OutputFile {
 public:
  /// Finds out where `output` leads and changes nothing. A directory, or a name that ends in `/`, stands for the file
  /// in it that is called as `input` is. Throws Error (io).
  OutputFile(const std::string& output, const std::filesystem::path& input);

  /// OUTPUT, with the file's name added where it is a directory.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The file that is written: path(), or where the symbolic links that it names lead.
  [[nodiscard]] const std::filesystem::path& destination() const noexcept { return destination_; }
  /// Whether OUTPUT is a directory, and the file's name was added.
  [[nodiscard]] bool is_in_directory() const noexcept { return is_in_directory_; }
  [[nodiscard]] bool is_stdout() const noexcept { return way_ == Way::standard_output; }
  /// Whether it becomes a file at once, and what is there stays whole until then.
  [[nodiscard]] bool is_replaced() const noexcept { return way_ == Way::replace; }
  /// Whether writing would change `other`, under whatever name.
  [[nodiscard]] bool is_same_file(const std::filesystem::path& other) const;

  enum class Publication : std::uint8_t {
    replaced,    ///< readers find the old file or the new one
    overwritten  ///< a pipe or device was written to, or a file in place: readers may have found a part
  };

  /// Writes the result. A regular file is replaced atomically and keeps its mode; if it is named by a symbolic link,
  /// that link stays. A missing directory that was asked for with a final `/` is made. A regular file that cannot be
  /// replaced (CannotReplace) but written to is overwritten, as one mounted into a container: once there is room for
  /// the result, without an interruption in between, and after others that do it at this moment (`on_wait`). Throws
  /// Error (io); then a regular file is as it was, and no temporary file is left, unless the error says that the file
  /// is incomplete: it was overwritten, and the disk failed.
  Publication publish(std::span<const std::uint8_t> bytes, const OnWait& on_wait = {}) const;

 private:
  void replace(std::span<const std::uint8_t> bytes) const;
  void overwrite(std::span<const std::uint8_t> bytes, const CannotReplace& why, const OnWait& on_wait) const;

  enum class Way : std::uint8_t { replace, open_and_write, standard_output };

  std::filesystem::path path_;
  std::filesystem::path destination_;    ///< path_ with a final symbolic link followed
  std::optional<struct stat> existing_;  ///< what is there now
  bool make_directory_ = false;
  bool is_in_directory_ = false;
  Way way_ = Way::replace;
};

}  // namespace minbtf::io
