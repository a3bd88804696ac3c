// SPDX-License-Identifier: BSD-2-Clause
// Compares the pass over all types with a second, plain implementation of its rules, in which a letter describes a
// word.
#include "btf/scan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "btf/fault.hpp"
#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

using btf::Index;
using btf::Kind;
using btf::ShortParams;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();

/// The words of a record: n a name, t a type id, - neither.
struct Shape {
  Kind kind;
  char third;
  std::string info;
  std::string element;  ///< empty: the kind has no elements
  bool is_named = false;
};

const std::vector<Shape> shapes = {
    {Kind::int_, '-', "-", "", true},     {Kind::ptr, 't', "", ""},
    {Kind::array, '-', "tt-", ""},        {Kind::struct_, '-', "", "nt-", true},
    {Kind::union_, '-', "", "nt-", true}, {Kind::enum_, '-', "", "n-", true},
    {Kind::fwd, '-', "", "", true},       {Kind::typedef_, 't', "", "", true},
    {Kind::volatile_, 't', "", ""},       {Kind::const_, 't', "", ""},
    {Kind::restrict_, 't', "", ""},       {Kind::func, 't', "", ""},
    {Kind::func_proto, 't', "", "nt"},    {Kind::var, 't', "-", ""},
    {Kind::datasec, '-', "", "t--"},      {Kind::float_, '-', "", "", true},
    {Kind::decl_tag, 't', "-", ""},       {Kind::type_tag, 't', "", ""},
    {Kind::enum64, '-', "", "n--", true},
};

const Shape* shape_of(std::uint8_t kind) {
  const auto found = std::ranges::find(shapes, static_cast<Kind>(kind), &Shape::kind);
  return found == shapes.end() ? nullptr : &*found;
}

const Shape& shape_of(Kind kind) { return *shape_of(static_cast<std::uint8_t>(kind)); }

std::size_t words_of(const Shape& shape, std::uint32_t vlen) {
  return 3 + shape.info.size() + vlen * shape.element.size();
}

char letter(const Shape& shape, std::size_t word) {
  if (word < 3) return word == 0 ? 'n' : word == 1 ? '-' : shape.third;
  word -= 3;
  if (word < shape.info.size()) return shape.info[word];
  return shape.element[(word - shape.info.size()) % shape.element.size()];
}

std::string text(ByteOrder order) { return order == ByteOrder::little ? "little" : "big"; }

/// A type section, built record by record.
class Types {
 public:
  explicit Types(ByteOrder order) : sink_(order), order_(order) {}

  /// Words that are neither name nor type id have the largest value, so the test fails if scan() checks them.
  Types& add(const Shape& shape, std::uint32_t vlen, bool kind_flag = false, std::uint32_t name = 0,
             std::uint32_t type = 0) {
    ++count_;
    for (std::size_t i = 0; i < words_of(shape, vlen); ++i) {
      const char what = letter(shape, i);
      sink_.u32(i == 1        ? btf::make_info(static_cast<std::uint8_t>(shape.kind), vlen, kind_flag)
                : what == 'n' ? name
                : what == 't' ? type
                              : most);
    }
    return *this;
  }
  Types& add_unknown(std::uint8_t kind, std::uint32_t vlen, bool kind_flag, std::uint32_t name, std::size_t more) {
    ++count_;
    sink_.u32(name);
    sink_.u32(btf::make_info(kind, vlen, kind_flag));
    for (std::size_t i = 0; i < 1 + more; ++i) sink_.u32(most);
    return *this;
  }
  /// Adds short valid records, until `bytes` more bytes are written: 0, 12, or a multiple of 4 over 12.
  Types& fill(std::size_t bytes) {
    for (; bytes >= 24; bytes -= 12) add(shape_of(Kind::ptr), 0);
    if (bytes == 12) add(shape_of(Kind::const_), 0);
    if (bytes == 16) add(shape_of(Kind::int_), 0);
    if (bytes == 20) add(shape_of(Kind::func_proto), 1);
    return *this;
  }

