// SPDX-License-Identifier: BSD-2-Clause
// The file format of a cache entry: the outcome of a source for a plan, with the key of the entry.
//
// All numbers are little-endian. Every length, count and index has 64 bits. The fields in order:
//
//     "min-btf\0", u32 format
//     key: source hash (high, low), source bytes, plan hash (high, low)
//     u64 each: ignored, modules, unselected, missed_i386 of the SourceOutcome
//     contents: count; for each: length, bytes
//     kernels:  count; for each: member, index of the content, figures (one u64, seven u32),
//               failures: count; for each: u32 object, u32 relocation, u8 failure
//     links:    count; for each: member, target
//     XXH3-128 of all bytes before it (high, low)
//
// Texts (member, target) are a length and that many bytes. The hash detects damage by the disk and incomplete writes.
// It does not protect against a forged entry. Every field is therefore checked: no length, count or index may exceed
// the entry, and no path may lead out of the tree.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/input/process_request.hpp"

namespace minbtf::archive {

/// Returns the entry for `outcome`, which has no problems and whose results are ReducedKernel. A content that several
/// kernels share is written once. Equal arguments give equal bytes.
[[nodiscard]] std::vector<std::uint8_t> written_entry(const CacheKey& key, const SourceOutcome& outcome);

/// Parses the entry `bytes`, which was written for `key`. Kernels share a content if they shared it when the entry was
/// written. `file` is the name of the entry in messages. Throws Error: wrong_file if `bytes` is no entry or has another
/// key, unsupported for another format version, damaged.
[[nodiscard]] SourceOutcome read_entry(std::span<const std::uint8_t> bytes, const CacheKey& key,
                                       const std::string& file);

}  // namespace minbtf::archive
