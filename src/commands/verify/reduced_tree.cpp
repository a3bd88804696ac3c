// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/reduced_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string_view>
#include <utility>

#include "archive/batch/batch.hpp"
#include "archive/tree_path.hpp"
#include "io/read/file_descriptor.hpp"

namespace minbtf::cli {

namespace {

/// Keeps the BTF of each kernel in memory.
class Keeper final : public archive::TaskWithResult<archive::Content> {
 public:
  [[nodiscard]] bool is_full() const noexcept { return is_full_; }

 private:
  [[nodiscard]] archive::Content process(const archive::KernelPlace& place, const KernelBtf& kernel) const override {
    if (is_full_) throw Error(ErrorKind::unsupported, place.name, "", "not read: the limit of all BTF is reached");
    archive::Content content = store_.add(std::vector<std::uint8_t>(kernel.bytes.begin(), kernel.bytes.end()));
    if (store_.bytes() > max_tar_bytes) is_full_ = true;
    return content;
  }
  [[nodiscard]] bool are_equal(const archive::Content& one, const archive::Content& other) const override {
    return one == other;
  }

  mutable archive::ContentStore store_;
  mutable std::atomic<bool> is_full_ = false;
};

/// Returns the first directory of all output paths in `files`; empty if they do not have the same one.
std::string top_of(const std::map<std::string, std::string>& files) {
  std::optional<std::string> top;
  for (const auto& [path, file] : files) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos || (top && *top != path.substr(0, slash))) return {};
    if (!top) top = path.substr(0, slash);
  }
  return top.value_or("");
}

}  // namespace

ReducedTree::ReducedTree(const std::filesystem::path& directory, const archive::UnpackLimits& limits)
    : limits_(limits), directory_(directory) {
  archive::SourceTree tree = archive::find_sources(
      directory, archive::PathSelection(), {.max_entries = limits.members, .max_path_bytes = limits.path_bytes});
  faults_ = std::move(tree.faults);
  bar();
  for (const archive::SourceFile& file : tree.files) {
    std::string path = archive::output_path(file.path);
    // A file with the name of an output comes before one with a suffix of compression or archives.
    std::string& taken = files_.try_emplace(path, file.path).first->second;
    if (taken == file.path) continue;
    std::string passed_over = file.path;
    if (file.path == path) std::swap(taken, passed_over);
    warnings_.push_back((directory / passed_over).string() + ": ignored, because " + taken +
                        " is used for the same kernel");
  }
}

ReducedTree ReducedTree::of_file(const std::filesystem::path& file, const archive::UnpackLimits& limits) {
  ReducedTree tree(limits);
  tree.file_ = file.string();
  return tree;
}

ReducedTree ReducedTree::of_standard_input(archive::Input& input, const archive::UnpackLimits& limits) {
  ReducedTree tree = of_file(input.path(), limits);
  input.load();
  const std::span<const std::uint8_t> btf = input.one_kernel();
  tree.contents_.emplace();
  tree.contents_->emplace(*tree.file_, archive::ContentStore().add(std::vector<std::uint8_t>(btf.begin(), btf.end())));
  return tree;
}

ReducedTree ReducedTree::of_tar(archive::Input& tar, const archive::UnpackLimits& limits, std::size_t jobs) {
  ReducedTree tree(limits);
  tree.directory_ = tar.path();
  const Keeper keeper;
  const archive::PathSelection all;
  const archive::Batch batch =
      archive::run_batch(tar, {.task = keeper, .selection = all, .limits = limits, .jobs = jobs});
  if (keeper.is_full()) {
    throw Error(ErrorKind::unsupported, tar.path(), "",
                "over " + std::to_string(max_tar_bytes) +
                    " bytes of distinct BTF; unpack the tar, and give the directory as REDUCED");
  }
  for (const archive::SourceFault& fault : batch.faults) {
    const archive::Problem& problem = fault.problem;
    if (problem.member.empty()) throw Error(problem.kind, tar.path(), problem.where, problem.reason);
    tree.faults_.push_back({.path = problem.member, .problem = problem});
  }
  tree.bar();
  tree.contents_.emplace();
  for (const archive::NamedKernel& kernel : batch.kernels) {
    tree.files_.emplace(kernel.path, kernel.member);
    tree.contents_->emplace(kernel.member, archive::value_of<archive::Content>(*kernel.result));
  }
  // An unreadable member may come after a member of the same name, and would replace that when the tar is unpacked.
  std::erase_if(tree.files_, [&](const auto& each) { return tree.barred_.contains(each.second); });
  tree.top_ = top_of(tree.files_);
  return tree;
}

