#include "report/reduced_tree.hpp"

#include "archive/tree_path.hpp"

namespace minbtf::report {

ReducedTree::ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits)
    : directory_(directory) {
  const archive::SourceTree tree = archive::find_sources(
      directory, archive::PathSelection(), {.max_entries = limits.members, .max_path_bytes = limits.path_bytes});
  for (const archive::SourceFault& fault : tree.faults) {
    warnings_.push_back((directory / fault.path).string() + ": " + fault.problem.reason);
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

const std::string* ReducedTree::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::filesystem::path ReducedTree::location(const std::string& path) const {
  const std::string* const file = find(path);
  return directory_ / (file != nullptr ? *file : path);
}

std::vector<std::string> ReducedTree::kernels() const {
  std::vector<std::string> paths;
  for (const auto& [path, file] : files_) {
    if (archive::is_kernel_name(file)) paths.push_back(path);
  }
  return paths;
}

}  // namespace minbtf::report