  [[nodiscard]] std::size_t size() const { return sink_.size(); }
  [[nodiscard]] ByteOrder order() const { return order_; }
  [[nodiscard]] std::uint32_t id_end() const { return count_ + 1; }
  /// Returns the bytes in a block of exactly their size: AddressSanitizer detects a read beyond its end.
  [[nodiscard]] Bytes bytes() const { return sink_.bytes(); }

 private:
  ByteSink sink_;
  ByteOrder order_;
  std::uint32_t count_ = 0;
};

btf::ByteView view_of(const Bytes& bytes, ByteOrder order) { return {bytes.data(), bytes.size(), order}; }

bool scan(const Bytes& types, ByteOrder order, std::size_t string_bytes, Index& index, const Bytes& layout = {}) {
  return btf::scan(view_of(types, order), view_of(layout, order), string_bytes, index);
}

bool scan(const Bytes& types, ByteOrder order, std::size_t string_bytes, const Bytes& layout = {}) {
  Index index;
  return scan(types, order, string_bytes, index, layout);
}

/// A layout section with the same sizes for all kinds below `kinds`.
Bytes layout_of(std::size_t kinds, std::uint8_t info_size, std::uint8_t elem_size) {
  Bytes layout;
  for (std::size_t i = 0; i < kinds; ++i) layout.insert(layout.end(), {info_size, elem_size, 0xff, 0xff});
  return {layout.begin(), layout.end()};
}

/// Checks the rules word by word.
bool is_valid(const btf::ByteView& types, const btf::ByteView& layout, std::size_t string_bytes) {
  std::uint32_t id_end = 1;
  std::uint32_t largest_id = 0;
  for (std::size_t at = 0; at < types.size(); ++id_end) {
    if (types.size() - at < 12) return false;
    const std::uint32_t info = types.u32(at + 4);
    const std::uint8_t kind = info >> 24U & 0x7fU;
    const std::size_t vlen = info & 0xffffffU;
    const Shape* const shape = shape_of(kind);
    std::size_t size = 12;
    if (shape != nullptr) {
      size = (3 + shape->info.size() + vlen * shape->element.size()) * 4;
    } else {
      const std::size_t entry = std::size_t{kind} * 4;
      if (kind == 0 || entry + 4 > layout.size()) return false;
      if (layout.u8(entry) % 4 != 0 || layout.u8(entry + 1) % 4 != 0) return false;
      size += layout.u8(entry) + vlen * layout.u8(entry + 1);
    }
    if (size > types.size() - at) return false;
    if (types.u32(at) >= string_bytes) return false;
    for (std::size_t i = 2; shape != nullptr && i < size / 4; ++i) {
      const std::uint32_t word = types.u32(at + i * 4);
      if (letter(*shape, i) == 'n' && word >= string_bytes) return false;
      if (letter(*shape, i) == 't') largest_id = std::max(largest_id, word);
    }
    at += size;
  }
  return largest_id < id_end;
}

/// Expected index of a valid section.
struct Found {
  std::vector<std::uint32_t> offsets = {0};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> named;
  std::vector<std::uint32_t> integers;

  bool operator==(const Found&) const = default;
};

Found found_in(Index& index) {
  Found found;
  found.offsets.assign(index.offsets(), index.offsets() + index.id_end);
  for (std::uint32_t i = 0; i < index.named_count; ++i) {
    found.named.emplace_back(index.named()[i].id, index.named()[i].name_off);
  }
  found.integers = index.integers();
  return found;
}

using Words = std::vector<std::uint32_t>;

constexpr std::size_t block_words = ShortParams::block_bytes / 4;

void add(ShortParams& params, const Words& words, std::uint32_t count) {
  // A block of exactly this size: AddressSanitizer detects a read beyond its end.
  std::vector<std::uint8_t> bytes(words.size() * 4);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(words.data()), bytes.size(), bytes.data());
  params.add(bytes.data(), count);
}

std::string text(const ShortParams& params) {
  return "name " + std::to_string(params.largest_name()) + ", type " + std::to_string(params.largest_type());
}

