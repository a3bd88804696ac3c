// The types of a kernel that a question could be about: those of its root's essential name and kind
// (libbpf.c, bpf_core_add_cands()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/question.hpp"

namespace minbtf::core {

/// Finds the candidates of many roots in one pass over a kernel's types. Immutable once built; may be shared by
/// threads. The roots have to outlive it.
class CandidateFinder {
 public:
  explicit CandidateFinder(std::span<const Root* const> roots);

  /// For each root, in the order given, its candidates by ascending type id.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> find(const btf::View& target) const;

 private:
  struct Wanted {
    Kind kind = Kind::void_;
    std::size_t root = 0;
  };

  [[nodiscard]] bool plausible(std::string_view name) const noexcept;

  std::size_t root_count_;
  std::unordered_map<std::string_view, std::vector<Wanted>> by_name_;
  std::vector<bool> kinds_;     ///< by Kind: some root has it
  std::vector<bool> prefixes_;  ///< by the first two bytes of a name: some root begins so
};

}  // namespace minbtf::core
