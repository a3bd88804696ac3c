// A file mounted over another, as containers have them: it can be written to, and its name stays its own.
#pragma once

#include <sys/mount.h>

#include <filesystem>

namespace minbtf::test {

/// `file` at `place`, where a file has to be, if this user may mount it.
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
