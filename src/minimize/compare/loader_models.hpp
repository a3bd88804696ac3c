// SPDX-License-Identifier: BSD-2-Clause
// Loaders that may read one BTF differently: they assume another pointer size, or the size of the complete array for a
// load of an array (libbpf before 1.6) instead of its element's.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "core/verdict.hpp"

namespace minbtf::minimize {

/// The pointer sizes in bytes that a loader assumes for two BTFs.
struct PointerBytes {
  std::uint32_t full = 0;
  std::uint32_t reduced = 0;

  auto operator<=>(const PointerBytes&) const = default;
};

/// A loader, as far as it can resolve differently on two BTFs.
struct LoaderModel {
  PointerBytes pointers;
  core::ArrayLoad arrays = core::ArrayLoad::element;
  std::string name = {};  ///< empty for current libbpf on a 64-bit machine
  bool old_long = false;  ///< only INTs named "long int" or "long unsigned int" give the pointer size
  /// True if the full BTF is that of a 64-bit kernel and the loader is a 32-bit program.
  bool is_foreign = false;
};

/// Returns the loaders that may resolve differently on these two BTFs. Loaders with equal pointer sizes and equal array
/// rules share one model. Current libbpf on a 64-bit machine comes first, foreign models come last. A model of several
/// loaders is foreign only if all of them are.
[[nodiscard]] std::vector<LoaderModel> loader_models(const btf::View& full, const btf::View& reduced);

/// Returns the pointer size in bytes that each kind of loader assumes for this BTF. The kinds are the same for every
/// BTF, and in the same order.
[[nodiscard]] std::vector<std::uint32_t> pointer_bytes_of_loaders(const btf::View& btf);

/// Returns the reason why the loader assumes another pointer size for the reduced BTF than for the full BTF: "assuming
/// pointers of 4 bytes instead of 8, because no INT named long is kept".
[[nodiscard]] std::string pointer_text(const LoaderModel& loader, const btf::View& reduced);

}  // namespace minbtf::minimize
