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
    case Reason::other:
      return "failed";
  }
  return "failed";
}

std::string to_string(const Explanation& explanation) {
  std::string text = explanation.subject + ": ";
  if (explanation.reason == Reason::other && !explanation.detail.empty()) return text + explanation.detail;
  text += to_string(explanation.reason);
  if (explanation.detail.empty()) return text;
  const bool narrows_down = explanation.reason == Reason::no_such_member;
  return text + (narrows_down ? " " : ": ") + explanation.detail;
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