/// Parameters with names up to 5 and types up to 7. The words behind the first `count` parameters are too large.
Words ordinary(std::uint32_t count) {
  Words words(block_words, most);
  for (std::size_t i = 0; i < 2 * count; ++i) words[i] = i % 2 == 0 ? 5 : 7;
  return words;
}

}  // namespace

TEST_CASE("scan: each name and type id of each kind is checked, wherever the record is") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  constexpr std::uint32_t string_bytes = 100;
  Index index;
  std::string wrong;
  std::size_t looked_at = 0;
  const auto look_at = [&](const Shape& shape, std::uint32_t vlen, bool kind_flag, std::size_t before,
                           std::size_t behind) {
    Types types(order);
    types.fill(before);
    const std::size_t at = types.size();
    types.add(shape, vlen, kind_flag).fill(behind);
    Bytes bytes = types.bytes();
    for (std::size_t i = 0; i < words_of(shape, vlen); ++i) {
      if (i == 1) continue;
      const char what = letter(shape, i);
      const std::uint32_t limit = what == 't' ? types.id_end() : string_bytes;
      const Bytes kept(bytes.begin() + static_cast<std::ptrdiff_t>(at + i * 4),
                       bytes.begin() + static_cast<std::ptrdiff_t>(at + i * 4 + 4));
      for (const std::uint32_t value : {0U, limit - 1, limit, 0x7fffffffU, 0x80000000U, most}) {
        for (std::size_t n = 0; n < 4; ++n) {
          bytes[at + i * 4 + n] = static_cast<std::uint8_t>(value >> (order == ByteOrder::little ? n : 3 - n) * 8);
        }
        ++looked_at;
        if (scan(bytes, order, string_bytes, index) == (what == '-' || value < limit)) continue;
        wrong = std::string(btf::shape(shape.kind).name) + ", vlen " + std::to_string(vlen) + ", " +
                std::to_string(before) + " bytes before, " + std::to_string(behind) + " behind, word " +
                std::to_string(i) + " = " + std::to_string(value) + (kind_flag ? ", flag" : "");
      }
      std::copy(kept.begin(), kept.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at + i * 4));
    }
  };
  for (const Shape& shape : shapes) {
    for (std::uint32_t vlen = 0; vlen < 10; ++vlen) {
      for (const bool kind_flag : {false, true}) {
        for (const std::size_t before : {0U, 28U}) {
          for (std::size_t behind = 0; behind <= 64; behind += behind == 0 ? 12 : 4) {
            look_at(shape, vlen, kind_flag, before, behind);
          }
        }
      }
    }
  }
  INFO(text(order) << "-endian");
  CHECK(wrong == "");
  CHECK(looked_at > 400000);
}

TEST_CASE("scan: long records are checked to their end") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const Shape& shape : shapes) {
    if (shape.element.empty()) continue;
    for (const std::uint32_t vlen : {255U, 256U, 65535U, 65536U, 70001U}) {
      INFO(btf::shape(shape.kind).name << " " << vlen << ", " << text(order) << "-endian");
      Types types(order);
      types.add(shape, vlen, false, 1, 1).fill(96);
      Bytes bytes = types.bytes();
      CHECK(scan(bytes, order, 2));
      const std::size_t last = (words_of(shape, vlen) - shape.element.size()) * 4;
      set_u32(bytes, last, 50, order);
      CHECK_FALSE(scan(bytes, order, 2));
    }
  }
}

TEST_CASE("scan: the last byte of the strings is the largest valid name, for string sections of any size") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const std::uint32_t string_bytes : {1U, 2U, 0x7ffffffeU, 0x7fffffffU, 0x80000000U, 0x80000001U, most}) {
    for (const std::size_t behind : {0U, 12U, 48U, 96U}) {
      for (const std::uint32_t vlen : {1U, 2U, 3U, 9U}) {
        INFO(string_bytes << " bytes, " << behind << " behind, vlen " << vlen << ", " << text(order) << "-endian");
        for (const Kind kind : {Kind::struct_, Kind::func_proto, Kind::enum_, Kind::enum64}) {
          const auto with_name = [&](std::uint32_t name) {
            const Bytes bytes = Types(order).add(shape_of(kind), vlen, false, name).fill(behind).bytes();
            return scan(bytes, order, string_bytes);
          };
          CHECK(with_name(string_bytes - 1));
          CHECK_FALSE(with_name(string_bytes));
          CHECK_FALSE(with_name(most));
        }
      }
    }
  }
}

