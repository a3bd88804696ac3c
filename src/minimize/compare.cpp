#include "minimize/compare.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/declaration.hpp"
#include "core/explain.hpp"
#include "core/question.hpp"
#include "minimize/candidate_classes.hpp"
#include "minimize/explain.hpp"
#include "minimize/kept_candidates.hpp"
#include "minimize/loaders.hpp"
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

/// Two BTFs as loaders see them that take pointers for equally long.
class Sight {
 public:
  Sight(const Planned& plan, const btf::View& full, const btf::View& reduced, PointerBytes pointers)
      : plan_(plan),
        full_(full),
        reduced_(reduced),
        // Whatever order a BTF is written in, libbpf's shifts are those of the machine that it runs on.
        on_full_(ask_all(plan, full, {.pointer_bytes = pointers.full, .order = full.byte_order()})),
        on_reduced_(ask_all(plan, reduced, {.pointer_bytes = pointers.reduced, .order = full.byte_order()})) {
    const auto kept_full = kept_candidates(plan, on_full_);
    const auto kept_reduced = kept_candidates(plan, on_reduced_);
    for (std::size_t group = 0; group < plan.groups.size(); ++group) {
      candidates_ += on_full_[group].candidates.size();
      asked_ += on_full_[group].outcomes.size();
      if (!same_columns(group, kept_full[group], kept_reduced[group])) unlike_.push_back(group);
    }
  }

