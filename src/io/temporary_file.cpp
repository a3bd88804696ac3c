#include "io/temporary_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "io/temporary_name.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::io {

TemporaryFile::TemporaryFile(fs::path destination) : destination_(std::move(destination)) {
  const int error_number = create_beside(destination_, [this](const fs::path& path) {
    // No interruption may come between the file and the note of it.
    const InterruptsBlocked blocked;
    FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.is_open()) return errno;
    fd_ = std::move(fd);
    path_ = path;
    removed_on_interrupt_.emplace(path_);
    return 0;
  });
  if (error_number != 0) fail("cannot create a file beside it", error_number);
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::keep_permissions(const struct stat& replaced) {
  struct stat created {};
  if (::fstat(fd_.get(), &created) != 0) fail("cannot stat", errno);
  if (created.st_uid != replaced.st_uid || created.st_gid != replaced.st_gid) {
    // Only root may give files away; for others the new file is theirs, as with any editor.
    if (::fchown(fd_.get(), replaced.st_uid, replaced.st_gid) != 0 && errno != EPERM) fail("cannot set owner", errno);
  }
  if (::fchmod(fd_.get(), replaced.st_mode & 07777U) != 0) fail("cannot set mode", errno);
}

void TemporaryFile::write(std::span<const std::uint8_t> bytes) { write_all(fd_.get(), bytes, destination_.string()); }

void TemporaryFile::move_into_place() {
  if (::fsync(fd_.get()) != 0) fail("cannot write", errno);
  if (!fd_.close()) fail("cannot write", errno);
  if (std::rename(path_.c_str(), destination_.c_str()) != 0) fail("cannot replace", errno);
  path_.clear();
  removed_on_interrupt_.reset();

  // The name is durable once its directory is. Some directories can be written but not opened, and some file systems
  // have no way to do this; the file is complete either way.
  const fs::path directory = destination_.has_parent_path() ? destination_.parent_path() : fs::path(".");
  const FileDescriptor directory_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory_fd.is_open() && ::fsync(directory_fd.get()) != 0 && errno == EIO) fail("cannot write", errno);
}

void TemporaryFile::fail(const char* what, int error_number) const {
  throw Error(ErrorKind::io, destination_.string(), "", std::string(what) + ": " + system_reason(error_number));
}

}  // namespace minbtf::io