TEST_CASE("scan: a section must end where a record ends") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  Types types(order);
  std::vector<std::size_t> ends = {0};
  for (const Shape& shape : shapes) {
    for (std::uint32_t vlen = 0; vlen < 5; ++vlen) {
      types.add(shape, vlen);
      ends.push_back(types.size());
    }
  }
  const Bytes all = types.bytes();
  std::string wrong;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const Bytes part(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    if (scan(part, order, 1) != std::ranges::binary_search(ends, size)) wrong += " " + std::to_string(size);
  }
  INFO(text(order) << "-endian");
  CHECK(wrong == "");
}

TEST_CASE("scan: a vlen that reaches beyond the section is rejected") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::string wrong;
  for (const Shape& shape : shapes) {
    for (std::uint32_t vlen = 0; vlen < 5; ++vlen) {
      for (std::size_t behind = 0; behind <= 96; behind += behind == 0 ? 12 : 4) {
        Bytes bytes = Types(order).add(shape, vlen).fill(behind).bytes();
        for (const std::uint32_t lie : {vlen + 1, vlen + 2, vlen + 3, vlen + 9, 0xffffU, 0x10000U, 0xffffffU}) {
          set_u32(bytes, 4, btf::make_info(static_cast<std::uint8_t>(shape.kind), lie, true), order);
          const bool expected = is_valid(view_of(bytes, order), {}, std::size_t{most} + 1);
          if (scan(bytes, order, std::size_t{most} + 1) == expected) continue;
          wrong = std::string(btf::shape(shape.kind).name) + " with " + std::to_string(vlen) + " elements says " +
                  std::to_string(lie) + ", " + std::to_string(behind) + " bytes behind";
        }
        // The first word behind the section does not exist in memory.
        set_u32(bytes, 4, btf::make_info(static_cast<std::uint8_t>(shape.kind), 0xffffff, false), order);
        if (scan(bytes, order, 1) != shape.element.empty()) wrong = "accepted";
      }
    }
  }
  INFO(text(order) << "-endian");
  CHECK(wrong == "");
}

TEST_CASE("scan: a type of an unknown kind is skipped if the layout section has its size") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const bool kind_flag = GENERATE(false, true);
  const auto kind = GENERATE(as<std::uint8_t>{}, 20, 31, 32, 63, 127);
  INFO("kind " << int{kind} << ", " << text(order) << "-endian");
  for (const std::size_t before : {0U, 12U, 96U}) {
    for (const std::size_t behind : {0U, 12U, 44U, 96U}) {
      // 4 bytes of info, and three elements of 8 bytes.
      const auto make = [&](std::uint32_t name, std::uint32_t last_name, std::uint32_t last_type) {
        Types types(order);
        types.fill(before).add_unknown(kind, 3, kind_flag, name, 7).fill(behind);
        return types.add(shape_of(Kind::struct_), 2, false, last_name, last_type).bytes();
      };
      const std::uint32_t id_end = Types(order).fill(before).fill(behind).id_end() + 2;
      const Bytes layout = layout_of(kind + std::size_t{1}, 4, 8);
      Index index;
      REQUIRE(scan(make(9, 9, id_end - 1), order, 10, index, layout));
      CHECK(index.id_end == id_end);
      CHECK(index.named()[index.named_count - 1].id == id_end - 1);
      // It is not among the named types.
      const auto* const named = index.named();
      CHECK(std::none_of(named, named + index.named_count,
                         [&](const auto& each) { return index.offsets()[each.id] == before; }));
      CHECK_FALSE(scan(make(10, 9, 0), order, 10, layout));
      CHECK_FALSE(scan(make(most, 9, 0), order, 10, layout));
      CHECK_FALSE(scan(make(9, 10, 0), order, 10, layout));
      CHECK_FALSE(scan(make(9, 9, id_end), order, 10, layout));
      CHECK_FALSE(scan(make(9, 9, 0), order, 10));
      CHECK_FALSE(scan(make(9, 9, 0), order, 10, layout_of(kind, 4, 8)));
      CHECK_FALSE(scan(make(9, 9, 0), order, 10, layout_of(kind + std::size_t{1}, 5, 8)));
      CHECK_FALSE(scan(make(9, 9, 0), order, 10, layout_of(kind + std::size_t{1}, 4, 9)));
      CHECK_FALSE(scan(make(9, 9, 0), order, 10, layout_of(kind + std::size_t{1}, 252, 252)));
    }
  }
}

