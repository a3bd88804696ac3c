// SPDX-License-Identifier: BSD-2-Clause
// The sections of one type, each of which is decoded when one of its elements is first needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "pack/lazy.hpp"

namespace minbtf::pack {

/// Sections with elements from `begin` on.
template <typename Block>
class Blocks {
 public:
  explicit Blocks(std::uint32_t begin) : begin_(begin), end_(begin) {}

  /// Adds the next `count` elements, at least one.
  void add(std::uint32_t count, std::function<Block()> decode) {
    end_ += count;
    while (begin_ + (pages_.size() << page_bits) < end_) pages_.push_back(static_cast<std::uint32_t>(blocks_.size()));
    blocks_.push_back(std::make_unique<Lazy<Block>>(std::move(decode)));
    ends_.push_back(end_);
  }

  /// Returns the number behind the last element.
  [[nodiscard]] std::uint32_t end() const noexcept { return end_; }
  /// Returns the section that has element `id`, which exists.
  [[nodiscard]] const Block& holding(std::uint32_t id) const {
    std::size_t block = pages_[(id - begin_) >> page_bits];
    while (ends_[block] <= id) ++block;
    return blocks_[block]->get();
  }

 private:
  static constexpr unsigned page_bits = 12;

  std::uint32_t begin_;
  std::uint32_t end_;
  std::vector<std::unique_ptr<Lazy<Block>>> blocks_;
  std::vector<std::uint32_t> ends_;   ///< by block: number behind its last element
  std::vector<std::uint32_t> pages_;  ///< by number / 2^page_bits: the block that has the first element of the page
};

}  // namespace minbtf::pack
