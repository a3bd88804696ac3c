#include "core/name_filter.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace minbtf::test {

using core::beginning_at;
using core::beginning_of;
using core::NameBeginning;
using core::NameFilter;

namespace {

/// A string section, in exactly as much memory, so that AddressSanitizer sees the first byte too many.
class Strings {
 public:
  explicit Strings(const std::string& bytes, ByteOrder order = ByteOrder::little)
      : bytes_(bytes.begin(), bytes.end()), view_(bytes_.data(), bytes_.size(), order) {}

  [[nodiscard]] const wire::ByteView& view() const { return view_; }
  [[nodiscard]] NameBeginning beginning(std::size_t offset) const {
    return beginning_at(view_, static_cast<std::uint32_t>(offset));
  }

 private:
  std::vector<std::uint8_t> bytes_;
  wire::ByteView view_;
};

/// As `count` bytes of any kind but NUL.
std::string random_name(std::mt19937& random, std::size_t count) {
  static constexpr std::string_view likely = "ab__\x01\x7f\x80\x81\xfe\xff";
  std::string name;
  for (std::size_t i = 0; i < count; ++i) {
    name += random() % 4 == 0 ? static_cast<char>(1 + random() % 255) : likely[random() % likely.size()];
  }
  return name;
}

}  // namespace

TEST_CASE("name_filter: the beginning is four bytes, or what there is of them") {
  CHECK(beginning_of("") == 0);
  CHECK(beginning_of("a") == 0x61);
  CHECK(beginning_of("ab") == 0x6261);
  CHECK(beginning_of("abc") == 0x636261);
  CHECK(beginning_of("abcd") == 0x64636261);
  CHECK(beginning_of("abcde") == 0x64636261);
  CHECK(beginning_of("\xff\x80\x01") == 0x0180ff);
  CHECK(beginning_of("\xff\xff\xff\xff\xff") == 0xffffffff);
}

TEST_CASE("name_filter: a name at each distance from the end of the strings") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const std::string name :
       {"", "a", "ab", "abc", "abcd", "abcde", "\xff", "\x80\x80\x80\x80", "\x01\x01\x01\x01"}) {
    for (std::size_t behind = 0; behind < 6; ++behind) {
      for (const char next : {'\0', '\x01', 'x', '\x80', '\xff'}) {
        INFO(name << " with " << behind << " bytes behind");
        std::string bytes = std::string(1, '\0') + "before" + '\0';
        const std::size_t offset = bytes.size();
        bytes += name + '\0' + std::string(behind, next);
        bytes.back() = '\0';
        CHECK(Strings(bytes, order).beginning(offset) == beginning_of(name));
      }
    }
  }
  CHECK(Strings(std::string(1, '\0'), order).beginning(0) == 0);
}

TEST_CASE("name_filter: both say the same of any strings, at any offset") {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    std::string bytes(1, '\0');
    for (std::size_t names = random() % 12; names > 0; --names) bytes += random_name(random, random() % 8) + '\0';
    const Strings strings(bytes, seed % 2 == 0 ? ByteOrder::little : ByteOrder::big);
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
      INFO("seed " << seed << ", offset " << offset);
      REQUIRE(strings.beginning(offset) == beginning_of(strings.view().string(offset)));
    }
  }
}

TEST_CASE("name_filter: holds what was added, with every flavor") {
  NameFilter filter;
  const std::vector<std::string> names = {"a", "ab", "abc", "abcd", "abcde", "_", "__x", "a_", "a___b", "\x80\xff"};
  for (const std::string& name : names) filter.add(name);
  for (const std::string& name : names) {
    for (const char* flavor : {"", "___x", "___old_one", "___1", "___\xff"}) {
      const std::string whole = name + flavor;
      INFO(whole);
      CHECK(filter.may_hold(beginning_of(whole)));
    }
  }
}

TEST_CASE("name_filter: never says no to what was added, and mostly to the rest") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    NameFilter filter;
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back(random_name(random, 1 + random() % 7));
    for (const std::string& name : names) filter.add(name);
    for (const std::string& name : names) {
      CHECK(filter.may_hold(beginning_of(name)));
      CHECK(filter.may_hold(beginning_of(name + "___x")));
    }
    int held = 0;
    for (int i = 0; i < 1000; ++i) held += filter.may_hold(static_cast<NameBeginning>(random())) ? 1 : 0;
    // Of 8192 places 200 are taken.
    CHECK(held < 100);
  }
}

TEST_CASE("name_filter: an empty one holds nothing") {
  const NameFilter filter;
  for (const char* name : {"", "a", "ab", "abc", "abcd", "task_struct", "____"}) {
    CHECK_FALSE(filter.may_hold(beginning_of(name)));
  }
}

}  // namespace minbtf::test
