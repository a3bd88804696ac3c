// SPDX-License-Identifier: BSD-2-Clause
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

/// Returns the size of the INT that gives the pointer size; 0 if no INT gives the size.
std::uint32_t long_bytes(const btf::View& btf, bool old_long) {
  const btf::PointerSize& size = btf.pointer_size();
  if (!old_long) return size.bytes;
  return size.old_types.empty() ? 0 : btf.type(size.old_types.front()).size_or_type;
}

/// Returns the pointer size that the loader assumes for `btf`, as btf__pointer_size() and determine_ptr_size() of
/// btf.c:
///  1. The first INT of 4 or 8 bytes that is named `long` gives the size. libbpf before 1.0 accepts two spellings.
///  2. If no INT gives the size, the loader assumes its own pointer size.
std::uint32_t pointer_bytes(const btf::View& btf, const Rules& rules) {
  const std::uint32_t bytes = long_bytes(btf, rules.old_long);
  return bytes != 0 ? bytes : rules.own_pointer_bytes;
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
    different.push_back({.pointers = pointers,
                         .arrays = rules.arrays,
                         .name = rules.name,
                         .old_long = rules.old_long,
                         .is_foreign = is_foreign(rules)});
  }
  return different;
}

std::vector<std::uint32_t> pointer_bytes_of_loaders(const btf::View& btf) {
  std::vector<std::uint32_t> all;
  for (const Rules& rules : all_rules) all.push_back(pointer_bytes(btf, rules));
  return all;
}

std::string pointer_text(const LoaderModel& loader, const btf::View& reduced) {
  const std::uint32_t bytes = long_bytes(reduced, loader.old_long);
  // If the BTF has an INT named `long` in another spelling, the text names the two spellings that the loader accepts.
  const bool is_other_spelling = loader.old_long && reduced.pointer_size().bytes != bytes;
  const std::string name = is_other_spelling ? "long int or long unsigned int" : "long";
  const std::string sizes =
      std::to_string(loader.pointers.reduced) + " bytes instead of " + std::to_string(loader.pointers.full);
  return "assuming pointers of " + sizes + ", because " +
         (bytes == 0 ? "no INT named " + name + " is kept"
                     : "the first INT named " + name + " has " + std::to_string(bytes) + " bytes");
}

}  // namespace minbtf::minimize
