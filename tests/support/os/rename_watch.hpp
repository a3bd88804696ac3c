// Looks at the file system before and after each rename of this process.
#pragma once

#include <functional>
#include <string>

namespace minbtf::test {

/// While one of these lives, `look` is called before and after each call of rename(). It must not throw. There is room
/// for one at a time.
class RenameWatch {
 public:
  /// What is to become of the rename that is about to happen: 0 to let it, or the errno value it fails with.
  using Before = std::function<int(const std::string& destination)>;

  explicit RenameWatch(Before before, std::function<void()> after = {});
  RenameWatch(const RenameWatch&) = delete;
  RenameWatch& operator=(const RenameWatch&) = delete;
  ~RenameWatch();

  /// So far. A test that sees none has not watched anything.
  [[nodiscard]] std::size_t renames() const noexcept;
};

}  // namespace minbtf::test
