// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/reduced_kernel.hpp"

#include <utility>

namespace minbtf::archive {

Content ContentStore::find(const io::Hash& hash, const std::vector<std::uint8_t>& bytes) const {
  const auto [begin, end] = contents_.equal_range(hash);
  for (auto entry = begin; entry != end; ++entry) {
    if (*entry->second == bytes) return entry->second;
  }
  return nullptr;
}

Content ContentStore::add(std::vector<std::uint8_t> bytes) {
  return add(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)));
}

Content ContentStore::add(const Content& content) {
  if (!shares_) return content;
  const io::Hash hash = io::hash_of(*content);
  const std::lock_guard lock(mutex_);
  if (Content known = find(hash, *content)) return known;
  contents_.emplace(hash, content);
  bytes_ += content->size();
  return content;
}

std::uint64_t ContentStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace minbtf::archive