TEST_CASE("scan: a layout section does not change the size of a known kind, and kind 0 is rejected") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes layout = layout_of(128, 8, 16);
  for (const Shape& shape : shapes) {
    INFO(btf::shape(shape.kind).name);
    Index index;
    const Bytes bytes = Types(order).add(shape, 2).fill(48).bytes();
    CHECK(scan(bytes, order, 1, index, layout));
    CHECK(index.offsets()[2] == words_of(shape, 2) * 4);
  }
  for (const bool kind_flag : {false, true}) {
    const Bytes bytes = Types(order).fill(60).add_unknown(0, 0, kind_flag, 0, 2).fill(60).bytes();
    CHECK_FALSE(scan(bytes, order, 1, layout));
    CHECK_FALSE(scan(bytes, order, 1));
  }
}

TEST_CASE("scan: a section without types is valid") {
  Index index;
  CHECK(scan({}, ByteOrder::little, 1, index));
  CHECK(found_in(index) == Found{});
  CHECK(scan({}, ByteOrder::big, 1, index));
  CHECK(found_in(index) == Found{});
}

TEST_CASE("scan: the index lists the offsets of types, the named types and the integers") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes layout = layout_of(128, 8, 4);
  Index index;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed << ", " << text(order) << "-endian");
    std::mt19937 random(seed);
    const auto roll = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::uint32_t count = roll(80);
    Types types(order);
    Found expected;
    for (std::uint32_t id = 1; id <= count; ++id) {
      expected.offsets.push_back(static_cast<std::uint32_t>(types.size()));
      const std::uint32_t name = roll(3) == 0 ? 0 : roll(1000);
      const std::uint32_t vlen = roll(10) == 0 ? roll(300) : roll(6);
      if (seed % 2 == 0 && roll(30) == 0) {
        types.add_unknown(static_cast<std::uint8_t>(20 + roll(108)), vlen, roll(2) == 0, name, 2 + vlen);
        continue;
      }
      const Shape& shape = shapes[roll(static_cast<std::uint32_t>(shapes.size()))];
      types.add(shape, vlen, roll(2) == 0, name, roll(count + 1));
      if (shape.is_named && name != 0) expected.named.emplace_back(id, name);
      if (shape.kind == Kind::int_) expected.integers.push_back(id);
    }
    REQUIRE(scan(types.bytes(), order, 1000, index, layout));
    REQUIRE(found_in(index) == expected);
  }
}

namespace {

/// Returns a word that is probably at the limit or just beyond it.
std::uint32_t tricky_word(std::mt19937& random, std::uint32_t before, std::uint32_t id_end,
                          std::uint32_t string_bytes) {
  const auto roll = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  switch (roll(6)) {
    case 0: {
      const std::uint32_t edges[] = {0,          id_end - 1, id_end, string_bytes - 1, string_bytes,
                                     0x7fffffff, 0x80000000, most};
      return edges[roll(8)];
    }
    case 1:
      return before + (roll(2) == 0 ? 1 : most);
    case 2:
      return before ^ 1U << roll(32);
    case 3:
      return btf::make_info(static_cast<std::uint8_t>(roll(45)), roll(8), roll(2) == 0);
    case 4:
      return roll(string_bytes + 3);
    default:
      return static_cast<std::uint32_t>(random());
  }
}

}  // namespace

