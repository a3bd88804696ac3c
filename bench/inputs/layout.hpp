// SPDX-License-Identifier: BSD-2-Clause
// Offsets of members, by the rules of C.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/forge/btf_forge.hpp"

namespace minbtf::bench {

/// A type with its size and alignment in bytes.
struct Value {
  std::uint32_t id = 0;
  std::uint32_t bytes = 0;
  std::uint32_t align = 1;
};

class Layout {
 public:
  explicit Layout(bool is_union = false) : is_union_(is_union) {}

  void add(std::string name, const Value& type) {
    align_to(type.align);
    put(std::move(name), type, 0, type.bytes * 8);
  }

  void add_bitfield(std::string name, const Value& type, std::uint32_t bits) {
    const std::uint32_t unit = type.bytes * 8;
    if (bit_ / unit != (bit_ + bits - 1) / unit) align_to(type.bytes);
    put(std::move(name), type, bits, bits);
  }

  [[nodiscard]] const std::vector<test::ForgedMember>& members() const { return members_; }
  [[nodiscard]] std::uint32_t align() const { return align_; }
  [[nodiscard]] std::uint32_t bytes() const {
    const std::uint32_t used = (end_ + 7) / 8;
    return (used + align_ - 1) / align_ * align_;
  }

 private:
  void align_to(std::uint32_t bytes) { bit_ = (bit_ + bytes * 8 - 1) / (bytes * 8) * (bytes * 8); }

  void put(std::string name, const Value& type, std::uint32_t bitfield_size, std::uint32_t bits) {
    members_.push_back({std::move(name), type.id, bit_, bitfield_size});
    if (type.align > align_) align_ = type.align;
    if (bit_ + bits > end_) end_ = bit_ + bits;
    if (!is_union_) bit_ += bits;
  }

  bool is_union_;
  std::vector<test::ForgedMember> members_;
  std::uint32_t bit_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t align_ = 1;
};

}  // namespace minbtf::bench
