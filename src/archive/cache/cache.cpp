// SPDX-License-Identifier: BSD-2-Clause
#include "archive/cache/cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/cache/cache_entry.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/read/input_file.hpp"
#include "io/temporary_file.hpp"
#include "io/write_all.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

constexpr auto entry_suffix = ".minbtf"sv;
constexpr auto hex_digits = "0123456789abcdef"sv;
constexpr std::size_t hash_digits = 32;

// Age at which an unfinished entry is removed. A younger entry may belong to a process that is still writing; no
// process writes one entry for this long.
constexpr std::time_t seconds_to_finish = 600;

// Throws the Error for everything that prevents storing an entry. The text is that of io::write_all(), so that each
// reason gives only one warning.
[[noreturn]] void fail_to_write(const fs::path& path, const std::string& reason) {
  throw Error(ErrorKind::io, path.string(), "", "cannot write: " + reason);
}

std::string entry_name(const CacheKey& key) {
  return key.source.hex() + "-" + std::to_string(key.source_bytes) + "-" + key.plan.hex() + std::string(entry_suffix);
}

bool consists_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_entry_name(std::string_view name) {
  if (!name.ends_with(entry_suffix)) return false;
  name.remove_suffix(entry_suffix.size());
  if (name.size() < 2 * hash_digits + 3) return false;
  const std::string_view number = name.substr(hash_digits + 1, name.size() - 2 * hash_digits - 2);
  return io::Hash::from_hex(name.substr(0, hash_digits)) && name[hash_digits] == '-' &&
         consists_of(number, "0123456789") && name[hash_digits + 1 + number.size()] == '-' &&
         io::Hash::from_hex(name.substr(name.size() - hash_digits));
}

// Returns true if `name` is the name of an UnfinishedEntry. Other files with temporary names must not be removed: they
// may belong to an output tree in the same directory, whose run may take longer than seconds_to_finish.
bool is_unfinished_name(std::string_view name) {
  if (!io::is_temporary_name(name)) return false;
  name.remove_prefix(1);
  return is_entry_name(name.substr(0, name.rfind(".min-btf.")));
}

// An entry that is being written. It is not an io::TemporaryFile for two reasons. Many entries are written at the same
// time. No entry needs fsync(): an entry that a crash left incomplete is detected by its hash and written again. An
// unfinished entry of an interrupted run is removed by a later run.
class UnfinishedEntry {
 public:
  explicit UnfinishedEntry(const fs::path& destination) : destination_(destination) {
    const int error_number = io::create_beside(destination, [this](const fs::path& path) {
      path_ = path;
      fd_ = io::FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      return fd_.is_open() ? 0 : errno;
    });
    if (error_number != 0) fail_to_write(path_, io::system_reason(error_number));
  }
  UnfinishedEntry(const UnfinishedEntry&) = delete;
  UnfinishedEntry& operator=(const UnfinishedEntry&) = delete;
  ~UnfinishedEntry() {
    if (!moved_) ::unlink(path_.c_str());
  }

  void write(std::span<const std::uint8_t> bytes) { io::write_all(fd_.get(), bytes, path_.string()); }

  void move_into_place() {
    if (!fd_.close() || std::rename(path_.c_str(), destination_.c_str()) != 0) {
      fail_to_write(path_, io::system_reason(errno));
    }
    moved_ = true;
  }

 private:
  fs::path destination_;
  fs::path path_;
  io::FileDescriptor fd_{-1};
  bool moved_ = false;
};

// Calls `use` with the path of each file in `directory`. Stops silently if the directory cannot be read.
template <typename Use>
void for_each_in(const fs::path& directory, Use&& use) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    use(entry->path());
  }
}

void remove_if_left_over(const fs::path& path, std::time_t now) {
  if (!is_unfinished_name(path.filename().string())) return;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (now - status.st_mtim.tv_sec > seconds_to_finish) ::unlink(path.c_str());
}

void remove_left_over(const fs::path& directory) {
  const std::time_t now = std::time(nullptr);
  for_each_in(directory, [&](const fs::path& part) {
    const std::string name = part.filename().string();
    if (name.size() != 2 || !consists_of(name, hex_digits)) return;
    for_each_in(part, [&](const fs::path& path) { remove_if_left_over(path, now); });
  });
}

}  // namespace

Cache::Cache(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  const fs::file_status status = fs::status(directory_, error);
  if (fs::exists(status) && !fs::is_directory(status)) {
    throw Error(ErrorKind::io, directory_.string(), "", "not a directory");
  }
  if (!fs::is_directory(status)) {
    fs::create_directories(directory_, error);
    if (error) {
      throw Error(ErrorKind::io, directory_.string(), "", "cannot make this directory: " + error.message());
    }
  }
  remove_left_over(directory_);
}

std::optional<SourceOutcome> Cache::load(const CacheKey& key) {
  const fs::path path = path_of(key);
  try {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return std::nullopt;
    if (error) throw Error(ErrorKind::io, path.string(), "", "cannot stat: " + error.message());
    // open() on a pipe would wait for a writer.
    if (!fs::is_regular_file(status)) throw Error(ErrorKind::wrong_file, path.string(), "", "not a regular file");
    return read_entry(io::InputFile(path).read_all(), key, path.string());
  } catch (const Error& fault) {
    const std::string where = fault.where().empty() ? "" : "damaged: " + fault.where() + ": ";
    warn(path.string() + ": ignored: " + where + fault.reason());
    return std::nullopt;
  }
}

void Cache::store(const CacheKey& key, const SourceOutcome& outcome) {
  if (!outcome.problems.empty()) return;
  const fs::path path = path_of(key);
  try {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) fail_to_write(path, error.message());
    UnfinishedEntry file(path);
    file.write(written_entry(key, outcome));
    file.move_into_place();
  } catch (const Error& fault) {
    warn("cannot store results in " + directory_.string() + ": " + fault.reason());
  }
}

std::vector<std::string> Cache::warnings() const {
  const std::lock_guard lock(mutex_);
  return {warnings_.begin(), warnings_.end()};
}

fs::path Cache::path_of(const CacheKey& key) const {
  const std::string name = entry_name(key);
  return directory_ / name.substr(0, 2) / name;
}

void Cache::warn(std::string message) {
  const std::lock_guard lock(mutex_);
  warnings_.insert(std::move(message));
}

}  // namespace minbtf::archive
