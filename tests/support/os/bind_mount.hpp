// SPDX-License-Identifier: BSD-2-Clause
// A file mounted over another file, as in containers: it can be written, but not replaced.
#pragma once

#include <sys/mount.h>

#include <filesystem>

namespace minbtf::test {

/// Mounts `file` over the existing file `place`, if this user may mount.
class BindMount {
 public:
  BindMount(const std::filesystem::path& file, std::filesystem::path place)
      : place_(std::move(place)), mounted_(::mount(file.c_str(), place_.c_str(), nullptr, MS_BIND, nullptr) == 0) {}
  BindMount(const BindMount&) = delete;
  BindMount& operator=(const BindMount&) = delete;
  ~BindMount() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }

  [[nodiscard]] bool is_mounted() const noexcept { return mounted_; }

 private:
  std::filesystem::path place_;
  bool mounted_;
};

}  // namespace minbtf::test
