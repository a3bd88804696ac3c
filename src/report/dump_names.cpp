#include "report/dump_names.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "report/dump_check.hpp"
#include "wire/kinds.hpp"

namespace minbtf::report {

namespace {

/// Of each string that is a name in one of libbpf's tables, where it is.
std::vector<std::uint32_t> hashed_names(const btf::View& btf) {
  std::vector<std::uint32_t> names;
  for (const btf::NamedType& named : btf.named_types()) {
    const btf::Kind kind = btf.type(named.id).kind;
    if (kind != btf::Kind::int_ && kind != btf::Kind::float_) names.push_back(named.name_off);
  }
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type type = btf.type(id);
    if (!wire::is_any_enum(type.kind)) continue;
    for (std::uint32_t i = 0; i < type.vlen; ++i) names.push_back(btf.enumerator(type, i).name_off);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

}  // namespace

std::size_t most_names_in_one_place(const btf::View& btf) {
  const std::vector<std::uint32_t> names = hashed_names(btf);
  // hashmap.h, str_hash() and hash_bits(); tables are up to three quarters full.
  const auto bits = static_cast<unsigned>(std::bit_width(names.size() + names.size() / 3 + 3));
  std::vector<std::uint32_t> counts(std::size_t{1} << bits);
  for (const std::uint32_t name : names) {
    std::uint64_t hash = 0;
    for (const char c : start_of_name(btf, name))
      hash = hash * 31 + static_cast<std::uint64_t>(static_cast<signed char>(c));
    ++counts[(hash * 11400714819323198485U) >> (64U - bits)];
  }
  return *std::ranges::max_element(counts);
}

}  // namespace minbtf::report
