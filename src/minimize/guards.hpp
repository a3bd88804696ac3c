// Which poisoned instructions a program looks after itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "minimize/resolved.hpp"

namespace minbtf::minimize {

/// Records of one object that ask whether something exists, by program.
class Guards {
 public:
  Guards(const Planned& plan, std::size_t object);

  /// Does one of `programs`, which are loaded together, ask whether what `record` accesses exists, or the type or a
  /// member on the way to it, and is it told no by `resolved`?
  [[nodiscard]] bool has(const Resolved& resolved, std::span<const std::size_t> programs, std::size_t record) const;

 private:
  const Planned& plan_;
  std::size_t object_;
  std::vector<std::vector<std::uint32_t>> by_program_;  ///< records
};

}  // namespace minbtf::minimize
