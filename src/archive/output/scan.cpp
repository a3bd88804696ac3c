#include "archive/output/scan.hpp"

#include <algorithm>
#include <system_error>

#include "archive/tree_path.hpp"
#include "io/temporary_name.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

bool is_hidden(const std::string& path) { return path.starts_with('.') || path.find("/.") != std::string::npos; }

// Temporary names are given to files, links and directories.
bool is_leftover(const std::string& path, fs::file_type type) {
  return io::is_temporary_name(file_name_of(path)) &&
         (type == fs::file_type::regular || type == fs::file_type::symlink || type == fs::file_type::directory);
}

void add(TreeScan& scan, std::vector<std::string>& directories, std::string path, fs::file_type type) {
  if (is_leftover(path, type)) {
    scan.leftovers.push_back(std::move(path));
    return;
  }
  if (type == fs::file_type::symlink) scan.links.push_back(path);
  if (type == fs::file_type::directory) {
    directories.push_back(std::move(path));
  } else if ((type == fs::file_type::symlink || type == fs::file_type::regular) && path.ends_with(".btf") &&
             !is_hidden(path)) {
    scan.btf_files.push_back(std::move(path));
  }
}

}  // namespace

TreeScan scan_tree(const fs::path& root) {
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
      add(scan, directories, joined_path(directory, entry->path().filename().native()), type);
      entry.increment(error);
    }
    if (error) scan.unreadable.push_back(directory);
  }
  for (auto* list : {&scan.leftovers, &scan.links, &scan.btf_files, &scan.unreadable}) std::ranges::sort(*list);
  return scan;
}

}  // namespace minbtf::archive
