// Ownership of a file descriptor, and the write loop that every writer here needs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace minbtf::io {

/// Closes on destruction. A close whose result matters is done with close().
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  /// False, with errno set, if the system reports a write that was lost (NFS and quotas tell only here).
  bool close() noexcept;

 private:
  int fd_;
};

/// The system's words for an errno value.
[[nodiscard]] std::string system_reason(int error_number);

/// Writes everything or throws Error (io) naming `file`.
void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& file);

}  // namespace minbtf::io
