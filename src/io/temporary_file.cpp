// SPDX-License-Identifier: BSD-2-Clause
#include "io/temporary_file.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/write_all.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace fs = std::filesystem;

namespace minbtf::io {

namespace {

using namespace std::string_view_literals;

constexpr auto letters = "0123456789abcdefghijklmnopqrstuvwxyz"sv;
constexpr auto mark = ".min-btf."sv;
constexpr auto suffix = ".tmp"sv;
constexpr std::size_t random_letters = 6;
// A file name has at most 255 bytes, and 20 bytes are added to NAME.
constexpr std::size_t max_kept_name = 230;
constexpr int max_attempts = 100;

/// errno values after which writing in place may succeed. EBUSY: the destination is a file mounted into a container.
/// EROFS: the rest of such a container is read-only. EPERM: a file of another user in a directory like /tmp. ENOSPC is
/// not in this list: writing in place would need the space too.
constexpr std::array no_replacement = {EACCES, EPERM, EROFS, EBUSY, EXDEV};

}  // namespace

int create_beside(const fs::path& destination, const std::function<int(const fs::path&)>& create) {
  const std::string beginning = "." + destination.filename().string().substr(0, max_kept_name) + std::string(mark);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    // std::random_device is not used: it reads the processor's generator, which can take longer than the write of a
    // small file.
    std::uint64_t random = 0;
    if (::getentropy(&random, sizeof(random)) != 0) return errno;
    std::string name = beginning;
    for (std::size_t i = 0; i < random_letters; ++i, random /= letters.size()) name += letters[random % letters.size()];
    name += suffix;
    const int error_number = create(destination.parent_path() / name);
    if (error_number != EEXIST) return error_number;
  }
  return EEXIST;
}

bool is_temporary_name(std::string_view name) noexcept {
  const std::size_t added = mark.size() + random_letters + suffix.size();
  // At least the leading dot and one byte of NAME.
  if (name.size() < 2 + added || !name.starts_with('.') || !name.ends_with(suffix)) return false;
  const std::string_view end = name.substr(name.size() - added);
  return end.starts_with(mark) && end.substr(mark.size(), random_letters).find_first_not_of(letters) == end.npos;
}

TemporaryFile::TemporaryFile(fs::path destination) : destination_(std::move(destination)) {
  const int error_number = create_beside(destination_, [this](const fs::path& path) {
    // Signals are blocked until the handler can unlink the file.
    const InterruptsBlocked blocked;
    FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.is_open()) return errno;
    fd_ = std::move(fd);
    path_ = path;
    removed_on_interrupt_.emplace(path_);
    return 0;
  });
  if (error_number != 0) fail_to_replace("cannot create a temporary file in its directory", error_number);
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::keep_permissions(const struct stat& replaced) {
  struct stat created {};
  if (::fstat(fd_.get(), &created) != 0) fail("cannot stat", errno);
  if (created.st_uid != replaced.st_uid || created.st_gid != replaced.st_gid) {
    // Only root may change the owner. For other users the new file belongs to them, as with any editor.
    if (::fchown(fd_.get(), replaced.st_uid, replaced.st_gid) != 0 && errno != EPERM) fail("cannot set owner", errno);
  }
  if (::fchmod(fd_.get(), replaced.st_mode & 07777U) != 0) fail("cannot set mode", errno);
}

void TemporaryFile::write(std::span<const std::uint8_t> bytes) { write_all(fd_.get(), bytes, destination_.string()); }

void TemporaryFile::move_into_place() {
  if (::fsync(fd_.get()) != 0) fail("cannot write", errno);
  if (!fd_.close()) fail("cannot write", errno);
  if (std::rename(path_.c_str(), destination_.c_str()) != 0) fail_to_replace("cannot replace", errno);
  path_.clear();
  removed_on_interrupt_.reset();

  // fsync of the directory makes the new name durable. Some directories can be written but not opened, and some file
  // systems do not support it. These errors are ignored, since the file itself is complete.
  const fs::path directory = destination_.has_parent_path() ? destination_.parent_path() : fs::path(".");
  const FileDescriptor directory_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory_fd.is_open() && ::fsync(directory_fd.get()) != 0 && errno == EIO) fail("cannot write", errno);
}

void TemporaryFile::fail(const char* what, int error_number) const {
  throw Error(ErrorKind::io, destination_.string(), "", std::string(what) + ": " + system_reason(error_number));
}

void TemporaryFile::fail_to_replace(const char* what, int error_number) const {
  if (std::ranges::find(no_replacement, error_number) == no_replacement.end()) fail(what, error_number);
  throw CannotReplace(ErrorKind::io, destination_.string(), "", std::string(what) + ": " + system_reason(error_number));
}

}  // namespace minbtf::io
