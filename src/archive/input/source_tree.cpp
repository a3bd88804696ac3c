// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/source_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "archive/tree_path.hpp"
#include "io/read/file_descriptor.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

using Identity = std::pair<dev_t, ino_t>;

class Walk {
 public:
  Walk(const fs::path& root, const PathSelection& selection, const WalkOptions& options)
      : root_(root), selection_(selection), options_(options) {}

  SourceTree run() {
    struct stat status {};
    if (::stat(root_.c_str(), &status) != 0) {
      throw Error(ErrorKind::io, root_.string(), "", "cannot read the directory: " + io::system_reason(errno));
    }
    const std::string failure = enter(root_, "", {status.st_dev, status.st_ino});
    if (!failure.empty()) throw Error(ErrorKind::io, root_.string(), "", failure);
    std::ranges::sort(tree_.files, {}, &SourceFile::path);
    tree_.files.shrink_to_fit();
    std::ranges::sort(tree_.faults, {}, &SourceFault::path);
    return std::move(tree_);
  }

 private:
  /// Searches a directory. Returns the reason why it cannot be read, or an empty text.
  std::string enter(const fs::path& location, const std::string& path, Identity identity) {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator entry(location, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      names.push_back(entry->path().filename().string());
      count_entry();
    }
    if (error) return "cannot read the directory: " + error.message();
    ancestors_.push_back(identity);
    for (const std::string& name : names) visit(location / name, joined_path(path, name), name);
    ancestors_.pop_back();
    return {};
  }

  void visit(const fs::path& location, const std::string& path, const std::string& name) {
    if (path.size() > options_.max_path_bytes) {
      fault(path, ErrorKind::unsupported,
            "a path of over " + std::to_string(options_.max_path_bytes) + " bytes (--max-path)");
      return;
    }
    struct stat own {};
    struct stat status {};
    const bool known = ::lstat(location.c_str(), &own) == 0 && ::stat(location.c_str(), &status) == 0;
    const int reason = errno;
    if (name.starts_with('.')) {
      if (!known || !S_ISDIR(status.st_mode)) tree_.ignored.push_back(path);
    } else if (!known) {
      unreachable(path, reason);
    } else if (S_ISDIR(status.st_mode)) {
      visit_directory(location, path, {status.st_dev, status.st_ino}, S_ISLNK(own.st_mode));
    } else if (!S_ISREG(status.st_mode)) {
      if (is_kernel_name(path) && selection_.takes(path)) {
        fault(path, ErrorKind::wrong_file, "neither a regular file nor a directory");
      } else {
        tree_.ignored.push_back(path);
      }
    } else {
      const bool is_selected = !is_kernel_name(path) || selection_.takes(path);
      SourceFile file = {.path = path,
                         .location = location.native(),
                         .bytes = static_cast<std::uint64_t>(status.st_size),
                         .is_selected = is_selected};
      if (is_selected) {
        tree_.files.push_back(std::move(file));
      } else {
        leave_out(path, selection_, tree_);
        if (options_.keeps_unselected) tree_.unselected_files.push_back(std::move(file));
      }
    }
  }

  void visit_directory(const fs::path& location, const std::string& path, Identity identity, bool is_link) {
    if (is_link && !options_.follow_directory_links) return;
    if (is_link && identity == left_out_) return;
    if (std::ranges::find(ancestors_, identity) != ancestors_.end()) return;  // a loop
    const std::string failure = enter(location, path, identity);
    if (!failure.empty()) fault(path, ErrorKind::io, failure);
  }

  void unreachable(const std::string& path, int reason) {
    // A dangling link that is named like a kernel is a missing kernel, and a fault. Other dangling links are ignored.
    if (is_kernel_name(path)) {
      if (selection_.takes(path)) fault(path, ErrorKind::io, "cannot open: " + io::system_reason(reason));
    } else {
      tree_.ignored.push_back(path);
    }
  }

  void fault(const std::string& path, ErrorKind kind, std::string reason) {
    tree_.faults.push_back(
        {.path = path, .problem = {.kind = kind, .member = "", .where = "", .reason = std::move(reason)}});
  }

  void count_entry() {
    if (++entries_ <= options_.max_entries) return;
    throw Error(ErrorKind::unsupported, root_.string(), "",
                "over " + std::to_string(options_.max_entries) + " files and directories (--max-members)");
  }

  static std::optional<Identity> identity_of(const fs::path& path) {
    struct stat status {};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) return std::nullopt;
    return Identity{status.st_dev, status.st_ino};
  }

  const fs::path& root_;
  const PathSelection& selection_;
  const WalkOptions& options_;
  SourceTree tree_;
  std::vector<Identity> ancestors_;
  std::size_t entries_ = 0;
  std::optional<Identity> left_out_ = identity_of(options_.left_out);
};

}  // namespace

SourceTree find_sources(const fs::path& directory, const PathSelection& selection, const WalkOptions& options) {
  return Walk(directory, selection, options).run();
}

}  // namespace minbtf::archive
