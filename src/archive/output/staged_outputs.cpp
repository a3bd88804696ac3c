// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/staged_outputs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "archive/output/files.hpp"
#include "archive/tree_path.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/temporary_file.hpp"
#include "io/write_all.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// Returns 0 or an errno value, as make_link() does.
int make_directory(const fs::path& path) {
  // The umask removes bits from the mode of mkdir(); chmod() sets them.
  if (::mkdir(path.c_str(), output_directory_mode) != 0) return errno;
  return ::chmod(path.c_str(), output_directory_mode) == 0 ? 0 : errno;
}

int make_link(const fs::path& path, const std::string& text, std::int64_t time) {
  if (::symlink(text.c_str(), path.c_str()) != 0) return errno;
  return set_time(path, {time, 0});
}

// Writes `contents` to `fd`, sets mode and time, and closes `fd`. `destination` is the path in messages.
void fill(io::FileDescriptor& fd, std::span<const std::uint8_t> contents, std::int64_t time,
          const fs::path& destination) {
  io::write_all(fd.get(), contents, destination.string());
  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{time, 0}};
  if (::fchmod(fd.get(), output_file_mode) != 0) fail_at(destination, "cannot set its mode", errno);
  if (::futimens(fd.get(), times.data()) != 0) fail_at(destination, "cannot set its time", errno);
  if (!fd.close()) fail_at(destination, "cannot write", errno);
}

void rename_to(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) fail_at(to, "cannot replace", errno);
}

}  // namespace

StagedOutputs::StagedOutputs(const fs::path& root, std::int64_t time, const OutputDirectories& directories,
                             DirectoryTimes& times)
    : root_(root), time_(time), directories_(directories), times_(times) {}

StagedOutputs::~StagedOutputs() {
  for (const auto& list : items_) {
    for (const Item& item : list) {
      std::error_code ignored;
      if (!item.temporary.empty()) fs::remove_all(item.temporary, ignored);
    }
  }
}

bool StagedOutputs::is_in_new_directory(const std::string& path) const {
  return directories_.missing.contains(directory_of(path));
}

fs::path StagedOutputs::new_directory(std::string_view directory) {
  if (const auto known = new_directories_.find(std::string(directory)); known != new_directories_.end())
    return known->second;
  const std::string path(directory);
  fs::path made;
  if (is_in_new_directory(path)) {
    made = new_directory(directory_of(directory)) / file_name_of(directory);
    if (const int error_number = make_directory(made); error_number != 0)
      fail_at(root_ / path, "cannot make the directory", error_number);
  } else {
    add(PublishStep::directories, path, {}, [&](const fs::path& temporary) {
      made = temporary;
      return make_directory(temporary);
    });
  }
  new_directories_.emplace(path, made);
  return made;
}

// Adds an item. `create` is called with a temporary path, creates the file, link or directory there, and returns 0 or
// an errno value.
template <typename Create>
void StagedOutputs::add(PublishStep step, const std::string& path, LinkDepth depth, const Create& create) {
  const fs::path destination = root_ / path;
  times_.note(directory_of(path));
  // The item is added before the file is created. Otherwise the file would be left behind if adding the item failed for
  // lack of memory.
  Item& item = items(step).emplace_back(Item{{}, destination.string(), depth});
  const int error_number = io::create_beside(destination, [&](const fs::path& temporary) {
    item.temporary = temporary.string();
    const int result = create(temporary);
    // EEXIST: the file at this path is not ours and must not be removed. After another error our file may exist.
    if (result == EEXIST) item.temporary.clear();
    return result;
  });
  if (error_number != 0) fail_at(destination, "cannot create a temporary file in its directory", error_number);
}

void StagedOutputs::add_file(PublishStep step, const std::string& path, std::span<const std::uint8_t> contents,
                             LinkDepth depth) {
  io::FileDescriptor fd(-1);
  const auto create = [&](const fs::path& name) {
    fd = io::FileDescriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, output_file_mode));
    return fd.is_open() ? 0 : errno;
  };
  if (is_in_new_directory(path)) {
    const int error_number = create(new_directory(directory_of(path)) / file_name_of(path));
    if (error_number != 0) fail_at(root_ / path, "cannot create", error_number);
  } else {
    add(step, path, depth, create);
  }
  fill(fd, contents, time_, root_ / path);
}

void StagedOutputs::add_link(const std::string& path, const std::string& text) {
  if (is_in_new_directory(path)) {
    const int error_number = make_link(new_directory(directory_of(path)) / file_name_of(path), text, time_);
    if (error_number != 0) fail_at(root_ / path, "cannot make a link", error_number);
  } else {
    add(PublishStep::links, path, {}, [&](const fs::path& name) { return make_link(name, text, time_); });
  }
}

bool StagedOutputs::empty() const noexcept {
  return std::ranges::all_of(items_, [](const auto& list) { return list.empty(); });
}

void StagedOutputs::move_into_place(PublishStep step) {
  auto& list = items(step);
  // A link is replaced before the links that it is read through. Until its own rename it then shows its old contents.
  if (step == PublishStep::replaced_links)
    std::ranges::sort(list, std::ranges::greater{}, [](const Item& item) { return item.depth.hops; });
  // A chain that is too long cannot be read. As soon as a link further along the chain becomes a file, the chain would
  // be readable and would show the contents of another output. Such links are therefore removed first.
  for (const Item& item : list) {
    if (!item.depth.is_readable && ::unlink(item.destination.c_str()) != 0)
      fail_at(item.destination, "cannot remove", errno);
  }
  for (Item& item : list) {
    rename_to(item.temporary, item.destination);
    item.temporary.clear();
  }
}

}  // namespace minbtf::archive
