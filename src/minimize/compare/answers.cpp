// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/answers.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/error.hpp"
#include "minimize/compare/loader_models.hpp"
#include "minimize/compare/type_identity.hpp"
#include "minimize/query/kept_candidates.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/resolved.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

/// Limit on the length of a key. Those of real kernels have some thousand bytes.
constexpr std::size_t longest_key = std::size_t{1} << 26U;

/// Adds a number in groups of seven bits, the lowest first. The last group has the highest bit clear.
void add(std::string& key, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) key += static_cast<char>(0x80U | (number & 0x7fU));
  key += static_cast<char>(number);
}

void add_type(std::string& key, const btf::View& btf, std::uint32_t id) {
  const TypeIdentity type = identity_of(btf, id);
  add(key, static_cast<std::uint64_t>(type.kind));
  add(key, type.size);
  add(key, type.name.size());
  key += type.name;
}

/// The loads and stores of each question, by group and slot.
class Loads {
 public:
  explicit Loads(const QueryPlan& plan) : rules_(plan.groups.size()) {
    for (std::size_t group = 0; group < plan.groups.size(); ++group) {
      rules_[group].resize(plan.groups[group].questions.size());
    }
    for (const RelocationClass& each : plan.classes) {
      if (each.place.group == no_question || each.rule.form != core::PatchRule::Form::memory) continue;
      rules_[each.place.group][each.place.slot].push_back(&each.rule);
    }
  }

  /// Returns what libbpf makes of these instructions if the candidate with this outcome decides: a text.
  [[nodiscard]] std::string patched(std::size_t group, std::size_t slot, const Outcome& outcome) const {
    std::string text;
    for (const core::PatchRule* rule : rules_[group][slot]) {
      for (const core::ArrayLoad arrays : {core::ArrayLoad::element, core::ArrayLoad::whole}) {
        const Resolution result = core::patch(*rule, {.matched = true, .value = outcome.value}, arrays);
        add(text, static_cast<std::uint64_t>(result.status));
        add(text, static_cast<std::uint64_t>(result.failure));
        add(text, result.load_size);
      }
    }
    return text;
  }

 private:
  std::vector<std::vector<std::vector<const core::PatchRule*>>> rules_;
};

/// Writes the outcomes for one pointer size.
class KeyWriter {
 public:
  KeyWriter(const QueryPlan& plan, const btf::View& btf, const Loads& loads, std::uint32_t pointer_bytes)
      : plan_(plan), btf_(btf), table_(ask_all_questions(plan, btf, {.pointer_bytes = pointer_bytes})) {
    for (std::size_t group = 0; group < table_.size(); ++group) {
      const std::size_t columns = table_[group].candidates.size();
      for (std::size_t i = 0; i < table_[group].outcomes.size(); ++i) {
        Outcome& outcome = table_[group].outcomes[i];
        if (outcome.state == Answer::State::yes) hide_size(outcome, loads.patched(group, i / columns, outcome));
      }
    }
  }

  std::string run() {
    const auto kept = kept_candidates(plan_, table_);
    for (std::size_t group = 0; group < kept.size(); ++group) {
      add(key_, kept[group].size());
      // libbpf does not distinguish ENUM and ENUM64, but other loaders do (aya).
      for (const std::uint32_t column : kept[group]) add(key_, kind_of(table_[group].candidates[column]));
      for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
        add_row(group, slot, kept[group]);
      }
    }
    return std::move(key_);
  }

 private:
  /// The index of the first candidate with a number, by this number.
  using Firsts = std::map<std::uint64_t, std::uint64_t>;

  /// Replaces the size and class of the field by the number of the text that patched() made of them: outcomes that
  /// libbpf cannot tell apart become equal.
  void hide_size(Outcome& outcome, std::string patched) {
    const auto [found, is_new] = numbers_.try_emplace(std::move(patched), static_cast<std::uint32_t>(patched_.size()));
    if (is_new) patched_.push_back(&found->first);
    outcome.value.element_bytes = found->second;
    outcome.value.total_bytes = 0;
    outcome.value.load_class = core::LoadClass::other;
    outcome.value.is_bitfield = false;
  }

  void add_row(std::size_t group, std::size_t slot, const std::vector<std::uint32_t>& kept) {
    const bool is_id = plan_.groups[group].questions[slot].kind == RelocationKind::type_id_target;
    Firsts ids;
    Firsts offsets;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Outcome& outcome = table_[group].row(slot)[kept[i]];
      add(key_, static_cast<std::uint64_t>(outcome.state));
      add(key_, static_cast<std::uint64_t>(outcome.failure));
      if (outcome.state != Answer::State::yes) continue;
      if (is_id) {
        add_type(key_, btf_, table_[group].candidates[kept[i]]);
        add(key_, ids.try_emplace(outcome.value.value, i).first->second);
      } else {
        add(key_, outcome.value.value);
      }
      add(key_, offsets.try_emplace(outcome.bit_offset, i).first->second);
      key_ += *patched_[outcome.value.element_bytes];
    }
    if (key_.size() > longest_key) {
      throw Error(ErrorKind::unsupported, btf_.name(), "", "has more results than can be compared with other kernels");
    }
  }

  [[nodiscard]] std::uint64_t kind_of(std::uint32_t id) const { return static_cast<std::uint64_t>(btf_.type(id).kind); }

  const QueryPlan& plan_;
  const btf::View& btf_;
  OutcomeTable table_;
  std::map<std::string, std::uint32_t> numbers_;  ///< indices into `patched_`
  std::vector<const std::string*> patched_;       ///< results of Loads::patched(), each once
  std::string key_;
};

