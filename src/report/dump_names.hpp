// libbpf counts how often a name was used, in hash tables whose hashes anybody can make equal: then each name is
// compared with all others.
#pragma once

#include "btf/view.hpp"

namespace minbtf::report {

/// Most names that a table of that size would have in one place, if all names of composites, enums, typedefs and
/// enumerators were in one. It is a handful unless somebody took pains.
[[nodiscard]] std::size_t most_names_in_one_place(const btf::View& btf);

}  // namespace minbtf::report
