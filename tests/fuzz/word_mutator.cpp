// SPDX-License-Identifier: BSD-2-Clause
// A libFuzzer mutator for BTF and .BTF.ext, which consist of 32-bit words: type ids, small counts, offsets. A changed
// byte seldom gives another valid word. A small number, or a copy of another word, often does.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  std::minstd_rand random(seed);
  const std::size_t words = size / 4;
  if (words == 0 || random() % 3 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto load = [&](std::size_t word) {
    std::uint32_t value = 0;
    std::memcpy(&value, data + word * 4, sizeof value);
    return value;
  };
  const std::size_t changes = 1 + random() % 3;
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t word = random() % words;
    std::uint32_t value = load(word);
    switch (random() % 6) {
      case 0:
        value = static_cast<std::uint32_t>(random() % 32);
        break;
      case 1:
        value = load(random() % words);
        break;
      case 2:
        value += static_cast<std::uint32_t>(random() % 5) - 2;
        break;
      case 3:  // the high byte of `info` holds the kind
        value = (value & 0x00ffffffU) | static_cast<std::uint32_t>(random() % 21) << 24U;
        break;
      case 4:
        value ^= 1U << random() % 32;
        break;
      default:  // a small change in the other byte order
        value = __builtin_bswap32(__builtin_bswap32(value) + static_cast<std::uint32_t>(random() % 5) - 2);
        break;
    }
    std::memcpy(data + word * 4, &value, sizeof value);
  }
  return std::min(size, max_size);
}
