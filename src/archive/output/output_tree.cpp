// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/output_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/output/directories.hpp"
#include "archive/output/files.hpp"
#include "archive/output/output_state.hpp"
#include "archive/output/staged_outputs.hpp"
#include "archive/output/stale_links.hpp"
#include "io/interrupt.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

fs::path without_final_slash(fs::path path) {
  while (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  return path;
}

bool is_published(const std::vector<std::string>& paths, const std::string& path) {
  return std::ranges::binary_search(paths, path);
}

void sync_to_disk(int directory, const fs::path& root) {
  if (::syncfs(directory) != 0) fail_at(root, "cannot write", errno);
}

void remove_leftovers(const fs::path& root, const TreeScan& scan, DirectoryTimes& times) {
  for (const std::string& leftover : scan.leftovers) {
    times.note(directory_of(leftover));
    std::error_code error;
    fs::remove_all(root / leftover, error);
    if (error) fail_at(root / leftover, "cannot remove", error.value());
  }
}

void stage_outputs(const fs::path& root, const std::vector<Output>& outputs, const std::vector<OutputState>& states,
                   LinkFollower& follower, StagedOutputs& staged) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (states[i] == OutputState::right || states[i] == OutputState::wrong_attributes) continue;
    stop_if_interrupted(root);
    const Output& output = outputs[i];
    // A link whose target changes is a regular file in between. Until all other outputs are published, neither the old
    // target nor the new target is certain to have the contents of this output.
    if (states[i] == OutputState::other_link) {
      staged.add_file(PublishStep::replaced_links, output.path, *output.bytes(), follower.follow(output.path).depth);
    } else if (!output.link_to) {
      staged.add_file(PublishStep::files, output.path, *output.bytes());
    }
    if (output.link_to) staged.add_link(output.path, wanted_link(outputs, output));
  }
}

void correct_outputs(const fs::path& root, const std::vector<Output>& outputs, const std::vector<OutputState>& states,
                     std::int64_t time) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (states[i] != OutputState::wrong_attributes) continue;
    correct_attributes(root / outputs[i].path, outputs[i].link_to ? FileType::link : FileType::file, time);
  }
}

}  // namespace

OutputTree::OutputTree(fs::path root, io::OnWait on_wait)
    : root_(without_final_slash(std::move(root))), on_wait_(std::move(on_wait)) {
  check_root(root_);
}

void OutputTree::keep_others_out(MadeDirectories& made) {
  made.make(root_);
  // Another run may have created the directory, failed and removed it again. The lock of a removed directory keeps no
  // other run out; the directory is then created and locked again.
  while (!lock_.is_open() || !is_same_directory(lock_.get(), root_)) {
    if (auto lock = lock_root(root_, on_wait_)) {
      lock_ = std::move(*lock);
    } else {
      made.keep();  // another run uses it
      stop_if_interrupted(root_);
    }
    made.make(root_);
  }
}

PublishReport OutputTree::publish(const std::vector<Output>& outputs, std::int64_t time,
                                  const CanBeOutput& can_be_output) {
  // Destroyed last: if an exception is thrown below, all unfinished files are removed before a pending signal takes
  // effect.
  const io::InterruptsBlocked blocked;
  published_.reset();
  PublishReport report;
  std::vector<std::string> paths;
  std::ranges::transform(outputs, std::back_inserter(paths), &Output::path);
  std::error_code ignored;
  if (outputs.empty() && !fs::exists(root_, ignored)) {
    published_ = Published{std::move(paths), time};
    return report;
  }

  MadeDirectories made;
  keep_others_out(made);
  const OutputDirectories directories = check_directories(root_, outputs);
  const std::vector<OutputState> states = look_at_outputs(root_, outputs, directories, time);
  const TreeScan scan = scan_tree(root_, can_be_output);
  // All checks are done: no other file is at the path of an output. The tree is changed from here on.

  DirectoryTimes times(root_);
  remove_leftovers(root_, scan, times);
  StagedOutputs staged(root_, time, directories, times);
  LinkFollower follower(root_);
  stage_outputs(root_, outputs, states, follower, staged);
  report.warnings = stage_stale_links(root_, outputs, scan, time, follower, staged);
  // Contents must be on the disk before the files get their names. Otherwise a power failure could leave names without
  // contents.
  if (!staged.empty()) sync_to_disk(lock_.get(), root_);
  stop_if_interrupted(root_);
  made.keep();
  times.keep();
  // All contents are on the disk, and no output is visible yet. The following steps are not undone.

  staged.move_into_place(PublishStep::replaced_links);
  // Each of the following renames changes only the contents of its own path. A link that still exists either leads to a
  // file that does not change, or must show the new contents of its target.
  staged.move_into_place(PublishStep::files);
  staged.move_into_place(PublishStep::directories);
  // The targets of all new links exist now.
  staged.move_into_place(PublishStep::links);
  correct_outputs(root_, outputs, states, time);
  const std::vector<std::string> undated = times.set(directories.all, time);
  sync_to_disk(lock_.get(), root_);

  report.unchanged = static_cast<std::size_t>(std::ranges::count(states, OutputState::right));
  std::ranges::remove_copy_if(scan.possible_outputs, std::back_inserter(report.stale),
                              [&](const std::string& path) { return is_published(paths, path); });
  report.warnings.insert(report.warnings.end(), undated.begin(), undated.end());
  for (const std::string& directory : scan.unreadable)
    report.warnings.push_back((root_ / directory).string() + ": cannot be listed; its files were not checked");
  published_ = Published{std::move(paths), time};
  return report;
}

// prune(): removes outputs of an earlier run that are no outputs of the last run.

namespace {

// Returns true if a run can have an output with this path in the tree. A manifest is untrusted input: it may list any
// file of the tree with the right hash.
bool is_possible_output(const fs::path& root, const std::string& path) {
  return is_clean_path(path) && is_output_path(path) && (root / path).native().size() < PATH_MAX &&
         std::ranges::all_of(fs::path(path), [](const fs::path& part) { return part.native().size() <= NAME_MAX; });
}

bool is_as_listed(const fs::path& path, FileType type, const ManifestOutput& listed) {
  if (type == FileType::link) return link_text(path) == listed.link;
  // The output may be listed as a link: publish() turns a link into a file if the target of the link changes.
  const auto contents = type == FileType::file ? read_file(path, Links::refused) : std::nullopt;
  return contents && io::hash_of(*contents) == listed.content_hash;
}

void remove_empty_directories(const fs::path& root, std::string_view directory, DirectoryTimes& times) {
  for (; !directory.empty(); directory = directory_of(directory)) {
    times.note(directory_of(directory));
    if (::rmdir((root / directory).c_str()) == 0 || errno == ENOENT) continue;
    // ENOTEMPTY or EEXIST: the directory is not empty. EBUSY: the directory is a mount point.
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
    if (!is_possible_output(root_, output.path) || std::ranges::binary_search(published_->paths, output.path) ||
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
  // Links are removed first, so that an interruption leaves no broken link.
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
  // publish() has already returned the warnings for directories of other users.
  static_cast<void>(times.set({}, published_->time));
  return removed;
}

}  // namespace minbtf::archive
