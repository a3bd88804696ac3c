// SPDX-License-Identifier: BSD-2-Clause
#include "archive/cache/cache_entry.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "archive/batch/reduced_kernel.hpp"
#include "support/error_text.hpp"
#include "support/forge/byte_sink.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace minbtf::archive;

namespace {

using Bytes = std::vector<std::uint8_t>;

const CacheKey key{.source = {1, 2}, .source_bytes = 3, .plan = {4, 5}};

Content content_of(std::string_view text) { return std::make_shared<const Bytes>(text.begin(), text.end()); }

// An entry in the format of cache_entry.hpp, built without the code under test. Tests change fields to wrong values.
// The hash is always right.
struct ForgedEntry {
  std::string magic{"min-btf\0", 8};
  std::uint32_t format = 2;
  CacheKey written_for = key;
  std::uint64_t content_count = 1;
  std::uint64_t content_length = 3;
  std::uint64_t kernel_count = 1;
  std::string member = "a/b";
  std::uint64_t member_length = 3;
  std::uint64_t index = 0;
  std::uint32_t failed = 1;
  std::uint64_t failure_count = 1;
  std::uint8_t failure = 2;
  std::uint64_t link_count = 1;
  std::string link = "l";
  std::string target = "a/b";
  std::string tail;

  [[nodiscard]] Bytes bytes() const {
    ByteSink out(ByteOrder::little);
    out.text(magic);
    out.u32(format);
    hash(out, written_for.source);
    out.u64(written_for.source_bytes);
    hash(out, written_for.plan);
    out.u64(6);  // ignored
    out.u64(4);  // modules
    out.u64(7);  // unselected
    out.u64(5);  // missed i386
    out.u64(content_count);
    out.u64(content_length);
    out.text("abc");
    out.u64(kernel_count);
    out.u64(member_length);
    out.text(member);
    out.u64(index);
    out.u64(8);
    for (const std::uint32_t figure : {9U, 10U, 11U, 12U, 13U, 14U, failed}) out.u32(figure);
    out.u64(failure_count);
    out.u32(15);
    out.u32(16);
    out.u8(failure);
    out.u64(link_count);
    out.u64(link.size());
    out.text(link);
    out.u64(target.size());
    out.text(target);
    out.text(tail);
    hash(out, io::hash_of(out.bytes()));
    return out.bytes();
  }

  static void hash(ByteSink& out, const io::Hash& value) {
    out.u64(value.high);
    out.u64(value.low);
  }
};

// The outcome in an unchanged ForgedEntry.
SourceOutcome forged_outcome() {
  SourceOutcome outcome;
  outcome.kernels.push_back(
      {"a/b", make_result(ReducedKernel{
                  content_of("abc"), {8, 9, 10, 11, 12, 13, 14, 1}, {{15, 16, Failure::unknown_local_type}}})});
  outcome.links = {{"l", "a/b"}};
  outcome.ignored = 6;
  outcome.modules = 4;
  outcome.unselected = 7;
  outcome.missed_i386 = 5;
  return outcome;
}

const ReducedKernel& reduced(const SourceOutcome& outcome, std::size_t index) {
  return value_of<ReducedKernel>(*outcome.kernels.at(index).result);
}

// Replaces the result at `index` by a copy that `by` has changed.
template <typename Change>
void change(SourceOutcome& outcome, std::size_t index, Change&& by) {
  ReducedKernel kernel = reduced(outcome, index);
  by(kernel);
  outcome.kernels.at(index).result = make_result(std::move(kernel));
}

void check_same(const SourceOutcome& one, const SourceOutcome& other) {
  REQUIRE(one.kernels.size() == other.kernels.size());
  for (std::size_t i = 0; i < one.kernels.size(); ++i) {
    CAPTURE(i);
    CHECK(one.kernels[i].member == other.kernels[i].member);
    CHECK(*reduced(one, i).content == *reduced(other, i).content);
    CHECK(reduced(one, i).figures == reduced(other, i).figures);
    CHECK(reduced(one, i).failures == reduced(other, i).failures);
  }
  CHECK(one.links == other.links);
  CHECK(one.problems == other.problems);
  CHECK(one.ignored == other.ignored);
  CHECK(one.modules == other.modules);
  CHECK(one.unselected == other.unselected);
  CHECK(one.missed_i386 == other.missed_i386);
}

std::string refusal(const Bytes& bytes) {
  // An allocation of exactly this size, so that AddressSanitizer detects a read of the first byte after the entry.
  const Bytes exact(bytes.begin(), bytes.end());
  return error_text([&] { static_cast<void>(read_entry(exact, key, "FILE")); });
}

}  // namespace

TEST_CASE("cache_entry: an entry is written and read in the documented format") {
  CHECK(written_entry(key, forged_outcome()) == ForgedEntry().bytes());
  check_same(read_entry(ForgedEntry().bytes(), key, "FILE"), forged_outcome());
}

