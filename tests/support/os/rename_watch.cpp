// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/rename_watch.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace minbtf::test {

namespace {

RenameWatch::Before before_rename;
std::function<void()> after_rename;
std::size_t count = 0;

}  // namespace

RenameWatch::RenameWatch(Before before, std::function<void()> after) {
  before_rename = std::move(before);
  after_rename = std::move(after);
  count = 0;
}

RenameWatch::~RenameWatch() {
  before_rename = {};
  after_rename = {};
}

std::size_t RenameWatch::renames() const noexcept { return count; }

}  // namespace minbtf::test

// Replaces rename() of libc in programs that use RenameWatch.
extern "C" int rename(const char* from, const char* to) noexcept {
  using namespace minbtf::test;
  if (before_rename) {
    ++count;
    const int refusal = before_rename(to);
    if (refusal != 0) {
      errno = refusal;
      return -1;
    }
  }
  const int result = ::renameat(AT_FDCWD, from, AT_FDCWD, to);
  const int error_number = errno;
  if (after_rename) after_rename();
  errno = error_number;
  return result;
}
