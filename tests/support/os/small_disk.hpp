// A file system with little room, for tests of what happens when it is full.
#pragma once

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// A tmpfs of 64 KiB, if this user may mount one.
class SmallDisk {
 public:
  SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  [[nodiscard]] bool is_mounted() const noexcept { return mounted_; }
  [[nodiscard]] const TempDir& directory() const noexcept { return directory_; }

 private:
  TempDir directory_;
  bool mounted_ = false;
};

}  // namespace minbtf::test
