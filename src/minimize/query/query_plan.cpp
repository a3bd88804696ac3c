// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/query_plan.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

std::size_t mixed_words(std::size_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15U ^ (hash >> 29U);
}

struct HashOfClass {
  std::size_t operator()(const RelocationClass& each) const noexcept {
    const core::PatchRule& rule = each.rule;
    std::size_t hash = mixed_words(0, std::uint64_t{each.place.group} << 32U | each.place.slot);
    hash = mixed_words(hash,
                       static_cast<std::uint64_t>(rule.kind) << 32U | static_cast<std::uint64_t>(rule.invalid) << 24U |
                           static_cast<std::uint64_t>(rule.original_failure) << 16U |
                           static_cast<std::uint64_t>(rule.form) << 8U | static_cast<std::uint64_t>(rule.load_class));
    hash = mixed_words(hash, std::uint64_t{rule.original_bytes} << 32U | rule.access_bytes);
    return mixed_words(hash, rule.local_id);
  }
};

/// The fields of a record without its instruction. Many records of an object have equal fields.
struct RecordText {
  std::uint32_t kind = 0;
  std::uint32_t type_id = 0;
  std::uint32_t access_str_off = 0;

  bool operator==(const RecordText&) const = default;
};

struct HashOfText {
  std::size_t operator()(const RecordText& text) const noexcept {
    return mixed_words(mixed_words(0, std::uint64_t{text.kind} << 32U | text.type_id), text.access_str_off);
  }
};

class Planner {
 public:
  explicit Planner(QueryPlan& plan) : plan_(plan) {}

  void run() {
    std::unordered_map<const object::ObjectData*, std::uint32_t> known;
    for (std::uint32_t i = 0; i < plan_.objects.size(); ++i) {
      const object::ObjectData& object = object::data_of(plan_.objects[i]);
      // An entry that is not used stands for itself, so that the first entry of an object is one that is used.
      const std::uint32_t first = plan_.takes_part[i] ? known.try_emplace(&object, i).first->second : i;
      plan_.same_as.push_back(first);
      plan_.times.push_back(0);
      plan_.records.emplace_back();
      plan_.record_ends.push_back(plan_.first_record_of(i) + (plan_.takes_part[i] ? object.records.size() : 0));
      if (!plan_.takes_part[i]) continue;
      ++plan_.times[first];
      if (first == i) plan_object(i, object);
    }
    count_records();
    std::vector<const core::Root*> roots;
    for (const Group& group : plan_.groups) roots.push_back(&group.root);
    plan_.finder = std::make_unique<core::CandidateFinder>(roots);
    plan_.question_count = places_.size();
  }

 private:
  struct Read {
    core::Asked asked;
    QuestionPlace place;
  };

  void plan_object(std::uint32_t index, const object::ObjectData& object) {
    std::unordered_map<RecordText, Read, HashOfText> known;
    RecordClasses& records = plan_.records[index];
    records.reserve(object.records.size());
    for (const object::Record& record : object.records) {
      const auto [entry, is_new] =
          known.try_emplace({.kind = record.kind, .type_id = record.type_id, .access_str_off = record.access_str_off});
      Read& read = entry->second;
      if (is_new) read_record(object, record, read);
      if (read.place.group != no_question) {
        plan_.groups[read.place.group].records.push_back(
            {.object = index, .record = static_cast<std::uint32_t>(records.size())});
      }
      records.push_back(class_of({.place = read.place, .rule = core::rule_of(read.asked, record)}));
    }
  }

  void read_record(const object::ObjectData& object, const object::Record& record, Read& read) {
    read.asked = core::read_record(*object.btf, record.kind, record.type_id, record.access_str_off);
    core::Question& question = read.asked.question;
    const bool asks = read.asked.invalid == Failure::none && question.kind != RelocationKind::type_id_local;
    if (!asks) return;
    read.place = place_of(std::move(question));
    note_use(read.place, read.asked.original);
  }

  QuestionPlace place_of(core::Question&& question) {
    const auto [known, is_new] = places_.try_emplace(std::exchange(question.key, {}));
    if (!is_new) return known->second;
    const auto [group, added] = groups_.try_emplace(question.root, static_cast<std::uint32_t>(plan_.groups.size()));
    if (added) plan_.groups.push_back({.root = question.root, .questions = {}, .uses = {}, .records = {}});
    std::vector<core::Question>& questions = plan_.groups[group->second].questions;
    known->second = {.group = group->second, .slot = static_cast<std::uint32_t>(questions.size())};
    questions.push_back(std::move(question));
    return known->second;
  }

  std::uint32_t class_of(const RelocationClass& each) {
    if (each.place.group != no_question && each.rule.form == core::PatchRule::Form::memory) {
      plan_.groups[each.place.group].uses[each.place.slot].reads_load_sizes = true;
    }
    const auto [known, is_new] = classes_.try_emplace(each, static_cast<std::uint32_t>(plan_.classes.size()));
    if (is_new) plan_.classes.push_back(each);
    return known->second;
  }

  void count_records() {
    plan_.class_records.resize(plan_.classes.size());
    for (std::size_t i = 0; i < plan_.records.size(); ++i) {
      for (const std::uint32_t each : plan_.records[i]) plan_.class_records[each] += plan_.times[i];
    }
  }

  /// Notes the sizes of the local field in one more declaration with the same question.
  void note_use(const QuestionPlace& place, const core::FieldValue& original) {
    std::vector<core::OutcomeUse>& uses = plan_.groups[place.group].uses;
    const core::OutcomeUse::Sizes sizes = {.element_bytes = original.element_bytes,
                                           .total_bytes = original.total_bytes};
    if (uses.size() == place.slot) {
      uses.push_back({.compares_offsets = false, .reads_load_sizes = false, .local_sizes = sizes});
    } else if (uses[place.slot].local_sizes != sizes) {
      uses[place.slot].local_sizes.reset();
    }
  }

  QueryPlan& plan_;
  std::unordered_map<std::string, QuestionPlace> places_;
  std::map<core::Root, std::uint32_t> groups_;
  std::unordered_map<RelocationClass, std::uint32_t, HashOfClass> classes_;
};

}  // namespace

QueryPlan make_query_plan(std::vector<BpfObject> objects, std::vector<bool> takes_part) {
  QueryPlan plan;
  plan.takes_part = takes_part.empty() ? std::vector<bool>(objects.size(), true) : std::move(takes_part);
  plan.objects = std::move(objects);
  Planner(plan).run();
  return plan;
}

}  // namespace minbtf::minimize
