// SPDX-License-Identifier: BSD-2-Clause
// Read-only data of an object: the sections that are kept, and the number and name of a place.
#include "object/read_only_data.hpp"

#include <elf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <string>

#include "minbtf/error.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

using object::ObjectData;
using object::ReadOnlyPlace;

BpfObject read_only_object(const std::string& order = "el") {
  return BpfObject::parse(bytes_of(bpf_object("read_only", order)), "read_only.bpf.o");
}

std::uint32_t section(const ObjectData& data, const std::string& name) {
  const auto found = std::ranges::find(data.read_only.sections, name, &object::ReadOnlySection::name);
  REQUIRE(found != data.read_only.sections.end());
  return static_cast<std::uint32_t>(found - data.read_only.sections.begin());
}

/// Bytes of a variable.
ReadOnlyPlace place(const ObjectData& data, const std::string& variable, std::uint64_t offset, std::uint32_t bytes) {
  const auto found = std::ranges::find(data.read_only.variables, variable, &object::ReadOnlyVariable::name);
  REQUIRE(found != data.read_only.variables.end());
  return {found->section, found->offset + offset, bytes};
}

/// Returns "NAME=VALUE", or "NAME" if the value is not known.
std::string text(const ObjectData& data, const ReadOnlyPlace& at) {
  const object::NamedNumber named = object::name_of(data, at);
  const auto value = object::read_number(data, at);
  return named.name + (named.is_signed ? "(signed)" : "") + (value ? "=" + std::to_string(*value) : "");
}

/// Returns the file with a changed section header.
std::vector<std::uint8_t> with_section(const std::string& name, void (*change)(Elf64_Shdr&)) {
  std::vector<std::uint8_t> bytes = bytes_of(bpf_object("read_only"));
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto at = [&](std::size_t index) { return header.e_shoff + index * sizeof(Elf64_Shdr); };
  Elf64_Shdr names;
  std::memcpy(&names, bytes.data() + at(header.e_shstrndx), sizeof names);
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + at(i), sizeof section);
    if (name != reinterpret_cast<const char*>(bytes.data() + names.sh_offset + section.sh_name)) continue;
    change(section);
    std::memcpy(bytes.data() + at(i), &section, sizeof section);
  }
  return bytes;
}

std::size_t addresses_with(const std::string& name, void (*change)(Elf64_Shdr&)) {
  return object::data_of(BpfObject::parse(with_section(name, change), "changed")).read_only.addresses.size();
}

}  // namespace

TEST_CASE("read_only_data: the sections to which programs with relocations refer are kept") {
  const BpfObject object = read_only_object();
  const object::ReadOnlyData& kept = object::data_of(object).read_only;
  std::set<std::string> names;
  for (const object::ReadOnlySection& each : kept.sections) names.insert(each.name);
  CHECK(names == std::set<std::string>{".rodata", ".rodata.other"});
  CHECK(kept.sections.size() == 2);
  CHECK(std::ranges::is_sorted(kept.addresses, {},
                               [](const object::ReadOnlyAddress& each) { return std::pair(each.program, each.insn); }));
  CHECK_FALSE(kept.addresses.empty());
  CHECK(kept.sections[section(object::data_of(object), ".rodata")].relocated.size() == 1);

  const BpfObject other = BpfObject::parse(bytes_of(bpf_object("calls")), "calls.bpf.o");
  CHECK(object::data_of(other).read_only.sections.empty());
  CHECK(object::data_of(other).read_only.variables.empty());
}

TEST_CASE("read_only_data: a number has the byte order of the object, and the name that the program uses") {
  for (const std::string order : {"el", "eb"}) {
    const BpfObject object = read_only_object(order);
    const ObjectData& data = object::data_of(object);
    CAPTURE(order);
    CHECK(text(data, place(data, "is_on", 0, 1)) == "is_on=1");
    CHECK(text(data, place(data, "small", 0, 2)) == "small=300");
    CHECK(text(data, place(data, "minus", 0, 4)) == "minus(signed)=4294967295");
    CHECK(text(data, place(data, "big", 0, 8)) == "big=21474836480");
    CHECK(text(data, place(data, "limits", 8, 4)) == "limits[2](signed)=2");
    CHECK(text(data, place(data, "config", 0, 4)) == "config.level(signed)=2");
    CHECK(text(data, place(data, "config", 6, 2)) == "config.inner.mode=7");
    CHECK(text(data, place(data, "hook", 0, 8)) == "hook=0");
    CHECK(text(data, place(data, "other_on", 0, 1)) == "other_on=1");
    // Part of a variable, several variables, and bytes without a variable.
    CHECK(text(data, place(data, "big", 4, 4)) == (order == "el" ? "big+0x4=5" : "big+0x4=0"));
    CHECK(text(data, place(data, "limits", 4, 8)).starts_with("limits+0x4="));
    CHECK(text(data, place(data, "is_off", 0, 4)).starts_with(".rodata+0x0="));
  }
}

TEST_CASE("read_only_data: bytes that are missing or relocated are not known") {
  const BpfObject object = read_only_object();
  const ObjectData& data = object::data_of(object);
  const std::uint32_t rodata = section(data, ".rodata");
  const std::uint64_t size = data.read_only.sections[rodata].bytes.size();
  CHECK(object::read_number(data, {rodata, size - 1, 1}));
  for (const std::uint64_t offset : {size - 3, size, size + 1, ~std::uint64_t{0}, ~std::uint64_t{0} - 3}) {
    CHECK_FALSE(object::read_number(data, {rodata, offset, 4}));
  }
  CHECK_FALSE(object::read_number(data, {rodata, 0, 3}));
  CHECK_FALSE(object::read_number(data, place(data, "address", 0, 8)));
  CHECK_FALSE(object::read_number(data, place(data, "address", 7, 1)));
  CHECK(object::read_number(data, place(data, "hook", 7, 1)));
  const ReadOnlyPlace address = place(data, "address", 0, 8);
  CHECK_FALSE(object::read_number(data, {rodata, address.offset - 4, 8}));
  CHECK(object::read_number(data, {rodata, address.offset + 8, 4}));
}

TEST_CASE("read_only_data: only sections that libbpf freezes are read-only data") {
  const std::size_t all = addresses_with(".rodata", [](Elf64_Shdr&) {});
  CHECK(all > 20);
  for (const auto change :
       {+[](Elf64_Shdr& each) { each.sh_type = SHT_NOBITS; }, +[](Elf64_Shdr& each) { each.sh_flags |= SHF_EXECINSTR; },
        +[](Elf64_Shdr& each) { each.sh_flags |= SHF_COMPRESSED; }, +[](Elf64_Shdr& each) { each.sh_size = 0; }}) {
    CHECK(addresses_with(".rodata", change) < all);
    CHECK(addresses_with(".rodata.other", change) < all);
  }
  // An address beyond the end of the section.
  CHECK_NOTHROW(addresses_with(".rodata", [](Elf64_Shdr& each) { each.sh_size = 1; }));
  // A section without contents in the file, which libbpf cannot read either.
  CHECK_THROWS_AS(addresses_with(".rodata", [](Elf64_Shdr& each) { each.sh_size = 1U << 30U; }), Error);
  CHECK_THROWS_AS(addresses_with(".rodata", [](Elf64_Shdr& each) { each.sh_offset = ~std::uint64_t{0}; }), Error);
}

}  // namespace minbtf::test
