// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/shared_answers.hpp"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "archive/batch/kernel_reducer.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/input/source_reader.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

namespace {

/// A content is compared with at most this many contents that have other Answers::all and equal Answers::results. Real
/// kernels have few of them.
constexpr std::size_t most_compared = 64;

const ReducedKernel& reduced(const NamedKernel& kernel) { return value_of<ReducedKernel>(*kernel.result); }

class AnswerGroups {
 public:
  /// Returns the index of the first kernel whose content `kernel` gets, which is `index` itself if there is none.
  std::size_t first_like(std::size_t index, const NamedKernel& kernel, const Plan& plan) {
    const Content& content = reduced(kernel).content;
    const auto [known, is_new] = firsts_.try_emplace({&plan, content.get()}, index);
    if (is_new) known->second = find(index, kernel, plan, content);
    return known->second;
  }

 private:
  struct Member {
    std::size_t kernel = 0;  ///< index of the first kernel with the content
    Content content;
    std::string answers;  ///< Answers::all
  };

  std::size_t find(std::size_t index, const NamedKernel& kernel, const Plan& plan, const Content& content) {
    const Btf btf = Btf::parse(*content, kernel.path + " (reduced)");
    Answers answers;
    try {
      answers = plan.answers(btf);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      return index;  // cannot be compared, so it keeps its own content
    }
    std::vector<Member>& members = groups_[{&plan, btf.byte_order(), std::move(answers.results)}];
    std::size_t compared = 0;
    for (const Member& member : members) {
      const bool is_equal = member.answers == answers.all;
      if (!is_equal && ++compared > most_compared) continue;
      if (can_replace(plan, btf, kernel.path, *member.content, is_equal)) return member.kernel;
    }
    members.push_back({.kernel = index, .content = content, .answers = std::move(answers.all)});
    return index;
  }

  /// Returns false if the other content resolves a relocation differently, keeps other parts by name, or cannot be
  /// compared. Throws Error (internal) if it resolves differently and `is_equal`: the answers of both are equal.
  static bool can_replace(const Plan& plan, const Btf& own, const std::string& name,
                          const std::vector<std::uint8_t>& other, bool is_equal) {
    const Btf replacement = Btf::parse(other, name + " (shared)");
    try {
      const Comparison found = plan.compare(own, replacement);
      if (is_equal && !found.differences.empty()) {
        throw Error(ErrorKind::internal, name, "",
                    "the shared BTF gives another result: " + difference_text(plan, found.differences.front()));
      }
      return found.holds() && (plan.keeps().empty() || plan.compare(replacement, own).kept_differences.empty());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      return false;
    }
  }

  /// By plan and content: index of the first kernel.
  std::map<std::pair<const Plan*, const void*>, std::size_t> firsts_;
  /// Contents with equal Answers::results that cannot replace each other.
  std::map<std::tuple<const Plan*, ByteOrder, std::string>, std::vector<Member>> groups_;
};

}  // namespace

std::size_t share_answers(std::vector<NamedKernel>& kernels, const std::vector<SourceRecord>& records,
                          const Plans& plans) {
  AnswerGroups groups;
  std::size_t shared = 0;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const NamedKernel& kernel = kernels[i];
    const Plan& plan = plans.plan_for(selection_path(records[kernel.record].path, kernel.member), kernel.path);
    const std::size_t first = groups.first_like(i, kernel, plan);
    const ReducedKernel& other = reduced(kernels[first]);
    if (other.content == reduced(kernel).content) continue;
    ReducedKernel result = reduced(kernel);
    result.content = other.content;
    result.figures.types = other.figures.types;
    result.figures.members = other.figures.members;
    result.figures.enumerators = other.figures.enumerators;
    kernels[i].result = make_result(std::move(result));
    ++shared;
  }
  return shared;
}

}  // namespace minbtf::archive