bool ReducedTree::take_only_kernel() {
  if (files_.size() != 1) return false;
  file_ = files_.begin()->second;
  return true;
}

void ReducedTree::bar() {
  for (const archive::SourceFault& fault : faults_) {
    const Error error(fault.problem.kind, place_of(fault.path).string(), fault.problem.where, fault.problem.reason);
    barred_.emplace(fault.path, error);
    if (archive::is_kernel_name(fault.path)) barred_.emplace(archive::output_path(fault.path), error);
  }
}

const std::string* ReducedTree::file_at(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::string ReducedTree::with_top(const std::string& path) const { return archive::joined_path(top_, path); }

std::string ReducedTree::without_top(const std::string& file) const {
  return !top_.empty() && file.starts_with(top_ + "/") ? file.substr(top_.size() + 1) : file;
}

std::vector<std::string> ReducedTree::candidates(const std::string& path) const {
  if (file_) return {*file_};
  std::vector<std::string> files;
  if (const std::string* const file = file_at(path)) files.push_back(*file);
  if (top_.empty()) return files;
  if (const std::string* const file = file_at(with_top(path))) files.push_back(*file);
  return files;
}

void ReducedTree::settle(const std::vector<std::string>& paths) {
  if (std::ranges::any_of(paths, [&](const std::string& path) { return file_at(path) != nullptr; })) top_.clear();
}

const std::string* ReducedTree::find(const std::string& path) const {
  return file_ ? &*file_ : file_at(with_top(path));
}

std::filesystem::path ReducedTree::location(const std::string& path) const {
  const std::string* const file = find(path);
  return place_of(file != nullptr ? *file : with_top(path));
}

std::span<const std::uint8_t> ReducedTree::read(const std::string& file, archive::KernelMemory& memory) const {
  if (contents_) return *contents_->at(file);
  const std::string path = place_of(file).string();
  const auto found = archive::read_kernel(path, limits_, memory);
  if (!found) throw Error(ErrorKind::wrong_file, path, "", "a tar of several kernels, where one is needed");
  return *found;
}

std::optional<Error> ReducedTree::obstacle(const std::string& path) const {
  const std::string whole = with_top(path);
  for (std::string_view part = whole; !part.empty(); part = archive::directory_of(part)) {
    if (const auto found = barred_.find(part); found != barred_.end()) return found->second;
  }
  if (contents_) return std::nullopt;
  for (std::string_view part = path; !part.empty(); part = archive::directory_of(part)) {
    const std::filesystem::path place = directory_ / part;
    struct stat status {};
    const bool is_there = ::lstat(place.c_str(), &status) == 0;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR)) continue;
    if (!is_there || ::stat(place.c_str(), &status) != 0) {
      return Error(ErrorKind::io, place.string(), "", "cannot open: " + io::system_reason(errno));
    }
    if (part == path && S_ISDIR(status.st_mode)) {
      return Error(ErrorKind::wrong_file, place.string(), "", "a directory, where a file is needed");
    }
    break;
  }
  return std::nullopt;
}

std::vector<std::string> ReducedTree::kernels() const {
  std::vector<std::string> paths;
  if (file_) return paths;  // it is compared with any kernel, so it is not extra
  for (const auto& [path, file] : files_) {
    if (archive::is_kernel_name(file)) paths.push_back(without_top(path));
  }
  return paths;
}

}  // namespace minbtf::cli
