// Loaders that may read one file differently: another size of pointers is assumed, or arrays are loaded as a whole.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "core/verdict.hpp"

namespace minbtf::minimize {

/// Bytes that a loader takes for the size of a pointer in either of two BTFs.
struct PointerBytes {
  std::uint32_t full = 0;
  std::uint32_t reduced = 0;

  auto operator<=>(const PointerBytes&) const = default;
};

struct LoaderModel {
  PointerBytes pointers;
  core::ArrayLoad arrays = core::ArrayLoad::element;
  std::string name = {};  ///< empty for the loader of today on a 64-bit machine
  /// The full BTF is that of a 64-bit kernel, and the loader's own pointers are shorter.
  bool is_foreign = false;
};

/// Those that can differ on these two: the loader of today on a 64-bit machine first, those that are foreign last. A
/// model that stands for several loaders is foreign only if all of them are.
[[nodiscard]] std::vector<LoaderModel> loader_models(const btf::View& full, const btf::View& reduced);

}  // namespace minbtf::minimize
