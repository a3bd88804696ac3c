// SPDX-License-Identifier: BSD-2-Clause
// Observes the file system before and after each rename of this process.
#pragma once

#include <functional>
#include <string>

namespace minbtf::test {

/// During its lifetime, calls `before` and `after` around each call of rename(). They must not throw. Only one
/// RenameWatch may exist at a time.
class RenameWatch {
 public:
  /// Returns 0 to let the rename happen, or the errno value with which it fails.
  using Before = std::function<int(const std::string& destination)>;

  explicit RenameWatch(Before before, std::function<void()> after = {});
  RenameWatch(const RenameWatch&) = delete;
  RenameWatch& operator=(const RenameWatch&) = delete;
  ~RenameWatch();

  /// The number of renames so far. A test that sees 0 has observed nothing.
  [[nodiscard]] std::size_t renames() const noexcept;
};

}  // namespace minbtf::test
