// SPDX-License-Identifier: BSD-2-Clause
// Split BTF on a distilled base, rewritten for a kernel.
#include "btf/distilled_base.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array orders = {ByteOrder::little, ByteOrder::big};

BtfForge kernel_of(ByteOrder order) {
  BtfForge kernel(order);
  const auto integer = kernel.integer("int", 4, 1);
  kernel.integer("long unsigned int", 8);
  const auto task = kernel.structure("task_struct", 16, {{"pid", integer, 0}, {"flags", 2, 64}});
  kernel.ptr(task);
  return kernel;
}

BtfForge distilled_of(ByteOrder order) {
  BtfForge distilled(order);
  distilled.structure("task_struct", 16, {});
  distilled.integer("int", 4, 1);
  return distilled;
}

/// Returns what both files say as one full BTF: the module behind its base.
Bytes concatenated(const Bytes& base, const Bytes& split, ByteOrder order) {
  const auto word = [&](const Bytes& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value |= std::uint32_t{bytes.at(at + i)} << (8 * (order == ByteOrder::little ? i : 3 - i));
    }
    return value;
  };
  const auto part = [&](const Bytes& bytes, std::size_t field) {
    const auto start = bytes.begin() + 24 + word(bytes, field);
    return Bytes(start, start + word(bytes, field + 4));
  };
  Bytes types = part(base, 8);
  Bytes strings = part(base, 16);
  const Bytes more_types = part(split, 8);
  const Bytes more_strings = part(split, 16);
  types.insert(types.end(), more_types.begin(), more_types.end());
  strings.insert(strings.end(), more_strings.begin(), more_strings.end());
  Bytes out(base.begin(), base.begin() + 24);
  const auto put = [&](std::size_t at, std::size_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      out.at(at + i) = static_cast<std::uint8_t>(value >> (8 * (order == ByteOrder::little ? i : 3 - i)));
    }
  };
  put(8, 0);
  put(12, types.size());
  put(16, types.size());
  put(20, strings.size());
  out.insert(out.end(), types.begin(), types.end());
  out.insert(out.end(), strings.begin(), strings.end());
  return out;
}

/// A module whose struct `s` has a member of the first type of `distilled`, by value or behind a pointer.
BtfForge module_with(const BtfForge& distilled, bool by_value) {
  BtfForge module = BtfForge::split(distilled);
  const auto typedef_id = module.typedef_("alias", 1);
  const auto elements = module.array(typedef_id, 1, 2);
  module.structure("s", 64, {{"m", by_value ? elements : module.ptr(elements), 0}});
  return module;
}

std::string rebase_error(const BtfForge& kernel, const BtfForge& distilled, const BtfForge& module) {
  const btf::View base = btf::View::parse(kernel.bytes(), "vmlinux");
  return error_text([&] { static_cast<void>(btf::rebased(module.bytes(), distilled.bytes(), "m.ko", base)); });
}

/// Returns the id of the only type of `kernel` that the first type of `distilled` is found as, or the error.
std::string found(const std::function<void(BtfForge&)>& in_kernel, const std::function<void(BtfForge&)>& in_distilled,
                  bool by_value = false) {
  BtfForge kernel;
  in_kernel(kernel);
  BtfForge distilled;
  in_distilled(distilled);
  BtfForge module = BtfForge::split(distilled);
  if (by_value) {
    module = module_with(distilled, true);
  } else {
    module.ptr(1);
  }
  const btf::View base = btf::View::parse(kernel.bytes(), "vmlinux");
  try {
    const Bytes bytes = btf::rebased(module.bytes(), distilled.bytes(), "m.ko", base);
    const btf::View joined = btf::View::parse(concatenated(kernel.bytes(), bytes, ByteOrder::little), "joined");
    return std::to_string(joined.type(base.id_end()).size_or_type);
  } catch (const Error& error) {
    return error.where() + ": " + error.reason();
  }
}

}  // namespace

TEST_CASE("distilled_base: ids and names lead to the kernel's types, in either byte order") {
  for (const ByteOrder order : orders) {
    const BtfForge kernel = kernel_of(order);
    const BtfForge distilled = distilled_of(order);
    BtfForge module = BtfForge::split(distilled);
    const auto pointer = module.ptr(1);
    const auto conn = module.structure("nf_conn", 24, {{"ct_id", 2, 32}, {"int", pointer, 64}});
    module.func("f", module.func_proto(2, {{"c", module.ptr(conn)}}));
    const btf::View base = btf::View::parse(kernel.bytes(), "vmlinux");
    const Bytes bytes = btf::rebased(module.bytes(), distilled.bytes(), "m.ko", base);

    const btf::View joined = btf::View::parse(concatenated(kernel.bytes(), bytes, order), "joined");
    REQUIRE(joined.id_end() == base.id_end() + 5);
    CHECK(joined.type(5).size_or_type == 3);  // the kernel's task_struct
    const btf::Type structure = joined.type(6);
    CHECK(joined.string(structure.name_off) == "nf_conn");
    CHECK(structure.size_or_type == 24);
    CHECK(joined.member(structure, 0).type == 1);
    CHECK(joined.string(joined.member(structure, 0).name_off) == "ct_id");
    CHECK(joined.member(structure, 1).type == 5);
    CHECK(joined.string(joined.member(structure, 1).name_off) == "int");  // a string of the distilled base
    CHECK(joined.type(7).size_or_type == 6);
    CHECK(joined.type(8).size_or_type == 1);
    CHECK(joined.param(joined.type(8), 0).type == 7);
    CHECK(joined.type(9).size_or_type == 8);
    CHECK(joined.string(joined.type(9).name_off) == "f");
  }
}

