// The types of a kernel that a question could be about: those of its root's essential name and kind
// (libbpf.c, bpf_core_add_cands()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/name_filter.hpp"
#include "core/question.hpp"

namespace minbtf::core {

/// Finds the candidates of many roots in one pass over a kernel's named types. Immutable once built; may be shared by
/// threads. The roots have to outlive it.
class CandidateFinder {
 public:
  explicit CandidateFinder(std::span<const Root* const> roots);

  /// For each root, in the order given, its candidates by ascending type id.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> find(const btf::View& target) const;

 private:
  struct Wanted {
    NameBeginning beginning = 0;  ///< of the name as it is, or with a flavor
    std::string_view name;        ///< essential
    Kind kind = Kind::void_;
    std::size_t root = 0;
  };
  using Found = std::vector<std::vector<std::uint32_t>>;

  void look_at(const btf::View& target, std::uint32_t id, std::uint32_t name_off, Found& found) const;

  std::size_t root_count_;
  std::vector<Wanted> wanted_;  ///< by beginning and name
  NameFilter filter_;
  /// Some root is of a kind that wire::is_sought() does not have: then all types have to be looked at.
  bool seeks_others_ = false;
};

}  // namespace minbtf::core
