#include "archive/input/object_list.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>

#include "archive/input/path_selection.hpp"
#include "base/short_text.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// Returns all `*.o` files below the directory, sorted by path. Not all of them are BPF objects: every compiler writes
// `*.o` files.
std::vector<fs::path> dot_o_files(const fs::path& directory) {
  std::vector<fs::path> files;
  try {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
      std::error_code dangling_link;
      if (entry.path().extension() == ".o" && entry.is_regular_file(dangling_link)) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    const fs::path& place = error.path1().empty() ? directory : error.path1();
    throw Error(ErrorKind::io, place.string(), "", "cannot read the directory: " + error.code().message());
  }
  std::ranges::sort(files, {}, [](const fs::path& path) -> const std::string& { return path.native(); });
  return files;
}

class ObjectFinder {
 public:
  explicit ObjectFinder(const ObjectSelection& selection) : selection_(selection) {}

  ObjectList find(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
      std::error_code missing;  // ignored: opening the file reports a better reason
      if (fs::is_directory(argument, missing)) {
        add_directory(argument);
      } else {
        list_.paths.emplace_back(argument);
      }
    }
    std::ranges::copy_if(selection_.include, std::back_inserter(list_.unmatched),
                         [&](const std::string& glob) { return !matched_.contains(glob); });
    return std::move(list_);
  }

 private:
  void add_directory(const fs::path& directory) {
    const std::size_t before = list_.paths.size();
    const std::size_t unselected_before = list_.unselected;
    for (fs::path& path : dot_o_files(directory)) {
      if (!takes(path.lexically_relative(directory).native())) {
        ++list_.unselected;
      } else if (io::is_bpf_elf(io::InputFile(path).head())) {
        list_.paths.push_back(std::move(path));
      } else {
        ++list_.skipped;
      }
    }
    if (list_.paths.size() != before) return;
    const std::size_t unselected = list_.unselected - unselected_before;
    std::string reason = "no BPF object (*.o) in this directory or below it";
    if (unselected > 0) reason += " is selected; " + base::counted(unselected, "file") + " left out";
    throw Error(ErrorKind::wrong_file, directory.string(), "", reason);
  }

  bool takes(std::string_view path) {
    bool is_taken = selection_.include.empty();
    for (const std::string& glob : selection_.include) {
      if (!matches_glob(glob, path)) continue;
      matched_.insert(glob);
      is_taken = true;
    }
    return is_taken &&
           std::ranges::none_of(selection_.exclude, [&](const std::string& glob) { return matches_glob(glob, path); });
  }

  const ObjectSelection& selection_;
  ObjectList list_;
  std::set<std::string> matched_;
};

}  // namespace

ObjectList find_objects(const std::vector<std::string>& arguments, const ObjectSelection& selection) {
  return ObjectFinder(selection).find(arguments);
}

}  // namespace minbtf::archive
