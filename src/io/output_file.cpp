// SPDX-License-Identifier: BSD-2-Clause
#include "io/output_file.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "io/interrupt.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/write_all.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::io {

namespace {

constexpr int max_links = 40;  // MAXSYMLINKS of the kernel

bool is_below(const fs::path& path, const fs::path& directory) {
  return std::ranges::mismatch(directory, path).in1 == directory.end();
}

// Returns true for names that are written to and never replaced. Names in /dev and /proc mean a device or a
// descriptor: /dev/fd/3 means descriptor 3, even if that is a regular file. /dev/shm is excluded, since it holds
// regular files.
bool is_device_name(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return is_below(normal, "/proc") || (is_below(normal, "/dev") && !is_below(normal, "/dev/shm"));
}

// Returns the path that the chain of symbolic links at `path` ends at. The last path need not exist: a file written
// through a dangling link is created at the target.
fs::path follow_links(fs::path path) {
  const std::string name = path.string();
  for (int i = 0; i < max_links; ++i) {
    std::error_code error;
    if (is_device_name(path) || !fs::is_symlink(fs::symlink_status(path, error))) return path;
    const fs::path target = fs::read_symlink(path, error);
    if (error) throw Error(ErrorKind::io, name, "", "cannot follow the link: " + error.message());
    path = path.parent_path() / target;
  }
  throw Error(ErrorKind::io, name, "", "cannot follow the link: " + system_reason(ELOOP));
}

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool is_same(const struct stat& left, const struct stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

// /dev/null as OUTPUT is not treated as stdout, even if stdout is /dev/null: the two cannot get mixed there.
bool is_null_device(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3); }

bool leads_to_stdout(const struct stat& status) {
  struct stat out {};
  return ::fstat(STDOUT_FILENO, &out) == 0 && is_same(status, out) && !is_null_device(status);
}

bool ends_in_slash(const std::string& name) { return !name.empty() && name.back() == '/'; }

}  // namespace

OutputFile::OutputFile(const std::string& output, const fs::path& input)
    : path_(output), make_directory_(ends_in_slash(output)) {
  std::error_code missing;
  is_in_directory_ = make_directory_ || fs::is_directory(path_, missing);
  if (is_in_directory_) path_ /= input.filename();
  destination_ = follow_links(path_);
  existing_ = status_of(path_);
  if (existing_ && S_ISDIR(existing_->st_mode)) {
    throw Error(ErrorKind::io, path_.string(), "", "cannot write: " + system_reason(EISDIR));
  }
  if (existing_ && leads_to_stdout(*existing_)) {
    way_ = Way::standard_output;
  } else if (is_device_name(destination_) || (existing_ && !S_ISREG(existing_->st_mode))) {
    way_ = Way::open_and_write;
  }
}

bool OutputFile::is_same_file(const fs::path& other) const {
  const auto status = status_of(other);
  // A terminal can be input and output of one run. Any other file would be destroyed while it is read.
  return existing_ && status && is_same(*existing_, *status) && !S_ISCHR(status->st_mode);
}

OutputFile::Publication OutputFile::publish(std::span<const std::uint8_t> bytes, const OnWait& on_wait) const {
  switch (way_) {
    case Way::standard_output:
      write_all(STDOUT_FILENO, bytes, path_.string());
      return Publication::overwritten;
    case Way::open_and_write: {
      FileDescriptor fd(::open(destination_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY));
      if (!fd.is_open()) throw Error(ErrorKind::io, path_.string(), "", "cannot open: " + system_reason(errno));
      write_all(fd.get(), bytes, path_.string());
      if (!fd.close()) throw Error(ErrorKind::io, path_.string(), "", "cannot write: " + system_reason(errno));
      return Publication::overwritten;
    }
    case Way::replace:
      break;
  }
  try {
    replace(bytes);
    return Publication::replaced;
  } catch (const CannotReplace& why) {
    if (!existing_) throw;
    overwrite(bytes, why, on_wait);
    return Publication::overwritten;
  }
}

void OutputFile::replace(std::span<const std::uint8_t> bytes) const {
  if (make_directory_) {
    std::error_code error;
    fs::create_directories(path_.parent_path(), error);
    if (error) throw Error(ErrorKind::io, path_.parent_path().string(), "", "cannot make: " + error.message());
  }
  TemporaryFile file(destination_);
  if (existing_) file.keep_permissions(*existing_);
  file.write(bytes);
  file.move_into_place();
}

// Writes in place, so that a failure before the first write leaves the old contents:
//  1. Open without O_TRUNC. If the file is not a regular file that can be written, throw the error of the replacement.
//  2. Lock the file, so that two runs write one after the other.
//  3. Reserve space behind the old end. If the disk is full, restore the old size and throw.
//  4. Write, truncate to the new size, fsync. An error from here on leaves an incomplete file, and the message says so.
// Signals are blocked from 1 to 4.
void OutputFile::overwrite(std::span<const std::uint8_t> bytes, const CannotReplace& why, const OnWait& on_wait) const {
  const auto reason_of = [](int error_number) { return "cannot write: " + system_reason(error_number); };
  const auto fail = [&](int error_number) { throw Error(ErrorKind::io, path_.string(), "", reason_of(error_number)); };
  const auto fail_incomplete = [&](ErrorKind kind, const std::string& reason) {
    throw IncompleteFile(kind, path_.string(), "", reason + "; the file is incomplete");
  };
  const InterruptsBlocked whole;
  FileDescriptor fd(::open(destination_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) throw CannotReplace(why);
  if (!lock_exclusively(fd.get(), on_wait)) throw InterruptedWait(ErrorKind::io, path_.string(), "", "interrupted");
  if (::fstat(fd.get(), &status) != 0) fail(errno);
  const auto size = static_cast<off_t>(bytes.size());
  if (size > status.st_size) {
    const int error_number = ::posix_fallocate(fd.get(), status.st_size, size - status.st_size);
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG || error_number == EIO) {
      fail(::ftruncate(fd.get(), status.st_size) == 0 ? error_number : errno);
    }
    // Other errors mean that the file system cannot reserve space; a full disk is then found by write_all().
  }
  try {
    write_all(fd.get(), bytes, path_.string());
  } catch (const Error& error) {
    fail_incomplete(error.kind(), error.reason());
  }
  if (::ftruncate(fd.get(), size) != 0 || ::fsync(fd.get()) != 0 || !fd.close()) {
    fail_incomplete(ErrorKind::io, reason_of(errno));
  }
}

}  // namespace minbtf::io
