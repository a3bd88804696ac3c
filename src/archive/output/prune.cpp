// Removing what an earlier run made and the last one did not.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

#include "archive/output/directories.hpp"
#include "archive/output/files.hpp"
#include "archive/output/output_state.hpp"
#include "archive/output/output_tree.hpp"
#include "archive/tree_path.hpp"
#include "io/interrupt.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// A manifest is a file that anybody may have written.
bool can_exist(const fs::path& root, const std::string& path) {
  return is_clean_path(path) && (root / path).native().size() < PATH_MAX &&
         std::ranges::all_of(fs::path(path), [](const fs::path& part) { return part.native().size() <= NAME_MAX; });
}

bool is_as_listed(const fs::path& path, FileType type, const ManifestOutput& listed) {
  if (type == FileType::link) return link_text(path) == listed.link;
  // Also what was listed as a link: publish() makes files of those whose target is to be something else.
  const auto contents = type == FileType::file ? read_file(path, Links::refused) : std::nullopt;
  return contents && hash_of(*contents) == listed.content_hash;
}

void remove_empty_directories(const fs::path& root, std::string_view directory, DirectoryTimes& times) {
  for (; !directory.empty(); directory = directory_of(directory)) {
    times.note(directory_of(directory));
    if (::rmdir((root / directory).c_str()) == 0 || errno == ENOENT) continue;
    // Not empty (both are told so), or the user has mounted something there.
    if (errno == ENOTEMPTY || errno == EEXIST || errno == EBUSY) return;
    fail_at(root / directory, "cannot remove", errno);
  }
}

}  // namespace

std::size_t OutputTree::prune(const std::vector<ManifestOutput>& listed) {
  if (!published_ || !lock_.is_open()) return 0;
  const io::InterruptsBlocked blocked;
  RealDirectories real(root_);
  std::vector<std::string> links;
  std::vector<std::string> files;
  for (const ManifestOutput& output : listed) {
    stop_if_interrupted(root_);
    if (!can_exist(root_, output.path) || std::ranges::binary_search(published_->paths, output.path) ||
        !real.contains(directory_of(output.path)))
      continue;
    const fs::path path = root_ / output.path;
    const FileType type = status_of(path).type;
    if (is_as_listed(path, type, output)) (type == FileType::link ? links : files).push_back(output.path);
  }

  DirectoryTimes times(root_);
  times.keep();
  PathSet emptied;
  std::size_t removed = 0;
  // Links first, so that none is left which leads to nothing.
  for (const auto* paths : {&links, &files}) {
    for (const std::string& path : *paths) {
      times.note(directory_of(path));
      emptied.emplace(directory_of(path));
      if (::unlink((root_ / path).c_str()) == 0) {
        ++removed;
      } else if (errno != ENOENT) {
        fail_at(root_ / path, "cannot remove", errno);
      }
    }
  }
  for (const std::string& directory : emptied) remove_empty_directories(root_, directory, times);
  // Where it belongs to somebody else, publish() has said so.
  static_cast<void>(times.set({}, published_->time));
  return removed;
}

}  // namespace minbtf::archive
