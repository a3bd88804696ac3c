// The one error type of the library: input that cannot be read, is not what it should be, or is damaged.
//
// A relocation that libbpf would refuse is not an error: it is a result (see minbtf/resolution.hpp).
#pragma once

#include "minbtf/cxx20.hpp"

#include <stdexcept>
#include <string>

namespace minbtf {

/// What kind of thing went wrong, for callers that act on it.
enum class ErrorKind {
  io,           ///< the system refused to read or write
  wrong_file,   ///< readable, but not the kind of file that was asked for
  damaged,      ///< the right kind of file, with contents that contradict themselves
  unsupported,  ///< well-formed as far as can be told, but newer than this library
  internal,     ///< a result failed the library's own check and was not handed out
};

/// Thrown by everything in this library that can fail. `what()` is one line without a newline:
/// `FILE: WHERE: REASON`, or `FILE: REASON` where no place can be named.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& file, const std::string& where, const std::string& reason);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// A section and an offset in it, such as `types+0x1c`; empty where no place can be named.
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  ErrorKind kind_;
  std::string file_;
  std::string where_;
  std::string reason_;
};

}  // namespace minbtf