TEST_CASE("scan: scan rejects exactly what the rules reject, and the fault is found") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const bool has_layout = GENERATE(false, true);
  EveryKind all(order);
  all.forge.type("news", 40, has_layout ? 2 : 0, true, 0,
                 has_layout ? std::vector<std::uint32_t>{1, 2, 3, 4} : std::vector<std::uint32_t>{});
  if (!has_layout) all.forge.set_type_word(all.forge.next_id() - 1, 1, btf::make_info(2, 0, false));
  all.forge.structure("last", 8, {{"a", all.int_, 0}, {"b", all.ptr, 64}});
  all.forge.enumeration("end", 4, {{"A", 1}, {"B", 2}, {"C", 3}});
  if (has_layout) {
    all.forge.header().layout.emplace(41);
    all.forge.header().layout->at(40) = {.info_sz = 8, .elem_sz = 4, .flags = 0};
  }
  const Bytes file = all.forge.bytes();
  const btf::ByteView whole = view_of(file, order);
  const std::size_t header = whole.u32(4);
  const std::size_t type_bytes = whole.u32(12);
  const std::size_t layout_bytes = has_layout ? whole.u32(28) : 0;
  const std::uint32_t string_bytes = whole.u32(20);
  const std::uint32_t id_end = all.forge.next_id();
  const auto part = [](const Bytes& bytes, std::size_t at, std::size_t size) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  const Bytes strings = part(file, header + whole.u32(16), string_bytes);

  constexpr std::uint32_t first_seed = 20261121;
  constexpr std::uint32_t changes = 20000;
  std::size_t accepted = 0;
  std::string wrong;
  Index index;
  for (std::uint32_t seed = first_seed; seed < first_seed + changes && wrong.empty(); ++seed) {
    std::mt19937 random(seed);
    Bytes changed = file;
    const std::size_t at = header + 4 * (random() % ((type_bytes + layout_bytes) / 4));
    const std::uint32_t word = tricky_word(random, whole.u32(at), id_end, string_bytes);
    set_u32(changed, at, word, order);
    // Each section in a block of its own, so that AddressSanitizer detects a read beyond its end.
    const Bytes types = part(changed, header, type_bytes);
    const Bytes layout = part(changed, header + type_bytes, layout_bytes);
    const bool expected = is_valid(view_of(types, order), view_of(layout, order), string_bytes);
    const bool found = scan(types, order, string_bytes, index, layout);
    const std::string fault = error_text([&] {
      btf::throw_fault({view_of(types, order), view_of(strings, order), view_of(layout, order)}, "btf");
    });
    const std::string parsed = error_text([&] { (void)btf::View::parse(changed, "btf"); });
    accepted += expected ? 1 : 0;
    const bool agree = found == expected && fault.starts_with("internal: ") == expected &&
                       (parsed == "no error") == expected && (expected || parsed == fault);
    if (agree) continue;
    wrong = "seed " + std::to_string(seed) + ": word at " + std::to_string(at) + " = " + std::to_string(word) +
            (expected ? ", which is in order" : ", which is not") + "; scan: " + (found ? "accepted" : "refused") +
            "; fault: " + fault + "; parsed: " + parsed;
  }
  INFO(text(order) << "-endian, " << (has_layout ? "with" : "without") << " layout");
  CHECK(wrong == "");
  // Both results must occur.
  CHECK(accepted > changes / 10);
  CHECK(accepted < changes * 9 / 10);
}

TEST_CASE("short_params: without parameters the largest name and type are 0") {
  CHECK(text(ShortParams()) == "name 0, type 0");
  ShortParams params;
  add(params, ordinary(0), 0);
  CHECK(text(params) == "name 0, type 0");
}

TEST_CASE("short_params: each word of the parameters counts, and no word behind them") {
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
        // Values over any limit need not be exact.
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

TEST_CASE("short_params: the largest name and type of many lists are found") {
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
