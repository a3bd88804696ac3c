#include "minimize/planned.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

class Planner {
 public:
  explicit Planner(Planned& plan) : plan_(plan) {}

  void run() {
    for (const BpfObject& object : plan_.objects) plan_.records.push_back(plan_object(object.data()));
    std::vector<const core::Root*> roots;
    for (const Group& group : plan_.groups) roots.push_back(&group.root);
    plan_.finder = std::make_unique<core::CandidateFinder>(roots);
    plan_.question_count = places_.size();
  }

 private:
  std::vector<PlannedRecord> plan_object(const object::ObjectData& object) {
    std::vector<PlannedRecord> records;
    records.reserve(object.records.size());
    for (const object::Record& record : object.records) {
      PlannedRecord planned;
      planned.asked = core::read_record(*object.btf, record.kind, record.type_id, record.access_str_off);
      const bool asks =
          planned.asked.invalid == Failure::none && planned.asked.question.kind != RelocationKind::type_id_local;
      if (asks) planned.place = place(planned.asked.question);
      records.push_back(std::move(planned));
    }
    return records;
  }

  Place place(const core::Question& question) {
    const auto known = places_.find(question.key);
    if (known != places_.end()) return known->second;
    const auto [group, added] = groups_.try_emplace(question.root, plan_.groups.size());
    if (added) plan_.groups.push_back({.root = question.root, .questions = {}});
    std::vector<core::Question>& questions = plan_.groups[group->second].questions;
    const Place place = {.group = group->second, .slot = questions.size()};
    questions.push_back(question);
    places_.emplace(question.key, place);
    return place;
  }

  Planned& plan_;
  std::unordered_map<std::string, Place> places_;
  std::map<core::Root, std::size_t> groups_;
};

}  // namespace

Planned make_plan(std::vector<BpfObject> objects) {
  Planned plan;
  plan.objects = std::move(objects);
  Planner(plan).run();
  return plan;
}

}  // namespace minbtf::minimize
