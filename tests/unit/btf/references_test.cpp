// SPDX-License-Identifier: BSD-2-Clause
// The type ids of each kind, from the kernel's include/uapi/linux/btf.h.
#include "btf/references.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

using btf::Kind;
using btf::Reference;
using btf::TypeIdField;

namespace {

constexpr std::uint32_t a = 1;  // two types to which the others refer
constexpr std::uint32_t b = 2;

std::string text_of(const Reference& reference) {
  const std::string id = std::to_string(reference.id);
  switch (reference.field) {
    case TypeIdField::target:
      return "target " + id;
    case TypeIdField::array_element:
      return "array element " + id;
    case TypeIdField::array_index:
      return "array index " + id;
    case TypeIdField::element:
      return "element " + std::to_string(reference.element) + " " + id;
  }
  return "";
}

void append(std::string& text, const Reference& reference) {
  if (!text.empty()) text += ", ";
  text += text_of(reference);
}

/// Returns the kind and all references of the type that `forge` adds behind `a` and `b`.
template <typename Forge>
std::string references(Forge forge) {
  std::string text;
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    BtfForge all(order);
    all.integer("a", 4, 1);
    all.integer("b", 8);
    const std::uint32_t id = forge(all);
    const auto view = btf::View::parse(all.bytes(), "btf");
    const btf::Type type = view.type(id);
    std::string found;
    btf::for_each_reference(view, type, [&](const Reference& each) { append(found, each); });
    std::string fixed;
    btf::for_each_fixed_reference(view, type, [&](const Reference& each) { append(fixed, each); });
    CHECK(found.starts_with(fixed));
    found = std::string(btf::shape(type.kind).name) + ": " + found;
    CHECK((text.empty() || text == found));
    text = found;
  }
  return text;
}

}  // namespace

TEST_CASE("references: the type ids of each kind are found in the order of the record") {
  CHECK(references([](BtfForge&) { return 0U; }) == "void: ");
  CHECK(references([](BtfForge& f) { return f.integer("i", 4, 1); }) == "int: ");
  CHECK(references([](BtfForge& f) { return f.ptr(b); }) == "ptr: target 2");
  CHECK(references([](BtfForge& f) { return f.ptr(0); }) == "ptr: target 0");
  CHECK(references([](BtfForge& f) { return f.array(b, a, 4); }) == "array: array element 2, array index 1");
  CHECK(references([](BtfForge& f) {
          return f.structure("s", 16, {{"x", a, 0}, {"y", b, 64}});
        }) == "struct: element 0 1, element 1 2");
  CHECK(references([](BtfForge& f) { return f.union_("u", 8, {{"x", b, 0}}); }) == "union: element 0 2");
  CHECK(references([](BtfForge& f) { return f.structure("empty", 0, {}); }) == "struct: ");
  CHECK(references([](BtfForge& f) { return f.enumeration("e", 4, {{"A", 1}}); }) == "enum: ");
  CHECK(references([](BtfForge& f) { return f.fwd("f"); }) == "fwd: ");
  CHECK(references([](BtfForge& f) { return f.typedef_("t", b); }) == "typedef: target 2");
  CHECK(references([](BtfForge& f) { return f.volatile_(b); }) == "volatile: target 2");
  CHECK(references([](BtfForge& f) { return f.const_(b); }) == "const: target 2");
  CHECK(references([](BtfForge& f) { return f.restrict_(b); }) == "restrict: target 2");
  CHECK(references([](BtfForge& f) { return f.func("f", f.func_proto(b, {})); }) == "func: target 3");
  CHECK(references([](BtfForge& f) {
          return f.func_proto(b, {{"x", a}, {"", 0}});
        }) == "func_proto: target 2, element 0 1, element 1 0");
  CHECK(references([](BtfForge& f) { return f.var("v", b, 1); }) == "var: target 2");
  CHECK(references([](BtfForge& f) {
          return f.datasec(".data", 4, {{f.var("v", a, 1), 0, 4}});
        }) == "datasec: element 0 3");
  CHECK(references([](BtfForge& f) { return f.float_("f", 8); }) == "float: ");
  CHECK(references([](BtfForge& f) { return f.decl_tag("tag", b, 0); }) == "decl_tag: target 2");
  CHECK(references([](BtfForge& f) { return f.type_tag("tag", b); }) == "type_tag: target 2");
  CHECK(references([](BtfForge& f) { return f.enumeration64("e", 8, {{"A", 1}}); }) == "enum64: ");
}

TEST_CASE("references: an unknown kind has no references") {
  BtfForge forge;
  const std::uint32_t id = forge.integer("i", 4, 1);
  const auto view = btf::View::parse(forge.bytes(), "btf");
  btf::Type type = view.type(id);
  type.kind = static_cast<Kind>(btf::kind_count);
  btf::for_each_reference(view, type, [](const Reference&) { FAIL("a reference"); });
}

}  // namespace minbtf::test
