// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/small_disk.hpp"

#include <sys/mount.h>

namespace minbtf::test {

SmallDisk::SmallDisk() { mounted_ = ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=64k") == 0; }

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount(directory_.path().c_str());
}

}  // namespace minbtf::test
