// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/object_list.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/input/architecture.hpp"
#include "archive/input/architecture_field.hpp"
#include "archive/input/path_selection.hpp"
#include "base/short_text.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"

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

/// A glob of the selection, as it was given and as it is compared.
struct Glob {
  const std::string& given;
  std::vector<std::string> expanded;

  [[nodiscard]] bool matches(std::string_view path) const {
    return std::ranges::any_of(expanded, [&](const std::string& glob) { return matches_glob(glob, path); });
  }
};

std::vector<Glob> globs_for(const std::vector<std::string>& globs, std::string_view architecture) {
  std::vector<Glob> all;
  for (const std::string& glob : globs) {
    all.push_back({.given = glob, .expanded = globs_for_architecture(glob, architecture)});
  }
  return all;
}

/// The selection for the kernels of one architecture, or for all kernels. `name` is then empty.
struct Target {
  std::string_view name;
  std::vector<Glob> include;
  std::vector<Glob> exclude;
};

/// Indices of targets.
using Targets = std::vector<std::size_t>;

class ObjectFinder {
 public:
  ObjectFinder(const std::vector<std::string>& arguments, const ObjectSelection& selection)
      : arguments_(arguments), selection_(selection) {
    const auto has_field = [](const std::string& text) { return has_architecture_field(text); };
    const bool is_by_architecture = std::ranges::any_of(arguments, has_field) ||
                                    std::ranges::any_of(selection.include, has_field) ||
                                    std::ranges::any_of(selection.exclude, has_field);
    if (is_by_architecture) {
      list_.architectures.emplace();
      for (const std::string_view name : bpf_architectures()) add_target(name);
    } else {
      add_target("");
    }
  }

  ObjectList find() {
    Targets all;
    for (std::size_t i = 0; i < targets_.size(); ++i) all.push_back(i);
    for (const std::string& argument : arguments_) {
      if (has_architecture_field(argument)) {
        add_for_each(argument, all);
      } else if (is_directory(argument)) {
        add_directory(argument, all);
      } else {
        add(argument, all);  // opening the file reports the reason if it cannot be read
      }
    }
    list_.unmatched_include = unmatched(selection_.include);
    list_.unmatched_exclude = unmatched(selection_.exclude);
    if (list_.architectures && list_.architectures->missing.size() == targets_.size()) {
      throw Error(list_.architectures->missing.begin()->second);
    }
    return std::move(list_);
  }

 private:
  void add_target(std::string_view name) {
    targets_.push_back(
        {.name = name, .include = globs_for(selection_.include, name), .exclude = globs_for(selection_.exclude, name)});
  }

  static bool is_directory(const fs::path& path) {
    std::error_code missing;
    return fs::is_directory(path, missing);
  }

  /// Adds the files and directories that an argument with a field names. Throws Error (io) if none exists.
  void add_for_each(const std::string& argument, const Targets& targets) {
    std::size_t found = 0;
    for (const std::size_t target : targets) {
      const std::string path = path_for_architecture(argument, targets_[target].name);
      std::error_code error;
      const fs::file_status status = fs::status(path, error);
      if (status.type() == fs::file_type::not_found) {
        miss(target, Error(ErrorKind::io, path, "", "no such file or directory"));
        continue;
      }
      ++found;
      fs::is_directory(status) ? add_directory(path, {target}) : add(path, {target});
    }
    if (found == 0) {
      std::string names;
      for (const Target& target : targets_) names += (names.empty() ? "" : ", ") + std::string(target.name);
      throw Error(ErrorKind::io, argument, "", "no such file or directory for any of " + names);
    }
  }

  void add_directory(const fs::path& directory, const Targets& targets) {
    std::vector<std::size_t> found(targets_.size());
    std::vector<std::size_t> selected(targets_.size());
    std::vector<fs::path> files = dot_o_files(directory);
    const std::size_t count = files.size();
    for (fs::path& path : files) {
      const Targets chosen = targets_for(path.lexically_relative(directory).native(), targets);
      for (const std::size_t target : chosen) ++selected[target];
      if (chosen.empty()) {
        ++list_.unselected;
      } else if (io::is_bpf_elf(io::InputFile(path).head())) {
        for (const std::size_t target : chosen) ++found[target];
        add(std::move(path), chosen);
      } else {
        ++list_.skipped;
      }
    }
    for (const std::size_t target : targets) {
      if (found[target] == 0) miss(target, nothing_in(directory, count - selected[target]));
    }
  }

  [[nodiscard]] Error nothing_in(const fs::path& directory, std::size_t unselected) const {
    std::string reason = "no BPF object (*.o) in this directory or below it";
    if (unselected > 0) reason += " is selected; " + base::counted(unselected, "file") + " left out";
    for (const std::string& glob : unmatched(selection_.include)) reason += "; no file matches '" + glob + "'";
    return {ErrorKind::wrong_file, directory.string(), "", reason};
  }

  /// Records that the target has no objects. Throws the error if there is only one target.
  void miss(std::size_t target, const Error& error) {
    if (!list_.architectures) throw Error(error);
    list_.architectures->missing.try_emplace(targets_[target].name, error);
  }

  void add(fs::path path, const Targets& targets) {
    list_.paths.push_back(std::move(path));
    if (!list_.architectures) return;
    std::vector<std::string_view>& names = list_.architectures->of_objects.emplace_back();
    for (const std::size_t target : targets) names.push_back(targets_[target].name);
  }

  /// Returns the targets that select the file at this path in its directory.
  Targets targets_for(std::string_view path, const Targets& targets) {
    Targets chosen;
    std::ranges::copy_if(targets, std::back_inserter(chosen),
                         [&](std::size_t target) { return takes(targets_[target], path); });
    return chosen;
  }

  bool takes(const Target& target, std::string_view path) {
    const auto match = [&](const std::vector<Glob>& globs) {
      bool is_matched = false;
      for (const Glob& glob : globs) {
        if (!glob.matches(path)) continue;
        matched_.insert(&glob.given);
        is_matched = true;
      }
      return is_matched;
    };
    const bool is_included = match(target.include) || target.include.empty();
    const bool is_excluded = match(target.exclude);
    return is_included && !is_excluded;
  }

  /// Returns the globs that match no file that was seen so far.
  [[nodiscard]] std::vector<std::string> unmatched(const std::vector<std::string>& globs) const {
    std::vector<std::string> found;
    std::ranges::copy_if(globs, std::back_inserter(found),
                         [&](const std::string& glob) { return !matched_.contains(&glob); });
    return found;
  }

  const std::vector<std::string>& arguments_;
  const ObjectSelection& selection_;
  std::vector<Target> targets_;
  ObjectList list_;
  std::set<const std::string*> matched_;  ///< globs of selection_
};

}  // namespace

bool ObjectArchitectures::serves_all(std::size_t object) const {
  return of_objects[object].size() == bpf_architectures().size();
}

ObjectList find_objects(const std::vector<std::string>& arguments, const ObjectSelection& selection) {
  return ObjectFinder(arguments, selection).find();
}

}  // namespace minbtf::archive
