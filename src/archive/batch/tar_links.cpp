// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/tar_links.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

/// A directory, a kernel or a link.
struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::optional<std::size_t> kernel;
  std::optional<std::string> target;
};

class Follower {
 public:
  Follower(const SourceOutcome& outcome, std::size_t max_paths) : max_paths_(max_paths) {
    for (std::size_t i = 0; i < outcome.kernels.size(); ++i) make(outcome.kernels[i].member).kernel = i;
    for (const FoundLink& link : outcome.links) {
      Node& node = make(link.member);
      if (node.kernel || !node.children.empty()) {
        problem(link.member, ErrorKind::wrong_file, "the tar has this path as a link and also as a file or directory");
      } else {
        node.target = link.target;
      }
    }
  }

  LinkedKernels run() {
    walk(root_, "", false);
    if (visited_ > max_paths_) {
      problem("", ErrorKind::unsupported,
              "with its links, the tar has more than " + std::to_string(max_paths_) + " paths (--max-members)");
    }
    return std::move(result_);
  }

 private:
  Node& make(std::string_view path) {
    Node* node = &root_;
    while (!path.empty()) {
      const auto [name, rest] = split_first(path);
      auto& child = node->children[std::string(name)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
      path = rest;
    }
    return *node;
  }

  /// Returns the node at `path`. Links on the way and at the end are followed, up to `hops` of them in all: targets
  /// that consist of links to other such targets would take exponential time otherwise. Returns null if no such node
  /// exists.
  const Node* find(std::string_view path, std::size_t& hops) const {
    const Node* node = &root_;
    while (!path.empty()) {
      const auto [name, rest] = split_first(path);
      node = child_of(*node, name, rest.empty());
      if (node != nullptr && node->target) node = hops-- == 0 ? nullptr : find(*node->target, hops);
      if (node == nullptr) return nullptr;
      path = rest;
    }
    return node;
  }

  static const Node* child_of(const Node& directory, std::string_view name, bool is_last) {
    auto child = directory.children.find(name);
    // A kernel of an inner tar has its own path: `x.btf.tar.xz` gives `x.btf`, and no node has the path of the inner
    // tar. A link to the inner tar leads to the kernel with the output path of that tar.
    if (child == directory.children.end() && is_last && is_packed_name(name)) {
      child = directory.children.find(output_path(name));
    }
    return child == directory.children.end() ? nullptr : child->second.get();
  }

  void walk(const Node& directory, const std::string& path, bool is_linked) {
    ancestors_.push_back(&directory);
    for (const auto& [name, child] : directory.children) {
      if (++visited_ > max_paths_) break;
      visit(*child, joined_path(path, name), is_linked);
    }
    ancestors_.pop_back();
  }

  void visit(const Node& node, const std::string& path, bool is_linked) {
    if (path.size() > longest_path) return;
    if (!node.target) {
      show(node, path, is_linked);
      return;
    }
    std::size_t hops = max_links_followed;
    const Node* end = find(*node.target, hops);
    if (end == nullptr || (!end->kernel && end->children.empty())) {
      if (!is_linked && is_kernel_name(path)) {
        problem(path, ErrorKind::wrong_file,
                "a link to " + *node.target + ", but the tar has no selected kernel at that path");
      }
    } else if (std::ranges::find(ancestors_, end) == ancestors_.end()) {
      show(*end, path, true);
    }
  }

  void show(const Node& node, const std::string& path, bool is_linked) {
    if (!node.kernel) {
      walk(node, path, is_linked);
    } else if (is_linked) {
      result_.kernels.push_back({.path = path, .kernel = *node.kernel});
    }
  }

  void problem(const std::string& member, ErrorKind kind, std::string reason) {
    result_.problems.push_back({.kind = kind, .member = member, .where = "", .reason = std::move(reason)});
  }

  std::size_t max_paths_;
  Node root_;
  std::vector<const Node*> ancestors_;
  std::size_t visited_ = 0;
  LinkedKernels result_;
};

}  // namespace

LinkedKernels follow_links(const SourceOutcome& outcome, std::size_t max_paths) {
  if (outcome.links.empty()) return {};
  return Follower(outcome, max_paths).run();
}

}  // namespace minbtf::archive
