// SPDX-License-Identifier: BSD-2-Clause
// Ownership of a file descriptor, and the system's text for an errno value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace minbtf::io {

/// Owner of a file descriptor; the destructor closes the descriptor and ignores errors. Call close() to see them.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  /// Closes the descriptor. Returns false and sets errno if the system reports a lost write: NFS and quotas may report
  /// such an error only at close.
  bool close() noexcept;

 private:
  int fd_;
};

/// Returns the system's message for an errno value.
[[nodiscard]] std::string system_reason(int error_number);

}  // namespace minbtf::io
