// One entry of the cache as bytes: what a source gave for a plan, with the key that it is kept under.
//
// All numbers are little-endian; every length, count and index has 64 bits. From the start:
//
//     "min-btf\0", u32 format
//     key: source hash (high, low), source bytes, plan hash (high, low)
//     ignored, of these modules, unselected, missed i386
//     contents: count, of each: length, bytes
//     kernels:  count, of each: member, index of its content, figures (one u64, seven u32),
//               failures: count, of each: u32 object, u32 relocation, u8 failure
//     links:    count, of each: member, target
//     XXH3-128 of all before it (high, low)
//
// A text is its length and its bytes. The hash finds what the disk, or a write that was cut short, did to an entry;
// what is read is checked all the same, so that no file can lead out of its bytes or out of the tree.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/input/process_request.hpp"

namespace minbtf::archive {

/// The entry of an outcome without problems, whose results are ReducedKernel. A content that kernels share is in it
/// once. Equal arguments give equal bytes.
[[nodiscard]] std::vector<std::uint8_t> written_entry(const CacheKey& key, const SourceOutcome& outcome);

/// The outcome in an entry that was written for `key`; kernels share a content if they did then. `file` stands for the
/// entry in errors. Throws Error: wrong_file for what is no entry or another key's, unsupported for another format,
/// damaged.
[[nodiscard]] SourceOutcome read_entry(std::span<const std::uint8_t> bytes, const CacheKey& key,
                                       const std::string& file);

}  // namespace minbtf::archive
