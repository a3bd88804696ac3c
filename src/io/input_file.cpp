#include "io/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

namespace {

// What stat() says is believed only this far when memory is set aside.
constexpr std::size_t max_trusted_size = std::size_t{64} << 20U;

}  // namespace

InputFile::InputFile(const std::filesystem::path& path)
    : name_(path.string()), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
  if (!fd_.is_open()) throw Error(ErrorKind::io, name_, "", "cannot open: " + system_reason(errno));
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw Error(ErrorKind::io, name_, "", "cannot stat: " + system_reason(errno));
  if (S_ISDIR(status.st_mode)) throw Error(ErrorKind::wrong_file, name_, "", "a directory, where a file is needed");
  regular_ = S_ISREG(status.st_mode);
  expected_ = regular_ && status.st_size > 0 ? static_cast<std::size_t>(status.st_size) : 0;
  bytes_.resize(file_type_bytes);
  while (used_ < file_type_bytes && read_more()) continue;
}

std::span<const std::uint8_t> InputFile::head() const noexcept {
  return std::span(bytes_).first(std::min(used_, file_type_bytes));
}

bool InputFile::read_more() {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), bytes_.data() + used_, bytes_.size() - used_);
    if (got >= 0) {
      used_ += static_cast<std::size_t>(got);
      return got > 0;
    }
    if (errno != EINTR) throw Error(ErrorKind::io, name_, "", "cannot read: " + system_reason(errno));
  }
}

std::vector<std::uint8_t> InputFile::read_all(std::size_t limit) {
  // One byte more than expected, so that the end is seen without growing.
  bytes_.resize(std::max(file_type_bytes, std::min(expected_, max_trusted_size)) + 1);
  while (read_more()) {
    if (used_ > limit) {
      throw Error(ErrorKind::unsupported, name_, "", "over " + std::to_string(limit) + " bytes, too large to be read");
    }
    if (used_ == bytes_.size()) bytes_.resize(bytes_.size() * 2);
  }
  bytes_.resize(used_);
  return std::exchange(bytes_, {});
}

}  // namespace minbtf::io
