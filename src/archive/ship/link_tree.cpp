// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/link_tree.hpp"

#include <algorithm>
#include <utility>

#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

struct LinkTree::Node {
  Node* parent = nullptr;  ///< null for the root
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::optional<std::size_t> file;
  std::optional<std::string> target;

  [[nodiscard]] bool is_directory() const noexcept { return !file && !target; }
};

namespace {

// Fixed costs, as LinkLimits::path_bytes counts them.
constexpr std::uint64_t bytes_per_path = 16;
constexpr std::uint64_t bytes_per_part = 32;
constexpr std::uint64_t bytes_per_node = 200;  // of memory, without names

/// Visits a tree; `Node` is LinkTree's own type.
template <typename Node>
class Walk {
 public:
  Walk(const LinkLimits& limits, const std::string& input)
      : limits_(limits), input_(input), bytes_left_(limits.path_bytes) {}

  LinkedFiles run(const Node& root) && {
    enter(root, "");
    std::ranges::sort(result_.files, {}, &LinkedFile::path);
    std::ranges::sort(result_.faults, {}, &LinkFault::path);
    return std::move(result_);
  }

 private:
  struct Resolved {
    const Node* node = nullptr;
    const char* fault = "";
  };

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorKind::unsupported, input_, base::short_text(path_), reason);
  }

  void spend(std::uint64_t bytes) {
    if (bytes > bytes_left_) {
      fail("the paths up to here and the targets of their links, links followed, have over " +
           std::to_string(limits_.path_bytes) + " bytes");
    }
    bytes_left_ -= bytes;
  }

  /// Follows `target` from the directory `from`. Links on the way and at the end are followed, `hops` of them in all:
  /// targets that consist of links to other such targets would take exponential time otherwise.
  Resolved resolve(const Node& from, std::string_view target, std::size_t& hops) {
    if (target.starts_with('/')) return {.fault = "leads out of the tree (an absolute path)"};
    if (target.empty()) return {.fault = "has no target"};
    const Node* node = &from;
    while (!target.empty()) {
      const auto [name, rest] = split_first(target);
      target = rest;
      spend(bytes_per_part + name.size());
      if (name.empty() || name == ".") continue;
      if (!node->is_directory()) return {.fault = "dangles: the target does not exist"};
      if (name == "..") {
        node = node->parent;
        if (node == nullptr) return {.fault = "leads out of the tree"};
        continue;
      }
      const auto child = node->children.find(name);
      if (child == node->children.end()) return {.fault = "dangles: the target does not exist"};
      node = child->second.get();
      if (!node->target) continue;
      if (hops-- == 0) return {.fault = "is part of a loop, or leads over too many other links"};
      const Resolved next = resolve(*node->parent, *node->target, hops);
      if (next.node == nullptr) return next;
      node = next.node;
    }
    return {.node = node};
  }

  void enter(const Node& directory, const std::string& path) {
    ancestors_.push_back(&directory);
    for (const auto& [name, child] : directory.children) visit(*child, joined_path(path, name));
    ancestors_.pop_back();
  }

  void visit(const Node& node, const std::string& path) {
    path_ = path;
    if (++visited_ > limits_.paths)
      fail("up to here there are over " + std::to_string(limits_.paths) + " paths, links followed");
    spend(bytes_per_path + path.size());
    const Node* reached = &node;
    if (node.target) {
      std::size_t hops = max_links_followed;
      const Resolved target = resolve(*node.parent, *node.target, hops);
      if (target.node == nullptr) return fault(path, target.fault);
      reached = target.node;
      spend(ancestors_.size());
      if (std::ranges::find(ancestors_, reached) != ancestors_.end()) {
        return fault(path, "is part of a loop: it leads to a directory that contains it");
      }
    }
    if (path.size() > longest_path) return fault(path.substr(0, longest_path), "leads to a path that is too long");
    if (reached->file) {
      result_.files.push_back({.path = path, .file = *reached->file});
    } else {
      enter(*reached, path);
    }
  }

  void fault(std::string path, const char* reason) {
    result_.faults.push_back({.path = std::move(path), .reason = std::string("a link that ") + reason});
  }

  const LinkLimits& limits_;
  const std::string& input_;
  std::uint64_t bytes_left_;
  std::string_view path_;  ///< that is visited
  std::size_t visited_ = 0;
  std::vector<const Node*> ancestors_;
  LinkedFiles result_;
};

}  // namespace

LinkTree::LinkTree() : root_(std::make_unique<Node>()) {}
LinkTree::LinkTree(LinkTree&&) noexcept = default;
LinkTree& LinkTree::operator=(LinkTree&&) noexcept = default;
LinkTree::~LinkTree() = default;

LinkTree::Node& LinkTree::make(std::string_view path) {
  Node* node = root_.get();
  while (!path.empty()) {
    const auto [name, rest] = split_first(path);
    path = rest;
    node->file.reset();
    node->target.reset();
    auto& child = node->children[std::string(name)];
    if (!child) {
      child = std::make_unique<Node>();
      child->parent = node;
      bytes_ += bytes_per_node + name.size();
    }
    node = child.get();
  }
  return *node;
}

const LinkTree::Node* LinkTree::node_at(std::string_view path) const {
  const Node* node = root_.get();
  while (node != nullptr && !path.empty()) {
    const auto [name, rest] = split_first(path);
    path = rest;
    const auto child = node->children.find(name);
    node = child == node->children.end() ? nullptr : child->second.get();
  }
  return node;
}

std::optional<LinkEntry> LinkTree::find(std::string_view path) const {
  const Node* const node = node_at(path);
  if (node == nullptr || node->is_directory()) return std::nullopt;
  return LinkEntry{.file = node->file, .target = node->target};
}

bool LinkTree::is_directory(std::string_view path) const {
  const Node* const node = node_at(path);
  return node != nullptr && !node->children.empty();
}

std::string_view LinkTree::entry_above(std::string_view path) const {
  const Node* node = root_.get();
  std::string_view left = path;
  while (true) {
    const auto [name, rest] = split_first(left);
    const auto child = node->children.find(name);
    if (rest.empty() || child == node->children.end()) return {};
    node = child->second.get();
    left = rest;
    if (!node->is_directory()) return path.substr(0, path.size() - rest.size() - 1);
  }
}

void LinkTree::add_directory(std::string_view path) {
  Node& node = make(path);
  node.file.reset();
  node.target.reset();
}

void LinkTree::add_file(std::string_view path, std::size_t file) {
  Node& node = make(path);
  node.children.clear();
  node.target.reset();
  node.file = file;
}

void LinkTree::add_link(std::string_view path, std::string target) {
  Node& node = make(path);
  node.children.clear();
  node.file.reset();
  bytes_ += target.size();
  node.target = std::move(target);
}

LinkedFiles LinkTree::files(const LinkLimits& limits, const std::string& input) const {
  return Walk<Node>(limits, input).run(*root_);
}

}  // namespace minbtf::archive