  /// Candidates of the full BTF, and what they were asked.
  [[nodiscard]] std::size_t candidates() const noexcept { return candidates_; }
  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }

  /// The records that are decided otherwise, by object and record; those of a repeated object with its first index.
  [[nodiscard]] std::map<RecordIndex, Disagreement> disagreements(core::ArrayLoad arrays) const {
    std::map<RecordIndex, Disagreement> found;
    for (const std::size_t group : unlike_) follow(group, arrays, found);
    return found;
  }

  [[nodiscard]] Decision on_full(const Case& each, const Resolution& resolution, core::ArrayLoad arrays) const {
    return decision(each, resolution, full_, on_full_, arrays);
  }
  [[nodiscard]] Decision on_reduced(const Case& each, const Resolution& resolution, core::ArrayLoad arrays) const {
    return decision(each, resolution, reduced_, on_reduced_, arrays);
  }

 private:
  [[nodiscard]] bool same_columns(std::size_t group, const std::vector<std::uint32_t>& full,
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

  [[nodiscard]] bool same_outcome(RelocationKind kind, const Outcome& before, Outcome after) const {
    if (before.state == Answer::State::failed && core::decides_nothing(before)) return true;
    if (kind == RelocationKind::type_id_target && before.state == Answer::State::yes &&
        after.state == Answer::State::yes) {
      return type_text(full_, static_cast<std::uint32_t>(before.value.value)) ==
             type_text(reduced_, static_cast<std::uint32_t>(after.value.value));
    }
    return before == after;
  }

  void follow(std::size_t group, core::ArrayLoad arrays, std::map<RecordIndex, Disagreement>& found) const {
    const std::size_t questions = plan_.groups[group].questions.size();
    const NarrowingSides sides = {.full = {on_full_, candidate_classes(on_full_[group], questions)},
                                  .reduced = {on_reduced_, candidate_classes(on_reduced_[group], questions)},
                                  .arrays = arrays,
                                  .name = full_.name()};
    const auto is_same = [&](const Case& each, const Resolution& before, const Resolution& after) {
      return same_decision(each, before, after);
    };
    const auto& records = plan_.groups[group].records;
    for (auto begin = records.begin(); begin != records.end();) {
      const std::uint32_t object = begin->object;
      const auto end = std::find_if(begin, records.end(), [&](const RecordIndex& at) { return at.object != object; });
      // libbpf's list of candidates belongs to the local type id.
      std::map<std::uint32_t, std::vector<std::uint32_t>> by_type;
      for (; begin != end; ++begin) {
        by_type[plan_.objects[object].data().records[begin->record].type_id].push_back(begin->record);
      }
      for (const auto& [type, of_type] : by_type) {
        for (Disagreement& each : follow_narrowing(plan_, object, of_type, sides, is_same)) {
          const RecordIndex index = {.object = object, .record = static_cast<std::uint32_t>(each.record)};
          found.emplace(index, std::move(each));
        }
      }
    }
  }

  [[nodiscard]] bool same_decision(const Case& each, const Resolution& before, const Resolution& after) const {
    if (before.failure == Failure::endless_type || before.failure == Failure::unsupported_kind) return true;
    if (before.status != after.status) return false;
    // A record that is wrong in itself fails whatever libbpf comes across first.
    if (before.status != Status::resolved) {
      return before.failure == after.failure || core::fails_everywhere(each.rule);
    }
    if (each.rule.kind == RelocationKind::type_id_target) {
      return type_text(full_, static_cast<std::uint32_t>(before.value)) ==
             type_text(reduced_, static_cast<std::uint32_t>(after.value));
    }
    return before.value == after.value && before.load_size == after.load_size;
  }

  [[nodiscard]] Decision decision(const Case& each, const Resolution& resolution, const btf::View& btf,
                                  const Answers& answers, core::ArrayLoad arrays) const {
    switch (resolution.status) {
      case Status::poisoned:
        if (arrays == core::ArrayLoad::whole && resolution.matching != 0) {
          return {resolution, "poisoned (" + of_other_size(each, resolution, answers) + ")"};
        }
        return {resolution, "poisoned" + why(each, resolution, btf, answers)};
      case Status::failed:
        return {resolution, "fails" + why(each, resolution, btf, answers)};
      case Status::resolved:
        break;
    }
    std::string text = each.rule.kind == RelocationKind::type_id_target
                           ? type_text(btf, static_cast<std::uint32_t>(resolution.value))
                           : std::to_string(resolution.value);
    if (resolution.load_size != 0) text += " (load of " + std::to_string(resolution.load_size) + " bytes)";
    if (resolution.matching == 0) {
      // "It is not there" is a value, too; what is missing is the same as where it poisons.
      Resolution missing = resolution;
      missing.status = Status::poisoned;
      text += why(each, missing, btf, answers);
    }
    return {resolution, std::move(text)};
  }

  /// An array that is loaded as a whole.
  [[nodiscard]] static std::string of_other_size(const Case& each, const Resolution& resolution,
                                                 const Answers& answers) {
    const GroupAnswers& group = answers[each.place.group];
    const auto column = std::ranges::find(group.candidates, resolution.target_type) - group.candidates.begin();
    const Outcome& outcome = group.row(each.place.slot)[static_cast<std::size_t>(column)];
    return std::to_string(outcome.value.total_bytes) + " bytes there, " +
           std::to_string(each.rule.original_total_bytes) + " in the object";
  }

  /// In parentheses.
  [[nodiscard]] std::string why(const Case& each, const Resolution& resolution, const btf::View& btf,
                                const Answers& answers) const {
    std::string text = to_string(explain(plan_, each, answers, btf, resolution));
    const auto& candidates = answers[each.place.group].candidates;
    if (resolution.status == Status::poisoned && resolution.matching == 0 && !candidates.empty()) {
      const std::string more = shape_of(plan_.groups[each.place.group].questions[each.place.slot], btf, candidates);
      if (!more.empty()) text += "; " + more;
    }
    return " (" + text + ")";
  }

  /// What libbpf looks at besides names, as far as one of the two may have lost it.
  [[nodiscard]] static std::string shape_of(const core::Question& question, const btf::View& btf,
                                            const std::vector<std::uint32_t>& candidates) {
    if (core::is_type_based(question.kind)) return core::declared_otherwise(question, btf, candidates.front());
    core::Patience patience;
    core::Mismatch mismatch;
    (void)core::ask(question, btf, candidates.front(), patience, {.mismatch = &mismatch});
    const bool is_empty_array =
        mismatch.what == core::Mismatch::What::short_array && btf.array(btf.type(mismatch.type)).nelems == 0;
    return is_empty_array ? "it has no elements, and is not the last member" : "";
  }

  const Planned& plan_;
  const btf::View& full_;
  const btf::View& reduced_;
  Answers on_full_;
  Answers on_reduced_;
  std::size_t candidates_ = 0;
  std::size_t asked_ = 0;
  std::vector<std::size_t> unlike_;  ///< groups whose candidates do not say the same on both
};