TEST_CASE("cache_entry: an empty outcome is written and read") {
  check_same(read_entry(written_entry(key, {}), key, "FILE"), {});
}

TEST_CASE("cache_entry: every field of an outcome is read back, with the largest numbers and unusual names") {
  constexpr std::uint32_t most = ~std::uint32_t{0};
  SourceOutcome outcome;
  const auto add = [&](const std::string& member, ReducedKernel kernel) {
    outcome.kernels.push_back({member, make_result(std::move(kernel))});
  };
  add("", {content_of(""), {~std::uint64_t{0}, most, most, most, most, most, most, 0}, {}});
  add("a\nb/\xff\x1b",
      {content_of("x"), {1, 2, 3, 4, 5, 6, 7, 2}, {{most, most, Failure::bad_type}, {0, 0, Failure::endless_type}}});
  add("...", {content_of(std::string(100'000, '\0')), {}, {}});
  outcome.links = {{"x\n", "a\nb/\xff\x1b"}, {"y/z", "..."}};
  outcome.ignored = ~std::size_t{0};
  outcome.unselected = 1;
  check_same(read_entry(written_entry(key, outcome), key, "FILE"), outcome);
}

TEST_CASE("cache_entry: each Failure is read back, and a larger value is refused") {
  SourceOutcome outcome = forged_outcome();
  // to_string() gives the number of values of Failure.
  std::uint8_t number = 0;
  change(outcome, 0, [&](ReducedKernel& kernel) {
    kernel.failures.clear();
    for (; to_string(static_cast<Failure>(number)) != "unknown failure"; ++number) {
      kernel.failures.push_back({number, 0, static_cast<Failure>(number)});
    }
    kernel.figures.failed = number;
  });
  CHECK(number == 18);
  check_same(read_entry(written_entry(key, outcome), key, "FILE"), outcome);
  ForgedEntry beyond;
  beyond.failure = number;
  CHECK(refusal(beyond.bytes()) == "damaged: FILE: entry+0xb6: an unknown failure");
}

TEST_CASE("cache_entry: kernels that share a content share one blob in the entry, and one content after reading") {
  const Content shared = content_of(std::string(1000, 's'));
  SourceOutcome outcome;
  const auto kernel = [](Content content) { return make_result(ReducedKernel{std::move(content), {}, {}}); };
  outcome.kernels = {
      {"a", kernel(shared)}, {"b", kernel(content_of("other"))}, {"c", kernel(shared)}, {"d", kernel(shared)}};
  const Bytes bytes = written_entry(key, outcome);
  CHECK(bytes.size() < 1500);
  const SourceOutcome read = read_entry(bytes, key, "FILE");
  check_same(read, outcome);
  CHECK(reduced(read, 0).content == reduced(read, 2).content);
  CHECK(reduced(read, 0).content == reduced(read, 3).content);
  CHECK(reduced(read, 0).content != reduced(read, 1).content);
  CHECK(reduced(read, 0).content != shared);
}

TEST_CASE("cache_entry: an entry truncated at any byte is refused") {
  const Bytes whole = ForgedEntry().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::string text = refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    if (size < 8) {
      CHECK(text == "wrong_file: FILE: not an entry of a cache");
    } else if (size < 12) {
      CHECK(text == "damaged: FILE: entry+0x8: truncated");
    } else if (size < 28) {
      CHECK(text == "damaged: FILE: entry+0xc: truncated");
    } else {
      CHECK(text == "damaged: FILE: damaged: its hash does not match");
    }
  }
}

TEST_CASE("cache_entry: an entry with any bit flipped is refused") {
  const Bytes whole = ForgedEntry().bytes();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    const std::string text = refusal(flipped);
    if (bit / 8 < 8) {
      CHECK(text == "wrong_file: FILE: not an entry of a cache");
    } else if (bit / 8 < 12) {
      CHECK(text == "unsupported: FILE: in format " + std::to_string(2U ^ (1U << (bit - 64))) +
                        ", but this version reads only format 2");
    } else {
      CHECK(text == "damaged: FILE: damaged: its hash does not match");
    }
  }
}

TEST_CASE("cache_entry: an entry with a right hash and contradictory contents is refused") {
  constexpr std::uint64_t huge = std::uint64_t{1} << 32U;
  constexpr std::uint64_t most = ~std::uint64_t{0};
  using Lie = std::function<void(ForgedEntry&)>;
  const std::string count = ": a count that exceeds the rest of the entry";
  const std::string length = ": a length that exceeds the rest of the entry";
  const std::string path = ": not a clean relative path";
  const std::vector<std::pair<Lie, std::string>> rows = {
      {[](ForgedEntry& entry) { entry.magic = "MIN-BTF "; }, "wrong_file: FILE: not an entry of a cache"},
      {[](ForgedEntry& entry) { entry.format = 1; },
       "unsupported: FILE: in format 1, but this version reads only format 2"},
      {[](ForgedEntry& entry) { entry.written_for.source.low = 0; },
       "wrong_file: FILE: the entry of another source or plan"},
      {[](ForgedEntry& entry) { entry.written_for.source_bytes = 4; },
       "wrong_file: FILE: the entry of another source or plan"},
      {[](ForgedEntry& entry) { entry.written_for.plan.high = 0; },
       "wrong_file: FILE: the entry of another source or plan"},
      {[](ForgedEntry& entry) { entry.content_count = huge; }, "damaged: FILE: entry+0x54" + count},
      {[](ForgedEntry& entry) { entry.content_count = most; }, "damaged: FILE: entry+0x54" + count},
      {[](ForgedEntry& entry) { entry.content_count = 2; }, "damaged: FILE: entry+0x70" + count},
      {[](ForgedEntry& entry) { entry.content_length = huge; }, "damaged: FILE: entry+0x5c" + length},
      {[](ForgedEntry& entry) { entry.content_length = most; }, "damaged: FILE: entry+0x5c" + length},
      {[](ForgedEntry& entry) { entry.content_length = 112; }, "damaged: FILE: entry+0x5c" + length},
      {[](ForgedEntry& entry) { entry.content_length = 111; }, "damaged: FILE: entry+0xd3: truncated"},
      {[](ForgedEntry& entry) { entry.content_length = 2; }, "damaged: FILE: entry+0x66" + count},
      {[](ForgedEntry& entry) { entry.kernel_count = huge; }, "damaged: FILE: entry+0x67" + count},
      {[](ForgedEntry& entry) { entry.kernel_count = 2; }, "damaged: FILE: entry+0x67" + count},
      {[](ForgedEntry& entry) { entry.member_length = huge; }, "damaged: FILE: entry+0x6f" + length},
      {[](ForgedEntry& entry) { entry.member = "../"; }, "damaged: FILE: entry+0x6f" + path},
      {[](ForgedEntry& entry) { entry.member = "/ab"; }, "damaged: FILE: entry+0x6f" + path},
      {[](ForgedEntry& entry) { entry.member = "ab/"; }, "damaged: FILE: entry+0x6f" + path},
      {[](ForgedEntry& entry) { entry.member = std::string("a\0b", 3); }, "damaged: FILE: entry+0x6f" + path},
      {[](ForgedEntry& entry) { entry.index = 1; }, "damaged: FILE: entry+0x7a: no such content"},
      {[](ForgedEntry& entry) { entry.index = most; }, "damaged: FILE: entry+0x7a: no such content"},
      {[](ForgedEntry& entry) { entry.failed = 2; },
       "damaged: FILE: entry+0xa6: another number of failures than in the figures"},
      {[](ForgedEntry& entry) { entry.failure_count = huge; }, "damaged: FILE: entry+0xa6" + count},
      {[](ForgedEntry& entry) { entry.failure = 18; }, "damaged: FILE: entry+0xb6: an unknown failure"},
      {[](ForgedEntry& entry) { entry.failure = 255; }, "damaged: FILE: entry+0xb6: an unknown failure"},
      {[](ForgedEntry& entry) { entry.link_count = huge; }, "damaged: FILE: entry+0xb7" + count},
      {[](ForgedEntry& entry) { entry.link_count = 0; },
       "damaged: FILE: entry+0xbf: extra bytes at the end of the entry"},
      {[](ForgedEntry& entry) { entry.link = ""; }, "damaged: FILE: entry+0xbf" + path},
      {[](ForgedEntry& entry) { entry.link = "../x"; }, "damaged: FILE: entry+0xbf" + path},
      {[](ForgedEntry& entry) { entry.target = ""; }, "damaged: FILE: entry+0xc8" + path},
      {[](ForgedEntry& entry) { entry.target = "/etc/passwd"; }, "damaged: FILE: entry+0xc8" + path},
      {[](ForgedEntry& entry) { entry.tail = "x"; }, "damaged: FILE: entry+0xd3: extra bytes at the end of the entry"},
  };
  for (const auto& [lie, expected] : rows) {
    ForgedEntry entry;
    lie(entry);
    CHECK(refusal(entry.bytes()) == expected);
  }
}

TEST_CASE("cache_entry: changed bytes under a right hash are read without memory errors") {
  const Bytes whole = ForgedEntry().bytes();
  const Bytes hashed(whole.begin(), whole.end() - 16);
  for (std::size_t at = 12; at < hashed.size(); ++at) {
    for (const unsigned value : {0x00U, 0x01U, 0x2fU, 0x7fU, 0x80U, 0xffU}) {
      ByteSink out(ByteOrder::little);
      Bytes changed = hashed;
      changed[at] = static_cast<std::uint8_t>(value);
      out.append(changed);
      ForgedEntry::hash(out, io::hash_of(changed));
      // The entry is refused or gives another outcome. Memory errors are detected by the sanitizers.
      static_cast<void>(refusal(out.bytes()));
    }
  }
  SUCCEED();
}