TEST_CASE("distilled_base: a type is found by name, kind and size") {
  const auto integer = [](std::uint32_t bytes, std::uint32_t encoding = 0) {
    return [=](BtfForge& forge) { forge.integer("a", bytes, encoding); };
  };
  const auto structure = [](std::uint32_t bytes) { return [=](BtfForge& forge) { forge.structure("a", bytes, {}); }; };
  const auto forward = [](bool is_union) { return [=](BtfForge& forge) { forge.fwd("a", is_union); }; };
  const auto enumeration = [](std::uint32_t bytes) {
    return [=](BtfForge& forge) { forge.enumeration("a", bytes, {}); };
  };
  const auto two = [](std::uint32_t first, std::uint32_t second) {
    return [=](BtfForge& forge) {
      forge.structure("a", first, {});
      forge.structure("a", second, {});
    };
  };
  CHECK(found(integer(4), integer(4)) == "1");
  CHECK(found(integer(8), integer(4)) == ".BTF.base: int a, 4 bytes, is not in vmlinux");
  CHECK(found(integer(4, 1), integer(4)) == ".BTF.base: int a, 4 bytes, is not in vmlinux");
  CHECK(found(enumeration(4), enumeration(4)) == "1");
  CHECK(found([](BtfForge& forge) { forge.enumeration64("a", 8, {}); }, enumeration(8)) == "1");
  CHECK(found(enumeration(4), integer(4)) == ".BTF.base: int a, 4 bytes, is not in vmlinux");
  CHECK(found(forward(false), forward(false)) == "1");
  CHECK(found(forward(true), forward(false)) == ".BTF.base: fwd a is not in vmlinux");
  CHECK(found(structure(8), forward(false)) == "1");
  // A struct may have another size if the module has only pointers to it.
  CHECK(found(structure(8), structure(16)) == "1");
  CHECK(found(structure(8), structure(16), true) == ".BTF.base: struct a, 16 bytes, is not in vmlinux");
  CHECK(found([](BtfForge& forge) { forge.union_("a", 16, {}); }, structure(16)) ==
        ".BTF.base: struct a, 16 bytes, is of kind union in vmlinux");
  // If the kernel has several of a name, the size decides.
  CHECK(found(two(8, 16), structure(16)) == "2");
  CHECK(found(two(8, 16), structure(4)) == ".BTF.base: struct a, 4 bytes, is not in vmlinux");
  CHECK(found(two(16, 16), structure(16)) ==
        ".BTF.base: struct a, 16 bytes, has several types that fit in vmlinux (type ids 1 and 2)");
}

TEST_CASE("distilled_base: damage and the wrong byte order are errors that name the module") {
  const BtfForge kernel = kernel_of(ByteOrder::little);
  const BtfForge distilled = distilled_of(ByteOrder::little);
  BtfForge module = BtfForge::split(distilled);
  module.ptr(1);
  CHECK(rebase_error(kernel, distilled, module) == "no error");
  CHECK(rebase_error(kernel_of(ByteOrder::big), distilled, module) ==
        "wrong_file: m.ko: .BTF: little-endian, but vmlinux is big-endian");

  BtfForge pointer;
  pointer.ptr(0);
  CHECK(rebase_error(kernel, pointer, BtfForge::split(pointer)) ==
        "damaged: m.ko: .BTF.base: type 1 has a kind that a distilled base cannot have");
  BtfForge unnamed;
  unnamed.structure("", 8, {});
  CHECK(rebase_error(kernel, unnamed, BtfForge::split(unnamed)) == "damaged: m.ko: .BTF.base: type 1 has no name");

  BtfForge inside = BtfForge::split(distilled);
  const auto id = inside.fwd("x");
  inside.set_type_word(id, 0, 2);  // "ask_struct", the middle of a name
  CHECK(rebase_error(kernel, distilled, inside) ==
        "damaged: m.ko: .BTF: the name at string offset 2 is not the name of a type in .BTF.base");
  BtfForge far = BtfForge::split(distilled);
  far.ptr(99);
  CHECK(rebase_error(kernel, distilled, far).starts_with("damaged: m.ko: types+"));
}

TEST_CASE("distilled_base: types that hold each other in a loop end the search for embedded types") {
  BtfForge kernel = kernel_of(ByteOrder::little);
  const BtfForge distilled = distilled_of(ByteOrder::little);
  BtfForge module = BtfForge::split(distilled);
  const auto first = module.next_id();
  module.typedef_("t", first + 1);
  module.typedef_("u", first);
  module.structure("s", 8, {{"m", first, 0}});
  CHECK(rebase_error(kernel, distilled, module) == "no error");
}

TEST_CASE("distilled_base: every truncation is an error or gives BTF, and never reads beyond the end") {
  const BtfForge kernel = kernel_of(ByteOrder::little);
  const btf::View base = btf::View::parse(kernel.bytes(), "vmlinux");
  const BtfForge distilled = distilled_of(ByteOrder::little);
  BtfForge module = BtfForge::split(distilled);
  module.structure("nf_conn", 24, {{"ct_id", 2, 32}});
  const Bytes whole = module.bytes();
  const Bytes whole_base = distilled.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(error_text([&] { static_cast<void>(btf::rebased(part, whole_base, "m.ko", base)); }) != "no error");
  }
  for (std::size_t size = 0; size < whole_base.size(); ++size) {
    const Bytes part(whole_base.begin(), whole_base.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(error_text([&] { static_cast<void>(btf::rebased(whole, part, "m.ko", base)); }) != "no error");
  }
}
