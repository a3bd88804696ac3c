// SPDX-License-Identifier: BSD-2-Clause
// A small file system, for tests of a full disk.
#pragma once

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// Mounts a tmpfs of 64 KiB, if this user may mount.
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