class Comparer {
 public:
  Comparer(const Planned& plan, const btf::View& full, const btf::View& reduced)
      : plan_(plan), full_(full), reduced_(reduced) {}

  Comparison run() {
    for (const Loader& loader : loaders(full_, reduced_)) compare(loader);
    std::ranges::stable_sort(out_.differences, {},
                             [](const Difference& each) { return std::pair(each.object, each.relocation); });
    out_.relocations = plan_.record_count;
    out_.questions = plan_.question_count;
    out_.candidates = sights_.front().second.candidates();
    out_.asked = sights_.front().second.asked();
    out_.same_byte_order = full_.byte_order() == reduced_.byte_order();
    return std::move(out_);
  }

 private:
  const Sight& sight(PointerBytes pointers) {
    for (const auto& [known, sight] : sights_) {
      if (known == pointers) return sight;
    }
    return sights_.emplace_back(pointers, Sight(plan_, full_, reduced_, pointers)).second;
  }

  void compare(const Loader& loader) {
    const Sight& seen = sight(loader.pointers);
    std::optional<std::map<RecordIndex, Disagreement>> whatever_pointers;
    for (const auto& [index, found] : seen.disagreements(loader.arrays)) {
      if (!told_.insert(index).second) continue;
      const Case& each = plan_.cases[plan_.records[index.object][index.record]];
      Difference difference = {.object = index.object,
                               .relocation = index.record,
                               .subject = subject(each),
                               .programs = found.programs,
                               .loader = loader.name,
                               .full = seen.on_full(each, found.full, loader.arrays),
                               .reduced = seen.on_reduced(each, found.reduced, loader.arrays)};
      if (loader.pointers.full != loader.pointers.reduced) {
        if (!whatever_pointers) {
          const PointerBytes alike = {loader.pointers.full, loader.pointers.full};
          whatever_pointers = sight(alike).disagreements(loader.arrays);
        }
        if (!whatever_pointers->contains(index)) difference.reduced.text += ", " + pointer_text(loader.pointers);
      }
      add(index.object, std::move(difference));
    }
  }

  [[nodiscard]] std::string subject(const Case& each) const {
    const core::Question& question = plan_.groups[each.place.group].questions[each.place.slot];
    return core::access_text(question, question.accessors.size());
  }

  [[nodiscard]] std::string pointer_text(PointerBytes pointers) const {
    const std::string told =
        reduced_.pointer_size().bytes != 0 ? "its first INT named long says otherwise" : "no INT named long tells";
    return "taking pointers for " + std::to_string(pointers.reduced) + " bytes instead of " +
           std::to_string(pointers.full) + ": " + told;
  }

  /// For the object and those that are the same.
  void add(std::size_t object, Difference difference) {
    for (std::size_t same = object; same < plan_.objects.size(); ++same) {
      if (plan_.same_as[same] != object) continue;
      for (Decision* decision : {&difference.full, &difference.reduced}) {
        decision->resolution.object = same;
        decision->resolution.relocation = difference.relocation;
      }
      difference.object = same;
      out_.differences.push_back(difference);
    }
  }

  const Planned& plan_;
  const btf::View& full_;
  const btf::View& reduced_;
  Comparison out_;
  std::list<std::pair<PointerBytes, Sight>> sights_;  ///< the first is that of the loader of today
  std::set<RecordIndex> told_;
};

}  // namespace

Comparison compare(const Planned& plan, const btf::View& full, const btf::View& reduced) {
  return Comparer(plan, full, reduced).run();
}

}  // namespace minbtf::minimize
