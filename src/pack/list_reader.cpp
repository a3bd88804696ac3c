// SPDX-License-Identifier: BSD-2-Clause
#include "pack/list_reader.hpp"

namespace minbtf::pack {

List ListReader::list(std::uint32_t kernel, std::uint32_t key) {
  while (kernel != no_kernel) {
    const Segment& segment = pack_.segment_of(kernel);
    if (key >= segment.key_end) break;
    const ListBlock& block = block_of(segment, key);
    const std::uint32_t list = block.list_of_kernel(key, kernel - segment.first_kernel);
    if (list > block.list_count(key)) break;
    if (list != 0) return block.list(key, list - 1);
    kernel = pack_.catalog().kernels[kernel].base;
  }
  return {};
}

const ListBlock& ListReader::block_of(const Segment& segment, std::uint32_t key) {
  Current& current = blocks_[static_cast<std::size_t>(&segment - pack_.segments().data())];
  const auto has_key = [&](std::size_t section) {
    const Section& each = *segment.lists[section];
    return key >= each.first && key - each.first < each.count;
  };
  if (!current.block || !has_key(current.section)) {
    while (!has_key(current.section)) current.section = (current.section + 1) % segment.lists.size();
    current.block.reset();
    current.block.emplace(pack_.lists(segment, *segment.lists[current.section]));
  }
  return *current.block;
}

}  // namespace minbtf::pack
