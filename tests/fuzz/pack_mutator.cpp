// SPDX-License-Identifier: BSD-2-Clause
// A libFuzzer mutator for packs. It changes one stream of one section, and builds a pack with right sizes and hashes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "io/read/file_type.hpp"
#include "pack/section_file.hpp"
#include "support/forge/pack_forge.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed);

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t most_section_bytes = 64 << 10;
constexpr std::size_t growth = 16;

Bytes mutated(Bytes bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(size + growth);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
  return bytes;
}

/// Replaces one number by a small one, by one near it, or by a large one.
void change_number(Bytes& stream, std::minstd_rand& random) {
  const std::size_t at = random() % stream.size();
  switch (random() % 4) {
    case 0:
      stream[at] = static_cast<std::uint8_t>(random() % 16);
      break;
    case 1:
      stream[at] = static_cast<std::uint8_t>(stream[at] + random() % 5 - 2);
      break;
    case 2:
      stream[at] = stream[random() % stream.size()];
      break;
    default: {
      Bytes number;
      put_number(number, std::uint64_t{random()} >> random() % 32);
      stream.erase(stream.begin() + static_cast<std::ptrdiff_t>(at));
      stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(at), number.begin(), number.end());
      break;
    }
  }
}

void change(PackSection& section, std::minstd_rand& random) {
  switch (random() % 16) {
    case 0:
      section.count += static_cast<std::uint32_t>(random() % 5) - 2;
      return;
    case 1:
      section.first += static_cast<std::uint32_t>(random() % 5) - 2;
      return;
    case 2:
      section.flags ^= 1U << random() % 3;
      return;
    case 3:
      section.segment += static_cast<std::uint32_t>(random() % 3) - 1;
      return;
    default:
      break;
  }
  std::vector<Bytes> streams = streams_of(section.raw, stream_count(section.type));
  if (streams.empty()) {
    section.raw = mutated(section.raw);
    return;
  }
  Bytes& stream = streams[random() % streams.size()];
  if (stream.empty() || random() % 2 == 0) {
    stream = mutated(stream);
  } else {
    change_number(stream, random);
  }
  section.raw = joined_streams(streams);
}

std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, std::minstd_rand& random) {
  if (!io::is_pack({data, size}) || random() % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  PackForge forge({data, size}, most_section_bytes);
  if (forge.sections().empty()) return LLVMFuzzerMutate(data, size, max_size);
  for (std::size_t i = 1 + random() % 3; i > 0; --i) {
    change(forge.sections()[random() % forge.sections().size()], random);
  }
  const Bytes bytes = forge.bytes();
  if (bytes.size() > max_size) return size;
  std::ranges::copy(bytes, data);
  return bytes.size();
}

}  // namespace

}  // namespace minbtf::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  std::minstd_rand random(seed);
  return minbtf::test::mutate(data, size, max_size, random);
}
