#include "minimize/answers.hpp"

#include <string>
#include <unordered_map>
#include <utility>

#include "core/verdict.hpp"
#include "minbtf/error.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// Outcomes for one kernel. The worst real ones have hundreds of types of one name and thousands of questions.
constexpr std::size_t outcome_limit = 1U << 22U;

}  // namespace

Answers ask_all(const Planned& plan, const btf::View& target) {
  auto found = plan.finder->find(target);
  Answers answers(plan.groups.size());
  std::size_t left = outcome_limit;
  core::Patience patience;
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    GroupAnswers& group = answers[i];
    const std::size_t outcomes = found[i].size() * plan.groups[i].questions.size();
    if (outcomes > left) {
      throw Error(ErrorKind::unsupported, target.name(), "types",
                  std::to_string(found[i].size()) + " types of the name '" + plan.groups[i].root.name +
                      "' are more than can be compared for " + std::to_string(plan.groups[i].questions.size()) +
                      " questions");
    }
    left -= outcomes;
    group.candidates = std::move(found[i]);
    group.outcomes.reserve(group.candidates.size() * plan.groups[i].questions.size());
    for (const core::Question& question : plan.groups[i].questions) {
      for (const std::uint32_t candidate : group.candidates) {
        group.outcomes.push_back(core::ask(question, target, candidate, patience));
      }
    }
  }
  return answers;
}

std::vector<Resolution> resolve_object(const Planned& plan, const Answers& answers, std::size_t object,
                                       const std::vector<bool>& programs) {
  const auto& records = plan.objects[object].data().records;
  const PlannedRecords& planned = plan.records[plan.same_as[object]];
  // libbpf caches candidates by local type id; what is left of the list carries over from record to record.
  std::unordered_map<std::uint32_t, std::vector<core::CandidateClass>> lists;
  std::vector<Resolution> resolutions;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const object::Record& record = records[i];
    if (!programs.empty() && (record.program == object::no_program || !programs[record.program])) continue;
    const Case& each = plan.cases[planned[i]];
    std::span<const core::Outcome> outcomes;
    std::vector<core::CandidateClass> none;
    std::vector<core::CandidateClass>* list = &none;
    if (each.place.group != no_question) {
      const GroupAnswers& group = answers[each.place.group];
      outcomes = group.row(each.place.slot);
      const auto [entry, added] = lists.try_emplace(record.type_id);
      for (std::uint32_t n = 0; added && n < group.candidates.size(); ++n)
        entry->second.push_back({.first = n, .size = 1});
      list = &entry->second;
    }
    const core::Verdict verdict = core::decide(each.rule, outcomes, *list);
    Resolution resolution = core::patch(each.rule, verdict);
    resolution.object = object;
    resolution.relocation = i;
    if (verdict.matched && each.place.group != no_question) {
      resolution.target_type = answers[each.place.group].candidates[verdict.first];
    }
    resolutions.push_back(resolution);
  }
  return resolutions;
}

}  // namespace minbtf::minimize
