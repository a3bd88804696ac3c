// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/explanation.hpp"

namespace minbtf {

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::none:
      return "resolved";
    case Reason::no_such_type:
      return "no such type";
    case Reason::no_such_member:
      return "no such member";
    case Reason::no_such_enumerator:
      return "no such enumerator";
    case Reason::incompatible:
      return "incompatible";
    case Reason::ambiguous:
      return "ambiguous";
    case Reason::cut_value:
      return "value cut to 32 bits";
    case Reason::other_byte_order:
      return "cannot be loaded";
    case Reason::other:
      return "failed";
  }
  return "failed";
}

std::string to_string(const Explanation& explanation) {
  const auto& [reason, subject, detail] = explanation;
  const std::string text = (subject.empty() ? "" : subject + ": ") + std::string(to_string(reason));
  if (detail.empty()) return text;
  switch (reason) {
    case Reason::no_such_member:
    case Reason::no_such_enumerator:
      return text + " " + detail;
    case Reason::no_such_type:
      return text + ", " + detail;
    case Reason::other:
      return subject + ": " + detail;
    case Reason::none:
    case Reason::incompatible:
    case Reason::ambiguous:
    case Reason::cut_value:
    case Reason::other_byte_order:
      break;
  }
  return text + ": " + detail;
}

std::string to_string(const std::vector<DataCondition>& conditions) {
  std::string text;
  for (auto each = conditions.begin(); each != conditions.end(); ++each) {
    text += text.empty() ? "" : " and ";
    text += each->variable + " is ";
    text += each->is_signed ? std::to_string(static_cast<std::int64_t>(each->value)) : std::to_string(each->value);
    const auto next = each + 1;
    if (next == conditions.end() || next->section != each->section) text += " in " + each->section;
  }
  return text;
}

std::string_view to_string(Guard guard) noexcept {
  switch (guard) {
    case Guard::none:
      return "none";
    case Guard::exists:
      return "exists";
    case Guard::unreachable:
      return "unreachable";
  }
  return "none";
}

}  // namespace minbtf
