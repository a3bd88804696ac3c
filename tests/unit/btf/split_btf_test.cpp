// SPDX-License-Identifier: BSD-2-Clause
// Module BTF, and damaged full BTF that resembles module BTF.
#include "btf/split_btf.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array orders = {ByteOrder::little, ByteOrder::big};

BtfForge base_of(ByteOrder order) {
  BtfForge base(order);
  const auto integer = base.integer("int", 4, 1);
  const auto task = base.structure("task_struct", 8, {{"pid", integer, 0}, {"flags", integer, 32}});
  base.ptr(task);
  return base;
}

BtfForge module_of(ByteOrder order) {
  const BtfForge base = base_of(order);
  BtfForge module = BtfForge::split(base);
  module.structure("nf_conn", 16, {{"ct_id", 1, 0}, {"owner", 3, 64}});
  return module;
}

std::string parse_error(const Bytes& bytes) {
  return error_text([&] { static_cast<void>(btf::View::parse(bytes, "btf")); });
}

const std::string refusal =
    "wrong_file: btf: BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";

}  // namespace

TEST_CASE("split_btf: BTF on top of a base is split BTF, with own strings, without them, and without types") {
  for (const ByteOrder order : orders) {
    CHECK(btf::is_split_btf(module_of(order).bytes()));
    CHECK(parse_error(module_of(order).bytes()) == refusal);

    BtfForge without_strings = BtfForge::split(base_of(order));
    without_strings.ptr(3);
    without_strings.fwd("pid");
    CHECK(btf::is_split_btf(without_strings.bytes()));
    CHECK(parse_error(without_strings.bytes()) == refusal);

    const Bytes header_only = BtfForge::split(base_of(order)).bytes();
    CHECK(header_only.size() == 24);
    CHECK(btf::is_split_btf(header_only));
    CHECK(parse_error(header_only) == refusal);
  }
}

TEST_CASE("split_btf: one reference into the base is enough, in any record or element") {
  const std::vector<void (*)(BtfForge&)> references = {
      [](BtfForge& f) { f.ptr(9); },
      [](BtfForge& f) { f.array(9, 0, 1); },
      [](BtfForge& f) { f.array(0, 9, 1); },
      [](BtfForge& f) {
        f.func_proto(0, {{"", 9}});
      },
      [](BtfForge& f) {
        f.datasec("", 4, {{9, 0, 4}});
      },
      [](BtfForge& f) {
        f.type("", btf::Kind::struct_, 1, false, 0, {0x1000, 0, 0});
      },
      [](BtfForge& f) {
        f.type("", btf::Kind::enum_, 1, false, 4, {0x1000, 0});
      },
      [](BtfForge& f) { f.set_type_word(f.fwd(""), 0, 0x1000); },
  };
  for (std::size_t i = 0; i < references.size(); ++i) {
    CAPTURE(i);
    BtfForge module = BtfForge::split(BtfForge());
    module.string("own");
    CHECK_FALSE(btf::is_split_btf(module.bytes()));  // no type refers to its strings
    references[i](module);
    CHECK(btf::is_split_btf(module.bytes()));
  }
}

TEST_CASE("split_btf: a string offset into the middle of a string refers to a small base") {
  BtfForge base;
  base.integer("int", 4, 1);
  BtfForge module = BtfForge::split(base);
  module.structure("nf_conn", 4, {{"mark", 1, 0}});  // string offsets 10 and 5, in 13 bytes of strings
  CHECK(btf::is_split_btf(module.bytes()));
}

TEST_CASE("split_btf: a kernel whose strings were overwritten is damaged, wherever its names then point") {
  BtfForge forge;
  for (int i = 0; i < 6000; ++i) forge.integer("int_" + std::to_string(i), 4, 1);
  Bytes kernel = forge.bytes();
  const btf::ByteView view(kernel.data(), kernel.size(), ByteOrder::little);
  const std::size_t strings = btf::header_size + view.u32(16);
  std::fill_n(kernel.begin() + static_cast<std::ptrdiff_t>(strings), 512, std::uint8_t{0xff});
  CHECK_FALSE(btf::is_split_btf(kernel));
  Bytes without = forge.bytes();
  without.resize(strings);
  std::fill_n(without.begin() + 20, 4, std::uint8_t{0});  // str_len
  CHECK_FALSE(btf::is_split_btf(without));
}

TEST_CASE("split_btf: unknown kinds are skipped with the sizes in the layout section") {
  BtfForge module = module_of(ByteOrder::little);
  const auto number = module.type("", std::uint8_t{20}, 2, false, 0, {1, 2, 3});
  CHECK_FALSE(btf::is_split_btf(module.bytes()));
  module.header().layout.emplace(21);
  module.header().layout->at(20) = {.info_sz = 4, .elem_sz = 4};
  CHECK(btf::is_split_btf(module.bytes()));
  module.set_type_word(number, 1, 0);  // kind 0, which no type has
  CHECK_FALSE(btf::is_split_btf(module.bytes()));
}

TEST_CASE("split_btf: full BTF with any bit flipped, or truncated anywhere, is not split BTF") {
  for (const ByteOrder order : orders) {
    const Bytes full = base_of(order).bytes();
    CHECK_FALSE(btf::is_split_btf(full));
    for (std::size_t bit = 0; bit < full.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes damaged = full;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      CHECK_FALSE(btf::is_split_btf(damaged));
    }
    for (std::size_t size = 0; size < full.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(btf::is_split_btf(std::span(full).first(size)));
    }
  }
}

TEST_CASE("split_btf: full BTF that lost its strings or the first string is damaged") {
  BtfForge without_length = base_of(ByteOrder::little);
  without_length.header().str_len = 0;
  CHECK(parse_error(without_length.bytes()) == "damaged: btf: header+0x14: the string section is empty");

  const Bytes full = base_of(ByteOrder::little).bytes();
  const btf::ByteView view(full.data(), full.size(), ByteOrder::little);
  const std::size_t strings = btf::header_size + view.u32(16);
  for (unsigned byte = 1; byte < 256; ++byte) {
    Bytes overwritten = full;
    overwritten[strings] = static_cast<std::uint8_t>(byte);
    CHECK(parse_error(overwritten) == "damaged: btf: strings+0x0: the string section does not begin with NUL");
  }
}

TEST_CASE("split_btf: split BTF that is truncated, or has bytes outside its sections, is damaged") {
  const Bytes whole = module_of(ByteOrder::little).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(btf::is_split_btf(std::span(whole).first(size)));
  }
  BtfForge longer = module_of(ByteOrder::little);
  longer.header().trailing = 1;
  CHECK_FALSE(btf::is_split_btf(longer.bytes()));
  BtfForge with_gap = module_of(ByteOrder::little);
  with_gap.header().gap = 4;
  CHECK_FALSE(btf::is_split_btf(with_gap.bytes()));
}