/// Returns Answers::all.
std::string key_of(const QueryPlan& plan, const btf::View& reduced) {
  const Loads loads(plan);
  std::map<std::uint32_t, std::string> by_pointer_bytes;
  std::string key;
  const std::string* previous = nullptr;
  for (const std::uint32_t bytes : pointer_bytes_of_loaders(reduced)) {
    const auto [found, is_new] = by_pointer_bytes.try_emplace(bytes);
    if (is_new) found->second = KeyWriter(plan, reduced, loads, bytes).run();
    // Nearly always all loaders get the same outcomes.
    const bool is_same = previous != nullptr && *previous == found->second;
    key += is_same ? "=" : std::to_string(found->second.size()) + ":" + found->second;
    previous = &found->second;
  }
  return key;
}

/// Writes Answers::results: for each class of relocations its result, or the results of its records in order if the
/// order matters (Resolved::InOrder). Equal results in a row are written once, so that the text is the same whether the
/// order matters or not.
class ResultWriter {
 public:
  ResultWriter(const QueryPlan& plan, const btf::View& btf) : plan_(plan), btf_(btf), classes_(plan.classes.size()) {}

  std::string run(const Resolved& resolved) {
    for (std::size_t i = 0; i < plan_.classes.size(); ++i) {
      const std::uint32_t group = plan_.classes[i].place.group;
      const bool is_ordered = group != no_question && !resolved.by_group[group].of_record.empty();
      if (!is_ordered) add_result(i, resolved.by_class[i]);
    }
    for (std::size_t group = 0; group < plan_.groups.size(); ++group) {
      const Resolved::InOrder& in_order = resolved.by_group[group];
      for (std::size_t i = 0; i < in_order.of_record.size(); ++i) {
        const RecordIndex& at = plan_.groups[group].records[i];
        add_result(plan_.records[at.object][at.record], in_order.distinct[in_order.of_record[i]]);
      }
    }
    std::string key;
    for (const OfClass& each : classes_) {
      add(key, each.results.size());
      key += each.results;
    }
    return key;
  }

 private:
  struct OfClass {
    std::string results;
    std::string last;
  };

  void add_result(std::size_t class_index, const Resolution& result) {
    const core::PatchRule& rule = plan_.classes[class_index].rule;
    if (core::fails_everywhere(rule)) return;
    std::string text = text_of(rule.kind, result);
    OfClass& all = classes_[class_index];
    if (text == all.last) return;
    all.results += text;
    all.last = std::move(text);
  }

  [[nodiscard]] std::string text_of(RelocationKind kind, const Resolution& result) const {
    std::string text;
    add(text, static_cast<std::uint64_t>(result.status));
    add(text, static_cast<std::uint64_t>(result.failure));
    if (result.status != Status::resolved) return text;
    add(text, result.load_size);
    if (kind == RelocationKind::type_id_target) {
      add_type(text, btf_, result.target_type);
    } else {
      add(text, result.value);
    }
    return text;
  }

  const QueryPlan& plan_;
  const btf::View& btf_;
  std::vector<OfClass> classes_;
};

}  // namespace

Answers answers(const std::shared_ptr<const QueryPlan>& plan, const btf::View& reduced) {
  const char* const order = reduced.byte_order() == ByteOrder::little ? "<" : ">";
  const auto resolved = resolve_all(plan, ask_all_questions(*plan, reduced));
  return {.results = order + ResultWriter(*plan, reduced).run(*resolved), .all = order + key_of(*plan, reduced)};
}

}  // namespace minbtf::minimize
