// SPDX-License-Identifier: BSD-2-Clause
#include "support/output_tree_case.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>

#include "io/hash.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace fs = std::filesystem;

namespace minbtf::test {

namespace {

std::string description_of(const fs::path& path, bool follow) {
  struct stat status {};
  REQUIRE((follow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) == 0);
  std::string time = std::to_string(status.st_mtim.tv_sec);
  if (status.st_mtim.tv_nsec != 0) time += "." + std::to_string(status.st_mtim.tv_nsec);
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%o", status.st_mode & 07777U);
  if (S_ISLNK(status.st_mode)) return "link " + time + " -> " + fs::read_symlink(path).string();
  if (S_ISDIR(status.st_mode)) return "directory " + std::string(mode.data()) + " " + time;
  if (!S_ISREG(status.st_mode)) return "something else";
  return "file " + std::string(mode.data()) + " " + time + " " + contents_of(path);
}

}  // namespace

archive::Content content_of(std::string_view text) {
  return std::make_shared<const std::vector<std::uint8_t>>(text.begin(), text.end());
}

std::vector<archive::Output> outputs_of(const std::map<std::string, std::string>& contents, bool links) {
  std::vector<archive::Output> outputs;
  std::map<std::string, std::size_t> firsts;
  for (const auto& [path, text] : contents) {
    const auto [first, is_new] = firsts.try_emplace(text, outputs.size());
    archive::Output output{path, content_of(text)};
    if (links && !is_new) output.link_to = first->second;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

void publish(const fs::path& root, const std::vector<archive::Output>& outputs, std::int64_t time) {
  static_cast<void>(archive::OutputTree(root).publish(outputs, time));
}

std::map<std::string, std::string> listing(const fs::path& root) {
  std::map<std::string, std::string> result;
  if (!fs::exists(root)) return result;
  result["."] = description_of(root, true);
  for (const auto& entry : fs::recursive_directory_iterator(root))
    result[entry.path().lexically_relative(root).string()] = description_of(entry.path(), false);
  return result;
}

std::string tar_of(const fs::path& root) {
  const CommandResult tar = run_command({"tar", "--sort=name", "-C", root.string(), "-c", "."});
  REQUIRE(tar.status == 0);
  REQUIRE(tar.out.size() >= 1024);
  return tar.out;
}

std::optional<std::string> read_through(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return contents_of(path);
}

archive::ManifestOutput listed(const fs::path& root, const std::string& path) {
  archive::ManifestOutput output{path, {}, {}};
  if (fs::is_symlink(root / path)) {
    output.link = fs::read_symlink(root / path).string();
  } else {
    output.content_hash = io::hash_of(*content_of(contents_of(root / path)));
  }
  return output;
}

std::vector<std::string> leftovers_in(const fs::path& root) {
  std::vector<std::string> found;
  if (!fs::exists(root)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename().string().find(".min-btf.") != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

}  // namespace minbtf::test
