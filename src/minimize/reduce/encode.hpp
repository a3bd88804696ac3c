// A selection, written as BTF of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "minimize/reduce/canonical.hpp"
#include "minimize/reduce/selection.hpp"

namespace minbtf::minimize {

struct Encoded {
  std::vector<std::uint8_t> bytes;
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
};

[[nodiscard]] Encoded encode(const btf::View& source, const Selection& selection, const CanonicalOrder& order);

}  // namespace minbtf::minimize
