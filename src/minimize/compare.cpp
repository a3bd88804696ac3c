#include "minimize/compare.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/question.hpp"
#include "minimize/candidate_classes.hpp"
#include "minimize/explain.hpp"
#include "minimize/kept_candidates.hpp"
#include "minimize/narrowing.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

/// What makes a type the same one in another BTF.
std::string type_text(const btf::View& btf, std::uint32_t id) {
  if (id == 0) return "no type";
  const btf::Type type = btf.type(id);
  const std::string_view name = btf.string(type.name_off);
  std::string text = std::string(wire::shape(type.kind).name) + " " + std::string(name.empty() ? "(anonymous)" : name);
  if (wire::shape(type.kind).third == wire::Third::size) text += " of " + std::to_string(type.size_or_type) + " bytes";
  return text;
}

/// Bytes that a loader takes for the size of a pointer in either BTF.
struct PointerBytes {
  std::uint32_t full = 0;
  std::uint32_t reduced = 0;

  auto operator<=>(const PointerBytes&) const = default;
};

struct Loader {
  PointerBytes pointers;
  std::string name;  ///< empty for the loader of today on a 64-bit machine
};

/// libbpf since 1.0 knows `long` in any spelling, before only in two; without one it takes its own pointers' size.
std::uint32_t learnt(const btf::View& btf, bool old_rules, std::uint32_t own) {
  const btf::PointerSize& told = btf.pointer_size();
  if (old_rules) return told.old_types.empty() ? own : btf.type(told.old_types.front()).size_or_type;
  return told.bytes != 0 ? told.bytes : own;
}

std::vector<Loader> loaders(const btf::View& full, const btf::View& reduced) {
  struct Kind {
    bool old_rules;
    std::uint32_t own;
    const char* name;
  };
  constexpr Kind kinds[] = {{false, 8, ""},
                            {false, 4, "a 32-bit loader"},
                            {true, 8, "libbpf before 1.0"},
                            {true, 4, "libbpf before 1.0, 32-bit"}};
  std::vector<Loader> different;
  std::set<PointerBytes> known;
  for (const Kind& kind : kinds) {
    const PointerBytes pointers = {learnt(full, kind.old_rules, kind.own), learnt(reduced, kind.old_rules, kind.own)};
    if (known.insert(pointers).second) different.push_back({.pointers = pointers, .name = kind.name});
  }
  return different;
}

class Comparer {
 public:
  Comparer(const Planned& plan, const btf::View& full, const btf::View& reduced, Comparison& out)
      : plan_(plan), full_(full), reduced_(reduced), out_(out) {}

  void run(const Loader& loader) {
    loader_ = &loader;
    on_full_ = ask_all(plan_, full_, loader.pointers.full);
    on_reduced_ = ask_all(plan_, reduced_, loader.pointers.reduced);
    const auto kept_full = kept_candidates(plan_, on_full_);
    const auto kept_reduced = kept_candidates(plan_, on_reduced_);
    for (std::size_t group = 0; group < plan_.groups.size(); ++group) {
      if (loader.name.empty()) out_.candidates += on_full_[group].candidates.size();
      if (!same_columns(group, kept_full[group], kept_reduced[group])) follow(group);
    }
  }

