// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/pack_sources.hpp"

#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

/// Returns the reason why a path in a pack must not be used; empty if there is none.
std::string refusal_of(const std::string& path, std::size_t most_bytes) {
  std::string fault = path_fault(path);
  if (fault.empty() && cleaned_path(path) != path) fault = "a path with an empty part or a part '.'";
  if (fault.empty() && path.size() > most_bytes) {
    fault = "a path of " + std::to_string(path.size()) + " bytes, over the limit of " + std::to_string(most_bytes) +
            " (--max-path)";
  }
  return fault;
}

Problem refused(const std::string& member, const std::string& fault) {
  return {.kind = ErrorKind::wrong_file, .member = member, .where = "", .reason = "refused: " + fault};
}

/// Selects the members of one source.
class MemberSelector {
 public:
  MemberSelector(PackSource& result, const PathSelection& selection, const UnpackLimits& limits)
      : result_(result), source_(*result.source), selection_(selection), limits_(limits) {}

  void run() {
    SourceOutcome& outcome = result_.outcome;
    const std::size_t entries = source_.members.size() + source_.others.size() + source_.links.size();
    if (entries > limits_.members) {
      outcome.problems.push_back(
          {.kind = ErrorKind::unsupported,
           .member = "",
           .where = "",
           .reason = "more than " + std::to_string(limits_.members) + " entries in the tar archive (--max-members)"});
      return;
    }
    outcome.ignored = source_.ignored;
    outcome.modules = source_.modules;
    for (const pack::PackedLink& link : source_.links) add(link);
    for (const pack::PackedMember& member : source_.members) {
      if (may_be_read(member.path, member.inner_tar, false) && takes(member.path, member.inner_tar)) {
        result_.members.push_back(&member);
      }
    }
    for (const pack::PackedOther& other : source_.others) {
      if (!may_be_read(other.path, other.inner_tar, true) || !takes(other.path, other.inner_tar)) continue;
      ++outcome.ignored;
      if (other.is_module) ++outcome.modules;
    }
  }

 private:
  void add(const pack::PackedLink& link) {
    std::string fault = refusal_of(link.path, limits_.path_bytes);
    if (fault.empty()) fault = refusal_of(link.target, most_joined_bytes());
    if (!fault.empty()) {
      result_.outcome.problems.push_back(refused(link.path, fault));
    } else if (is_hidden_path(link.path)) {
      ++result_.outcome.ignored;
    } else {
      result_.outcome.links.push_back({.member = link.path, .target = link.target});
    }
  }

  /// Counts a path that cannot be used. Only the one kernel in a file that is no tar has no path, and members for which
  /// the path of the inner tar counts.
  bool may_be_read(const std::string& path, const std::string& inner_tar, bool is_other) {
    const bool is_file = source_.members.size() + source_.others.size() == 1 && !source_.path.empty();
    const bool may_be_empty = inner_tar.empty() ? is_file : is_other;
    std::string fault = path.empty() && may_be_empty ? "" : refusal_of(path, most_joined_bytes());
    if (fault.empty() && !inner_tar.empty()) fault = refusal_of(inner_tar, limits_.path_bytes);
    if (!fault.empty()) {
      result_.outcome.problems.push_back(refused(path, fault));
    } else if (is_hidden_path(path) || is_hidden_path(inner_tar)) {
      ++result_.outcome.ignored;
    } else {
      return true;
    }
    return false;
  }

  bool takes(const std::string& path, const std::string& inner_tar) {
    if (is_kernel_name(source_.path)) return true;
    const bool counts_as_one = !inner_tar.empty() && is_kernel_name(inner_tar);
    const std::string by = selection_path(source_.path, counts_as_one ? inner_tar : path);
    if (selection_.takes(by)) return true;
    if (!counts_as_one || left_out_.insert(inner_tar).second) leave_out(by, selection_, result_.outcome);
    return false;
  }

  /// Limit for a path that was joined from two: a directory, and a name in an inner tar or the text of a link.
  [[nodiscard]] std::size_t most_joined_bytes() const {
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    return limits_.path_bytes > most / 2 ? most : 2 * limits_.path_bytes;
  }

  PackSource& result_;
  const pack::PackedSource& source_;
  const PathSelection& selection_;
  const UnpackLimits& limits_;
  std::set<std::string> left_out_;  ///< inner tars
};

}  // namespace

PackSources select_sources(const pack::Catalog& catalog, const PathSelection& selection, const UnpackLimits& limits) {
  PackSources found;
  found.ignored = static_cast<std::size_t>(catalog.ignored());
  for (const pack::PackedSource& source : catalog.sources) {
    // A tar that was the only input has no path.
    const bool is_input = source.path.empty() && catalog.sources.size() == 1;
    const std::string fault = is_input ? "" : refusal_of(source.path, limits.path_bytes);
    if (!fault.empty()) {
      found.faults.push_back({.path = "", .problem = refused(source.path, fault)});
    } else if (is_hidden_path(source.path)) {
      ++found.ignored;
    } else if (is_kernel_name(source.path) && !selection.takes(source.path)) {
      leave_out(source.path, selection, found);
    } else {
      MemberSelector(found.sources.emplace_back(PackSource{.source = &source}), selection, limits).run();
    }
  }
  return found;
}

}  // namespace minbtf::archive
