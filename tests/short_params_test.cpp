#include "btf/short_params.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace minbtf::test {

using btf::ShortParams;

namespace {

using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t block_words = ShortParams::block_bytes / 4;

void add(ShortParams& params, const Words& words, std::uint32_t count) {
  // In exactly as much memory, so that AddressSanitizer sees the first byte too many.
  std::vector<std::uint8_t> bytes(words.size() * 4);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(words.data()), bytes.size(), bytes.data());
  params.add(bytes.data(), count);
}

std::string text(const ShortParams& params) {
  return "name " + std::to_string(params.largest_name()) + ", type " + std::to_string(params.largest_type());
}

/// Names of 5 and types of 7, and behind `count` of them what nobody may take for one.
Words ordinary(std::uint32_t count) {
  Words words(block_words, most);
  for (std::size_t i = 0; i < 2 * count; ++i) words[i] = i % 2 == 0 ? 5 : 7;
  return words;
}

}  // namespace

TEST_CASE("short_params: none") {
  CHECK(text(ShortParams()) == "name 0, type 0");
  ShortParams params;
  add(params, ordinary(0), 0);
  CHECK(text(params) == "name 0, type 0");
}

TEST_CASE("short_params: every word of those that count, and none behind") {
  for (std::uint32_t count = 1; count <= ShortParams::most; ++count) {
    for (std::size_t i = 0; i < block_words; ++i) {
      for (const std::uint32_t value : {0U, 6U, 8U, 0x7fffffffU, 0x80000000U, 0x80000005U, most}) {
        INFO(count << " parameters, word " << i << " = " << value);
        Words words = ordinary(count);
        if (i < 2 * count) words[i] = value;
        std::uint32_t name = 0;
        std::uint32_t type = 0;
        for (std::size_t n = 0; n < 2 * count; ++n) {
          std::uint32_t& largest = n % 2 == 0 ? name : type;
          largest = std::max(largest, words[n]);
        }
        // Over any limit is all that has to be known of the largest ones.
        if (name > 0x7fffffff) name = most;
        if (type > 0x7fffffff) type = most;
        ShortParams params;
        add(params, words, count);
        CHECK(params.largest_name() == name);
        CHECK(params.largest_type() == type);
      }
    }
  }
}

TEST_CASE("short_params: of many lists") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    ShortParams params;
    std::uint32_t name = 0;
    std::uint32_t type = 0;
    for (std::size_t lists = random() % 40; lists > 0; --lists) {
      const auto count = static_cast<std::uint32_t>(random() % (ShortParams::most + 1));
      Words words(block_words, most);
      for (std::uint32_t i = 0; i < count; ++i) {
        words[2 * i] = static_cast<std::uint32_t>(random() % 0x80000000U);
        words[2 * i + 1] = static_cast<std::uint32_t>(random() % 1000);
        name = std::max(name, words[2 * i]);
        type = std::max(type, words[2 * i + 1]);
      }
      add(params, words, count);
    }
    INFO("seed " << seed);
    CHECK(params.largest_name() == name);
    CHECK(params.largest_type() == type);
  }
}

}  // namespace minbtf::test
