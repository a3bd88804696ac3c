#include "archive/output/output_state.hpp"

#include <unistd.h>

#include "archive/output/files.hpp"
#include "archive/tree_path.hpp"
#include "io/interrupt.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// Another name of the file (cp -al makes them) would change with it, and only its owner may change it.
bool is_ours_alone(const struct stat& status) {
  const uid_t user = ::geteuid();
  return status.st_nlink == 1 && (user == 0 || user == status.st_uid);
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
      is_right = link.empty() && holds(path, *output.content, Links::refused);
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
