// SPDX-License-Identifier: BSD-2-Clause
// The one error type of the library: for input that cannot be read, that is the wrong kind of file, or that is damaged.
//
// A relocation that fails is not an error. It is a result: see minbtf/resolution.hpp.
#pragma once

#include "minbtf/cxx20.hpp"

#include <stdexcept>
#include <string>

#include "minbtf/export.hpp"

namespace minbtf {

/// Kind of an error.
enum class ErrorKind {
  io,           ///< the system reported an error when a file was opened, read or written
  wrong_file,   ///< readable, but not the kind of file that is needed
  damaged,      ///< the right kind of file, but truncated or with invalid contents
  unsupported,  ///< over a limit of this library, or a format that is newer than this library
  internal,     ///< a result failed the library's own check and was not returned
};

/// The exception of this library. Functions also throw std::bad_alloc. what() is `FILE: WHERE: REASON` without empty
/// parts. It is one line if FILE is: file names are not escaped.
class MINBTF_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& file, const std::string& where, const std::string& reason);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  /// Returns the name of the input: the path given to from_file(), or the name given to parse().
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// Returns the place in the file, such as a section and an offset in bytes: `types+0x1c`. Empty if the reason is not
  /// about one place.
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  ErrorKind kind_;
  std::string file_;
  std::string where_;
  std::string reason_;
};

}  // namespace minbtf
