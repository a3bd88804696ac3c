// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/stale_links.hpp"

#include <algorithm>
#include <system_error>

#include "archive/output/files.hpp"
#include "archive/output/output_state.hpp"
#include "archive/tree_path.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

const Output* find_output(const std::vector<Output>& outputs, const std::string& path) {
  const auto found = std::ranges::lower_bound(outputs, path, {}, &Output::path);
  return found != outputs.end() && found->path == path ? &*found : nullptr;
}

// Returns true if the link is exactly as publish() would create it: name, text and time.
bool is_recognisable(const fs::path& root, const std::string& link, const LinkChain& chain, std::int64_t time) {
  if (!link.ends_with(".btf") || file_name_of(link).starts_with('.') || chain.passed.empty()) return false;
  const FileStatus found = status_of(root / link);
  return found.type == FileType::link && (is_dated(found.status, time) || is_dated(found.status, 0)) &&
         link_text(root / link) == relative_link(link, chain.passed.front());
}

}  // namespace

LinkFollower::LinkFollower(const fs::path& root) {
  std::error_code error;
  root_ = fs::canonical(root, error);
  if (error) fail_at(root, "cannot resolve its path", error.value());
}

const std::optional<fs::path>& LinkFollower::real_directory(const fs::path& directory) {
  const auto [entry, is_new] = real_directories_.try_emplace(directory.native());
  if (is_new) {
    std::error_code error;
    fs::path real = fs::weakly_canonical(directory, error);
    if (!error) entry->second = std::move(real);
  }
  return entry->second;
}

std::optional<std::string> LinkFollower::path_in_tree(const fs::path& place) const {
  const std::string prefix = root_.has_filename() ? root_.native() + "/" : root_.native();
  if (!place.native().starts_with(prefix)) return std::nullopt;
  return place.native().substr(prefix.size());
}

LinkChain LinkFollower::follow(const std::string& link) {
  LinkChain chain;
  fs::path place = root_ / link;
  for (auto text = link_text(place); text; text = link_text(place)) {
    if (++chain.depth.hops > max_links_followed) {
      chain.depth.is_readable = false;
      break;
    }
    const fs::path next = place.parent_path() / *text;
    const fs::path name = next.filename();
    const auto& directory = real_directory(next.parent_path());
    // The end is a directory or cannot be reached. It is no output in either case.
    if (name.empty() || name == "." || name == ".." || !directory) break;
    place = *directory / name;
    if (auto path = path_in_tree(place)) chain.passed.push_back(std::move(*path));
  }
  return chain;
}

std::vector<std::string> stage_stale_links(const fs::path& root, const std::vector<Output>& outputs,
                                           const TreeScan& scan, std::int64_t time, LinkFollower& follower,
                                           StagedOutputs& staged) {
  std::vector<std::string> warnings;
  for (const std::string& link : scan.links) {
    if (find_output(outputs, link) != nullptr) continue;
    stop_if_interrupted(root);
    const LinkChain chain = follower.follow(link);
    // Only the first output in the chain matters: after the run the link shows the new contents of that output.
    const Output* output = nullptr;
    for (const std::string& path : chain.passed) {
      output = find_output(outputs, path);
      if (output != nullptr) break;
    }
    if (output == nullptr || holds(root / link, *output->bytes(), Links::followed)) continue;
    if (is_recognisable(root, link, chain, time)) {
      if (const auto contents = read_file(root / link, Links::followed)) {
        staged.add_file(PublishStep::replaced_links, link, *contents, chain.depth);
        continue;
      }
    }
    warnings.push_back((root / link).string() + ": a link to " + (root / output->path).string() +
                       ", whose contents changed");
  }
  return warnings;
}

}  // namespace minbtf::archive
