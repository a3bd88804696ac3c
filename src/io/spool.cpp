// SPDX-License-Identifier: BSD-2-Clause
#include "io/spool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "io/byte_stream.hpp"
#include "io/interrupt.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/write_all.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

namespace {

std::string temporary_directory() {
  const char* const directory = std::getenv("TMPDIR");
  return directory == nullptr || *directory == '\0' ? "/tmp" : directory;
}

/// Creates a file without a name (O_TMPFILE). On a file system without O_TMPFILE, creates a file and unlinks it at
/// once; signals are blocked in between, so that an interrupted run leaves no file.
FileDescriptor open_nameless(const std::string& directory) {
  FileDescriptor fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
  if (fd.is_open()) return fd;
  std::string name = directory + "/.min-btf.XXXXXX";
  const InterruptsBlocked blocked;
  fd = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.is_open()) ::unlink(name.c_str());
  return fd;
}

class Spool {
 public:
  Spool(std::string name, const SpoolLimits& limits)
      : name_(std::move(name)), limits_(limits), fd_(::memfd_create("min-btf", MFD_CLOEXEC)) {
    if (!fd_.is_open()) fail("cannot be kept in memory", errno);
  }

  void add(std::span<const std::uint8_t> bytes) {
    size_ += bytes.size();
    if (size_ > limits_.bytes) {
      throw Error(ErrorKind::unsupported, name_, "",
                  "over " + std::to_string(limits_.bytes) + " bytes from a pipe; read it from a file");
    }
    if (directory_.empty() && size_ > limits_.memory) move_to_disk();
    write(bytes);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Reads `to.size()` bytes at `offset`, which are there.
  void read(std::size_t offset, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
      const ssize_t got = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("cannot be read again", got < 0 ? errno : EIO);
      offset += static_cast<std::size_t>(got);
      to = to.subspan(static_cast<std::size_t>(got));
    }
  }

  InputFile finish() {
    if (::lseek(fd_.get(), 0, SEEK_SET) != 0) fail("cannot be read again", errno);
    return {std::move(fd_), name_};
  }

 private:
  void move_to_disk() {
    directory_ = temporary_directory();
    FileDescriptor memory = std::exchange(fd_, open_nameless(directory_));
    if (!fd_.is_open()) fail("cannot be kept in " + directory_ + " (TMPDIR)", errno);
    if (::lseek(memory.get(), 0, SEEK_SET) != 0) fail("cannot be read again", errno);
    FileStream stream(memory.get(), name_);
    for (auto bytes = stream.next(); !bytes.empty(); bytes = stream.next()) write(bytes);
  }

  void write(std::span<const std::uint8_t> bytes) {
    try {
      write_all(fd_.get(), bytes, name_);
    } catch (const Error& error) {
      if (directory_.empty()) throw;
      throw Error(ErrorKind::io, name_, "", "cannot be kept in " + directory_ + " (TMPDIR): " + error.reason());
    }
  }

  [[noreturn]] void fail(const std::string& what, int error_number) const {
    throw Error(ErrorKind::io, name_, "", what + ": " + system_reason(error_number));
  }

  std::string name_;
  const SpoolLimits& limits_;
  FileDescriptor fd_;
  std::string directory_;  ///< empty while the copy is in memory
  std::size_t size_ = 0;
};

}  // namespace

InputFile spooled(const InputFile& file, const SpoolLimits& limits) {
  Spool spool(file.name(), limits);
  spool.add(file.head());
  FileStream rest(file.descriptor(), file.name());
  for (auto bytes = rest.next(); !bytes.empty(); bytes = rest.next()) spool.add(bytes);
  return spool.finish();
}

struct Store::Impl {
  explicit Impl(std::string name) : spool(std::move(name), limits) {}

  SpoolLimits limits = {};
  Spool spool;
};

Store::Store(std::string name) : impl_(std::make_unique<Impl>(std::move(name))) {}
Store::~Store() = default;

Store::Place Store::add(std::span<const std::uint8_t> bytes) {
  const Place place = {.offset = impl_->spool.size(), .bytes = bytes.size()};
  impl_->spool.add(bytes);
  return place;
}

std::vector<std::uint8_t> Store::read(const Place& place) const {
  std::vector<std::uint8_t> bytes(place.bytes);
  impl_->spool.read(place.offset, bytes);
  return bytes;
}

}  // namespace minbtf::io
