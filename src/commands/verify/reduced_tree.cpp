#include "commands/verify/reduced_tree.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "archive/tree_path.hpp"
#include "io/file_descriptor.hpp"

namespace minbtf::cli {

ReducedTree::ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits)
    : directory_(directory) {
  archive::SourceTree tree = archive::find_sources(
      directory, archive::PathSelection(), {.max_entries = limits.members, .max_path_bytes = limits.path_bytes});
  faults_ = std::move(tree.faults);
  for (const archive::SourceFault& fault : faults_) {
    const Error error(fault.problem.kind, (directory / fault.path).string(), "", fault.problem.reason);
    barred_.emplace(fault.path, error);
    if (archive::is_kernel_name(fault.path)) barred_.emplace(archive::output_path(fault.path), error);
  }
  for (const archive::SourceFile& file : tree.files) {
    std::string path = archive::output_path(file.path);
    // A file that is called as outputs are comes before packed ones.
    std::string& taken = files_.try_emplace(path, file.path).first->second;
    if (taken == file.path) continue;
    std::string passed_over = file.path;
    if (file.path == path) std::swap(taken, passed_over);
    warnings_.push_back((directory / passed_over).string() + ": passed over, because there is " + taken);
  }
}

ReducedTree ReducedTree::of_file(const std::filesystem::path& file) {
  ReducedTree tree;
  tree.file_ = file.string();
  return tree;
}

const std::string* ReducedTree::find(const std::string& path) const {
  if (file_) return &*file_;
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::filesystem::path ReducedTree::location(const std::string& path) const {
  const std::string* const file = find(path);
  return directory_ / (file != nullptr ? *file : path);
}

std::optional<Error> ReducedTree::obstacle(const std::string& path) const {
  for (std::string_view part = path; !part.empty(); part = archive::directory_of(part)) {
    if (const auto found = barred_.find(part); found != barred_.end()) return found->second;
  }
  for (std::string_view part = path; !part.empty(); part = archive::directory_of(part)) {
    const std::filesystem::path place = directory_ / part;
    struct stat status {};
    const bool is_there = ::lstat(place.c_str(), &status) == 0;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR)) continue;
    if (!is_there || ::stat(place.c_str(), &status) != 0) {
      return Error(ErrorKind::io, place.string(), "", "cannot open: " + io::system_reason(errno));
    }
    if (part == path && S_ISDIR(status.st_mode)) {
      return Error(ErrorKind::wrong_file, place.string(), "", "a directory, where a file should be");
    }
    break;
  }
  return std::nullopt;
}

std::vector<std::string> ReducedTree::kernels() const {
  std::vector<std::string> paths;
  for (const auto& [path, file] : files_) {
    if (archive::is_kernel_name(file)) paths.push_back(path);
  }
  return paths;
}

}  // namespace minbtf::cli
