// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/output_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "archive/output/files.hpp"
#include "archive/tree_path.hpp"
#include "io/interrupt.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// Only regular files, links and directories get temporary names.
bool is_leftover(const std::string& path, fs::file_type type) {
  return io::is_temporary_name(file_name_of(path)) &&
         (type == fs::file_type::regular || type == fs::file_type::symlink || type == fs::file_type::directory);
}

void add(TreeScan& scan, std::vector<std::string>& directories, std::string path, fs::file_type type,
         const CanBeOutput& can_be_output) {
  if (is_leftover(path, type)) {
    scan.leftovers.push_back(std::move(path));
    return;
  }
  if (type == fs::file_type::symlink) scan.links.push_back(path);
  if (type == fs::file_type::directory) {
    directories.push_back(std::move(path));
  } else if ((type == fs::file_type::symlink || type == fs::file_type::regular) && can_be_output(path)) {
    scan.possible_outputs.push_back(std::move(path));
  }
}

}  // namespace

TreeScan scan_tree(const fs::path& root, const CanBeOutput& can_be_output) {
  TreeScan scan;
  std::vector<std::string> directories = {""};
  while (!directories.empty()) {
    const std::string directory = std::move(directories.back());
    directories.pop_back();
    std::error_code error;
    fs::directory_iterator entry(root / directory, error);
    while (!error && entry != fs::directory_iterator()) {
      std::error_code gone;
      const fs::file_type type = entry->symlink_status(gone).type();
      add(scan, directories, joined_path(directory, entry->path().filename().native()), type, can_be_output);
      entry.increment(error);
    }
    if (error) scan.unreadable.push_back(directory);
  }
  for (auto* list : {&scan.leftovers, &scan.links, &scan.possible_outputs, &scan.unreadable}) std::ranges::sort(*list);
  return scan;
}

namespace {

// Returns true if the attributes of the file may be changed. A file with another name (a hard link, as `cp -al`
// creates) must not be changed: the other name would change as well. Only the owner and root can change attributes.
bool is_ours_alone(const struct stat& status) {
  const uid_t user = ::geteuid();
  return status.st_nlink == 1 && (user == 0 || user == status.st_uid);
}

// Returns true if `path` is a mount point, as after `docker run -v FILE:FILE`. The system refuses to rename another
// file over a mount point.
bool is_mounted(const fs::path& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0) return false;
  return (status.stx_attributes & status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

OutputState state_of(const fs::path& path, const std::string& link, const Output& output, std::int64_t time) {
  const FileStatus found = status_of(path);
  bool is_right = false;
  switch (found.type) {
    case FileType::absent:
      return OutputState::absent;
    case FileType::directory:
      throw Error(ErrorKind::io, path.string(), "", "a directory where a file is needed");
    case FileType::other:
      throw Error(ErrorKind::io, path.string(), "", "neither a file nor a symbolic link");
    case FileType::file:
      is_right = link.empty() && holds(path, *output.bytes(), Links::refused);
      break;
    case FileType::link:
      is_right = !link.empty() && link_text(path) == link;
      break;
  }
  const bool is_link = found.type == FileType::link;
  if (is_right) {
    const bool has_mode = is_link || (found.status.st_mode & 07777U) == output_file_mode;
    if (has_mode && is_dated(found.status, time)) return OutputState::right;
    if (is_ours_alone(found.status)) return OutputState::wrong_attributes;
  }
  if (!is_link && is_mounted(path)) {
    throw Error(ErrorKind::io, path.string(), "",
                "a mounted file, which cannot be replaced; mount the directory instead");
  }
  return is_link ? OutputState::other_link : OutputState::other_file;
}

}  // namespace

std::string wanted_link(const std::vector<Output>& outputs, const Output& output) {
  return output.link_to ? relative_link(output.path, outputs[*output.link_to].path) : std::string();
}

std::vector<OutputState> look_at_outputs(const fs::path& root, const std::vector<Output>& outputs,
                                         const OutputDirectories& directories, std::int64_t time) {
  std::vector<OutputState> states;
  states.reserve(outputs.size());
  for (const Output& output : outputs) {
    stop_if_interrupted(root);
    const bool is_missing = directories.missing.contains(directory_of(output.path));
    states.push_back(is_missing ? OutputState::absent
                                : state_of(root / output.path, wanted_link(outputs, output), output, time));
  }
  return states;
}

void stop_if_interrupted(const fs::path& root) {
  if (io::interrupt_is_pending()) throw Error(ErrorKind::io, root.string(), "", "interrupted");
}

}  // namespace minbtf::archive
