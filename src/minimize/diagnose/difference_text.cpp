// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/difference_text.hpp"

#include <algorithm>
#include <string_view>

#include "base/short_text.hpp"
#include "core/mismatch_text.hpp"
#include "core/question.hpp"

namespace minbtf::minimize {

namespace {

std::string type_text(const btf::View& btf, std::uint32_t id) {
  if (id == 0) return "no type";
  const btf::Type type = btf.type(id);
  const std::string_view name = btf.text(type.name_off);
  std::string text = std::string(btf::shape(type.kind).name) + " ";
  base::add_text(text, name.empty() ? "(anonymous)" : name);
  if (btf::shape(type.kind).third == btf::Third::size) {
    base::add_text(text, " of " + std::to_string(type.size_or_type) + " bytes");
  }
  return text;
}

/// Returns the sizes that make libbpf before 1.6 poison a load. Such libbpf takes the size of the complete array.
std::string of_other_size(const RelocationClass& each, const Resolution& resolution, const OutcomeTable& table) {
  const CandidateOutcomes& group = table[each.place.group];
  const auto column = std::ranges::find(group.candidates, resolution.target_type) - group.candidates.begin();
  const core::Outcome& outcome = group.row(each.place.slot)[static_cast<std::size_t>(column)];
  return std::to_string(outcome.value.total_bytes) + " bytes there, " + std::to_string(each.rule.original_total_bytes) +
         " in the object";
}

}  // namespace

std::string DifferenceText::subject(std::uint32_t class_index) const {
  const QuestionPlace& place = plan_.classes[class_index].place;
  const core::Question& question = plan_.groups[place.group].questions[place.slot];
  return core::access_text(question, question.accessors.size());
}

Decision DifferenceText::decision(std::uint32_t class_index, const Resolution& resolution, Texts& texts,
                                  core::ArrayLoad arrays) {
  const TextKey key = {class_index,         arrays,
                       resolution.status,   resolution.failure,
                       resolution.value,    resolution.load_size,
                       resolution.matching, resolution.target_type};
  const auto [known, is_new] = texts.known.try_emplace(key);
  if (is_new) known->second = base::short_text(decision_text(class_index, resolution, texts, arrays));
  return {resolution, known->second};
}

std::string DifferenceText::decision_text(std::uint32_t class_index, const Resolution& resolution, Texts& texts,
                                          core::ArrayLoad arrays) {
  const RelocationClass& each = plan_.classes[class_index];
  switch (resolution.status) {
    case Status::poisoned:
      if (arrays == core::ArrayLoad::whole && resolution.matching != 0) {
        return "poisoned (" + of_other_size(each, resolution, texts.table) + ")";
      }
      return "poisoned" + why(class_index, resolution, texts);
    case Status::failed:
      return "fails" + why(class_index, resolution, texts);
    case Status::resolved:
      break;
  }
  std::string text = each.rule.kind == RelocationKind::type_id_target ? type_text(texts.btf, resolution.target_type)
                                                                      : std::to_string(resolution.value);
  if (resolution.load_size != 0) text += " (load of " + std::to_string(resolution.load_size) + " bytes)";
  if (resolution.matching == 0) {
    // The value 0 of an existence check. The explanation is the one of a poisoned relocation.
    Resolution missing = resolution;
    missing.status = Status::poisoned;
    text += why(class_index, missing, texts);
  }
  return text;
}

/// Returns the explanation in parentheses.
std::string DifferenceText::why(std::uint32_t class_index, const Resolution& resolution, Texts& texts) {
  const QuestionPlace& place = plan_.classes[class_index].place;
  std::string text = to_string(texts.explanations.of(class_index, resolution));
  const auto& candidates = texts.table[place.group].candidates;
  if (resolution.status == Status::poisoned && resolution.matching == 0 && !candidates.empty()) {
    const std::string more = shape_of(plan_.groups[place.group].questions[place.slot], texts.btf, candidates);
    if (!more.empty()) text += "; " + more;
  }
  return " (" + text + ")";
}

/// Returns properties besides names that make the first candidate not match, and that a reduced BTF may have lost: the
/// declaration of a type, or the position of an array without elements. May be empty.
std::string DifferenceText::shape_of(const core::Question& question, const btf::View& btf,
                                     const std::vector<std::uint32_t>& candidates) {
  if (core::is_type_based(question.kind)) {
    return core::declared_otherwise(question, btf, candidates.front(), declaration_steps_);
  }
  core::WorkBudget budget;
  core::Mismatch mismatch;
  (void)core::ask(question, btf, candidates.front(), budget, {.mismatch = &mismatch});
  const bool is_empty_array =
      mismatch.what == core::Mismatch::What::short_array && btf.array(btf.type(mismatch.type)).nelems == 0;
  return is_empty_array ? "it has no elements, and is not the last member" : "";
}

}  // namespace minbtf::minimize
