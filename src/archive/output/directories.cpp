// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/directories.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "archive/output/files.hpp"
#include "archive/tree_path.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// Returns true if `path` is a directory, false if it does not exist. Links are followed: the user chose them. Throws
// Error (io) for another kind of file, or a broken link.
bool is_there(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode)) throw Error(ErrorKind::io, path.string(), "", "not a directory");
    return true;
  }
  if (errno == ENOENT && ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    throw Error(ErrorKind::io, path.string(), "", "a symbolic link whose target does not exist");
  // ENOTDIR: a parent of the path is a file. The caller checks the parents as well and finds that file.
  if (errno != ENOENT && errno != ENOTDIR) fail_at(path, "cannot stat", errno);
  return false;
}

}  // namespace

void check_root(const fs::path& root) {
  fs::path nearest = root;
  while (!is_there(nearest)) {
    const fs::path parent = parent_of(nearest);
    if (parent == nearest) fail_at(root, "cannot stat", ENOENT);
    nearest = parent;
  }
  // The root must be readable, since the tree is listed. A directory above the root need not be.
  const int wanted = W_OK | X_OK | (nearest == root ? R_OK : 0);
  if (::faccessat(AT_FDCWD, nearest.c_str(), wanted, AT_EACCESS) != 0)
    fail_at(nearest, "cannot write to this directory", errno);
}

MadeDirectories::~MadeDirectories() {
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
}

void MadeDirectories::make(const fs::path& path) {
  if (is_there(path)) return;
  const fs::path parent = parent_of(path);
  if (parent != path) make(parent);
  if (::mkdir(path.c_str(), output_directory_mode) != 0) {
    // Another run may have created the directory in the meantime.
    if (errno == EEXIST && is_there(path)) return;
    fail_at(path, "cannot make the directory", errno);
  }
  made_.push_back(path);
  if (::chmod(path.c_str(), output_directory_mode) != 0) fail_at(path, "cannot set its mode", errno);
}

std::optional<io::FileDescriptor> lock_root(const fs::path& root, const io::OnWait& on_wait) {
  io::FileDescriptor fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno != ENOENT) fail_at(root, "cannot open", errno);
    return fd;
  }
  if (!io::lock_exclusively(fd.get(), on_wait)) return std::nullopt;
  return fd;
}

bool is_same_directory(int fd, const fs::path& root) noexcept {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(root.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

namespace {

// Only the root of the tree may be a link.
Links links_to(std::string_view directory) { return directory.empty() ? Links::followed : Links::refused; }

void check_output(const fs::path& root, const std::vector<Output>& outputs, std::size_t index) {
  const Output& output = outputs[index];
  const auto require = [&](bool holds, const char* otherwise) {
    if (!holds) throw Error(ErrorKind::internal, (root / output.path).string(), "", otherwise);
  };
  require(is_clean_path(output.path), "an output outside of the tree");
  require(index == 0 || outputs[index - 1].path < output.path, "outputs out of order");
  require(output.content != nullptr || output.make, "an output without content");
  if (!output.link_to) return;
  require(*output.link_to < index, "a link to a later output");
  const Output& target = outputs[*output.link_to];
  require(!target.link_to, "a link to a link");
  require(target.content == output.content || *target.content == *output.content, "a link to other content");
}

void check_name(const fs::path& root, std::string_view path) {
  if (io::is_temporary_name(file_name_of(path)))
    throw Error(ErrorKind::io, (root / path).string(), "", "this name is reserved for unfinished files");
}

void add_directory(const fs::path& root, std::string_view directory, OutputDirectories& directories) {
  if (directories.all.contains(directory)) return;
  const std::string_view parent = directory_of(directory);
  add_directory(root, parent, directories);
  check_name(root, directory);
  const fs::path path = root / directory;
  const FileType type = directories.missing.contains(parent) ? FileType::absent : status_of(path).type;
  if (type == FileType::link)
    throw Error(ErrorKind::io, path.string(), "", "a symbolic link where a directory is needed; remove it");
  if (type != FileType::directory && type != FileType::absent)
    throw Error(ErrorKind::io, path.string(), "", "a file where a directory is needed");
  directories.all.emplace(directory);
  if (type == FileType::absent) directories.missing.emplace(directory);
}

}  // namespace

OutputDirectories check_directories(const fs::path& root, const std::vector<Output>& outputs) {
  OutputDirectories directories;
  directories.all.emplace("");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    check_output(root, outputs, i);
    check_name(root, outputs[i].path);
    add_directory(root, directory_of(outputs[i].path), directories);
  }
  for (const Output& output : outputs) {
    if (directories.all.contains(output.path))
      throw Error(ErrorKind::io, (root / output.path).string(), "",
                  "an output, but other outputs need a directory with this name");
  }
  return directories;
}

bool RealDirectories::contains(std::string_view directory) {
  if (directory.empty()) return true;
  const auto [entry, is_new] = known_.try_emplace(std::string(directory), false);
  // The recursion below adds entries. A reference to an entry stays valid then; an iterator does not.
  bool& is_real = entry->second;
  if (is_new) is_real = contains(directory_of(directory)) && status_of(root_ / directory).type == FileType::directory;
  return is_real;
}

DirectoryTimes::~DirectoryTimes() {
  if (kept_) return;
  for (const auto& [directory, time] : before_) {
    // A destructor cannot report a failure.
    static_cast<void>(set_time(root_ / directory, time, links_to(directory)));
  }
}

void DirectoryTimes::note(std::string_view directory) {
  if (before_.contains(directory)) return;
  struct stat status {};
  const fs::path path = root_ / directory;
  if ((directory.empty() ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0) return;
  before_.emplace(directory, status.st_mtim);
}

std::vector<std::string> DirectoryTimes::set(const PathSet& directories, std::int64_t time) const {
  PathSet dated = directories;
  for (const auto& [directory, before] : before_) dated.insert(directory);
  std::vector<std::string> warnings;
  for (const std::string& directory : dated) {
    const fs::path path = directory.empty() ? root_ : root_ / directory;
    const int error_number = set_time(path, {time, 0}, links_to(directory));
    if (error_number == EPERM || error_number == EACCES) {
      warnings.push_back(path.string() + ": cannot set its time: " + io::system_reason(error_number));
    } else if (error_number != 0 && error_number != ENOENT) {
      fail_at(path, "cannot set its time", error_number);
    }
  }
  return warnings;
}

}  // namespace minbtf::archive
