// Where the search for a question ended in a candidate that does not fit: for people, nothing is decided by it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace minbtf::core {

struct Mismatch {
  enum class What : std::uint8_t {
    none,           ///< it fits, or failed
    no_member,      ///< `type` has no member of that name
    wrong_member,   ///< member `member` of composite `type` is of a type that does not fit
    no_array,       ///< an element is looked for, and `type` is no array
    short_array,    ///< array `type` has fewer elements
    no_enumerator,  ///< `type` has no enumerator of that name
    wrong_kind,     ///< `type` has no members, or no enumerators, whatever their names
  };
  What what = What::none;
  std::size_t accessor = 0;  ///< of the question: the step that failed
  std::uint32_t type = 0;    ///< in the target, qualifiers and typedefs skipped
  std::uint32_t member = 0;
};

}  // namespace minbtf::core
