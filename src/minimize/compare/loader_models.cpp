#include "minimize/compare/loader_models.hpp"

#include <algorithm>
#include <iterator>

namespace minbtf::minimize {

namespace {

struct Rules {
  bool old_long;  ///< libbpf before 1.0: only "long int" and "long unsigned int" give the pointer size
  std::uint32_t own_pointer_bytes;  ///< pointer size of the loader itself
  core::ArrayLoad arrays;
  const char* name;
};

constexpr Rules all_rules[] = {
    {false, 8, core::ArrayLoad::element, ""},
    {false, 4, core::ArrayLoad::element, "a 32-bit loader"},
    {false, 8, core::ArrayLoad::whole, "libbpf before 1.6"},
    {true, 8, core::ArrayLoad::whole, "libbpf before 1.0"},
    {true, 4, core::ArrayLoad::whole, "libbpf before 1.0, 32-bit"},
};

/// Returns the pointer size that the loader assumes for `btf`, as btf__pointer_size() and determine_ptr_size() of
/// btf.c:
///  1. The first INT of 4 or 8 bytes that is named `long` gives the size. libbpf before 1.0 accepts two spellings.
///  2. If no INT gives the size, the loader assumes its own pointer size.
std::uint32_t pointer_bytes(const btf::View& btf, const Rules& rules) {
  const btf::PointerSize& told = btf.pointer_size();
  if (rules.old_long) {
    return told.old_types.empty() ? rules.own_pointer_bytes : btf.type(told.old_types.front()).size_or_type;
  }
  return told.bytes != 0 ? told.bytes : rules.own_pointer_bytes;
}

}  // namespace

std::vector<LoaderModel> loader_models(const btf::View& full, const btf::View& reduced) {
  const bool is_64_bit = full.pointer_size().bytes == 8;
  const auto is_foreign = [&](const Rules& rules) { return is_64_bit && rules.own_pointer_bytes != 8; };
  std::vector<Rules> all(std::begin(all_rules), std::end(all_rules));
  std::ranges::stable_sort(all, {}, is_foreign);
  std::vector<LoaderModel> different;
  for (const Rules& rules : all) {
    const PointerBytes pointers = {pointer_bytes(full, rules), pointer_bytes(reduced, rules)};
    const bool known = std::ranges::any_of(different, [&](const LoaderModel& earlier) {
      return earlier.pointers == pointers && earlier.arrays == rules.arrays;
    });
    if (known) continue;
    different.push_back(
        {.pointers = pointers, .arrays = rules.arrays, .name = rules.name, .is_foreign = is_foreign(rules)});
  }
  return different;
}

}  // namespace minbtf::minimize