 private:
  bool same_columns(std::size_t group, const std::vector<std::uint32_t>& full,
                    const std::vector<std::uint32_t>& reduced) const {
    if (full.size() != reduced.size()) return false;
    for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
      const auto before = on_full_[group].row(slot);
      const auto after = on_reduced_[group].row(slot);
      for (std::size_t i = 0; i < full.size(); ++i) {
        if (!same_outcome(plan_.groups[group].questions[slot].kind, before[full[i]], after[reduced[i]])) return false;
      }
    }
    return true;
  }

  bool same_outcome(RelocationKind kind, Outcome before, Outcome after) const {
    if (before.state == Answer::State::failed && core::decides_nothing(before)) return true;
    if (kind == RelocationKind::type_id_target && before.state == Answer::State::yes &&
        after.state == Answer::State::yes) {
      return type_text(full_, static_cast<std::uint32_t>(before.value.value)) ==
             type_text(reduced_, static_cast<std::uint32_t>(after.value.value));
    }
    return before == after;
  }

  void follow(std::size_t group) {
    const std::size_t questions = plan_.groups[group].questions.size();
    const NarrowingSide full = {on_full_, candidate_classes(on_full_[group], questions)};
    const NarrowingSide reduced = {on_reduced_, candidate_classes(on_reduced_[group], questions)};
    const auto& records = plan_.groups[group].records;
    for (auto begin = records.begin(); begin != records.end();) {
      const std::size_t object = begin->object;
      const auto end = std::find_if(begin, records.end(), [&](const RecordIndex& at) { return at.object != object; });
      // libbpf's list of candidates belongs to the local type id.
      std::map<std::uint32_t, std::vector<std::uint32_t>> by_type;
      for (; begin != end; ++begin) {
        by_type[plan_.objects[object].data().records[begin->record].type_id].push_back(begin->record);
      }
      for (const auto& [type, of_type] : by_type) {
        const auto found = follow_narrowing(
            plan_, object, of_type, full, reduced,
            [&](const Case& each, const Resolution& before, const Resolution& after) {
              return same_decision(each, before, after);
            },
            full_.name());
        for (const Disagreement& each : found) add(object, each);
      }
    }
  }

  bool same_decision(const Case& each, const Resolution& before, const Resolution& after) const {
    const bool is_shift =
        each.rule.kind == RelocationKind::field_lshift_u64 || each.rule.kind == RelocationKind::field_rshift_u64;
    if (is_shift && !out_.same_byte_order && before.status == after.status) return true;
    if (before.failure == Failure::endless_type || before.failure == Failure::unsupported_kind) return true;
    if (before.status != after.status) return false;
    if (before.status != Status::resolved) return before.failure == after.failure;
    if (each.rule.kind == RelocationKind::type_id_target) {
      return type_text(full_, static_cast<std::uint32_t>(before.value)) ==
             type_text(reduced_, static_cast<std::uint32_t>(after.value));
    }
    return before.value == after.value && before.load_size == after.load_size;
  }

  void add(std::size_t object, const Disagreement& found) {
    const Case& each = plan_.cases[plan_.records[object][found.record]];
    Difference difference = {.object = object,
                             .relocation = found.record,
                             .programs = found.programs,
                             .loader = loader_->name,
                             .full = decision(each, found.full, full_, on_full_),
                             .reduced = decision(each, found.reduced, reduced_, on_reduced_)};
    for (std::size_t same = object; same < plan_.objects.size(); ++same) {
      if (plan_.same_as[same] != object) continue;
      difference.object = difference.full.resolution.object = difference.reduced.resolution.object = same;
      out_.differences.push_back(difference);
    }
  }

  [[nodiscard]] Decision decision(const Case& each, Resolution resolution, const btf::View& btf,
                                  const Answers& answers) const {
    switch (resolution.status) {
      case Status::poisoned:
        return {resolution, "poisoned (" + to_string(explain(plan_, each, answers, btf, resolution)) + ")"};
      case Status::failed:
        return {resolution, "fails (" + to_string(explain(plan_, each, answers, btf, resolution)) + ")"};
      case Status::resolved:
        break;
    }
    if (each.rule.kind == RelocationKind::type_id_target) {
      return {resolution, type_text(btf, static_cast<std::uint32_t>(resolution.value))};
    }
    std::string text = std::to_string(resolution.value);
    if (resolution.load_size != 0) text += " (load of " + std::to_string(resolution.load_size) + " bytes)";
    return {resolution, std::move(text)};
  }

  const Planned& plan_;
  const btf::View& full_;
  const btf::View& reduced_;
  Comparison& out_;
  const Loader* loader_ = nullptr;
  Answers on_full_;
  Answers on_reduced_;
};

}  // namespace

Comparison compare(const Planned& plan, const btf::View& full, const btf::View& reduced) {
  Comparison out = {.relocations = plan.record_count,
                    .questions = plan.question_count,
                    .same_byte_order = full.byte_order() == reduced.byte_order()};
  Comparer comparer(plan, full, reduced, out);
  for (const Loader& loader : loaders(full, reduced)) comparer.run(loader);
  std::ranges::stable_sort(out.differences, {},
                           [](const Difference& each) { return std::pair(each.object, each.relocation); });
  return out;
}

}  // namespace minbtf::minimize
