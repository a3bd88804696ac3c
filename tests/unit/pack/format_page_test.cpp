// SPDX-License-Identifier: BSD-2-Clause
// docs/pack-format.md describes what is written, and a reader that follows it reads what was packed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "pack/pack.hpp"
#include "pack/pack_writer.hpp"
#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/random_graph.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

/// Returns the kernel of the example in the page. With `leads_to_first`, the pointer in `user` leads to the other
/// `twin`.
std::vector<std::uint8_t> tiny_kernel(bool leads_to_first = false) {
  BtfForge forge;
  const auto integer = forge.integer("int", 4, 1);
  const auto list = forge.next_id();
  forge.structure("list", 16, {{"value", integer, 0}, {"next", list + 1, 64}});
  forge.ptr(list);
  const auto first = forge.structure("twin", 4, {{"a", integer, 0}});
  const auto second = forge.structure("twin", 4, {{"b", integer, 0}});
  const auto pointer = forge.ptr(leads_to_first ? first : second);
  forge.structure("user", 24, {{"first", list, 0}, {"second", pointer, 128}});
  return forge.bytes();
}

/// Returns the pack of kernels, by path.
std::vector<std::uint8_t> pack_of(const std::map<std::string, std::vector<std::uint8_t>>& kernels) {
  pack::PackWriter writer;
  pack::Catalog catalog;
  for (const auto& [path, btf] : kernels) {
    pack::PackedSource source;
    source.path = path;
    source.members.push_back({.path = "", .kernel = writer.add_kernel(btf, path)});
    catalog.sources.push_back(std::move(source));
  }
  return writer.finish(std::move(catalog));
}

void write_file(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    const std::string digits = "0123456789abcdef";
    text += std::string(text.empty() ? "" : " ") + digits[byte >> 4U] + digits[byte & 0xfU];
  }
  return text;
}

/// Returns a section as the page shows it: a line for the sizes of the streams, and one for each stream.
std::string streams_text(const std::string& name, std::span<const std::uint8_t> section,
                         const std::vector<std::string>& streams) {
  const auto line = [](const std::string& title, std::span<const std::uint8_t> bytes) {
    const std::string text = "      " + title + std::string(14 - title.size(), ' ') + hex(bytes);
    return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  };
  std::string text = "    " + name + "\n" + line("(sizes)", section.first(4 * streams.size()));
  std::size_t at = 4 * streams.size();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::size_t size = section[4 * i];  // less than 256
    text += line(streams[i], section.subspan(at, size));
    at += size;
  }
  REQUIRE(at == section.size());
  return text;
}

/// Adds a type of each kind, and references of each kind, to types that several kernels may have.
void add_all_kinds(BtfForge& forge, std::uint32_t bytes) {
  const auto integer = forge.integer("int", 4, 1);
  const auto bit_field = forge.integer("unsigned char", 1, 4, 3, 2);
  const auto number = forge.float_("double", 8);
  const auto color = forge.enumeration("color", 4, {{"red", -3}, {"green", 7}, {"blue", 2147483647}}, true);
  const auto flags = forge.enumeration("flags", 4, {{"none", 0}, {"all", 4294967295}});
  const auto wide = forge.enumeration64("wide", 8, {{"low", -1}, {"high", 1LL << 40}, {"zero", 0}}, true);
  const auto nameless = forge.enumeration("", 4, {{"one", 1}});
  const auto forward = forge.fwd("shared", true);
  forge.fwd("other");
  const auto alias = forge.typedef_("alias", integer);
  const auto array = forge.array(alias, integer, 17);
  const auto tagged = forge.ptr(forge.type_tag("user", forge.const_(integer)));
  const auto attribute = forge.next_id();
  forge.type("address_space(1)", btf::Kind::type_tag, 0, true, integer);
  const auto inner = forge.structure("", 8, {{"x", integer, 0}, {"", nameless, 32}});
  const auto choice = forge.union_("", 8, {{"inner", inner, 0}, {"tagged", tagged, 0}});
  const auto proto = forge.func_proto(alias, {{"x", tagged}, {"", forge.ptr(inner)}, {"rest", 0}});
  forge.func("callback", proto);
  forge.var("variable", integer, 1);
  forge.decl_tag("tag", inner, 0);
  const auto whole = forge.next_id();
  forge.structure("whole", bytes,
                  {{"first", array, 0},
                   {"", choice, 544},
                   {"bits", integer, 608, 5},
                   {"more", integer, 613, 27},
                   {"narrow", bit_field, 640},
                   {"self", whole + 1, 704}});
  const auto pointer = forge.ptr(whole);
  forge.union_("shared", 16, {{"number", number, 0}, {"whole", pointer, 0}, {"color", color, 0}});
  forge.structure("whole___old", 64,
                  {{"call", forge.ptr(proto), 0},
                   {"shared", forge.ptr(forward), 64},
                   {"flags", forge.volatile_(flags), 128},
                   {"wide", wide, 192},
                   {"nothing", forge.ptr(0), 256},
                   {"spaced", forge.ptr(attribute), 320},
                   {"twice", forge.ptr(forge.ptr(forge.restrict_(pointer))), 384}});
  forge.enumeration64("color", 8, {{"red", 1}});
  for (const char* const name : {"a____b", "one___two___three", "ends___", "___starts", "five_____a___b"})
    forge.typedef_(name, integer);
}

/// Adds the types of several compilation units that mostly have the same types, as BTF that was never deduplicated.
void add_units(BtfForge& forge) {
  std::vector<std::uint32_t> users;
  const auto early = forge.ptr(0);
  forge.structure("early", 8, {{"tail", early, 0}});
  for (std::uint32_t unit = 0; unit < 5; ++unit) {
    const auto integer = forge.integer("int", 4, 1);
    const auto list = forge.next_id();
    forge.structure("list", 16, {{"value", integer, 0}, {"next", list + 1, 64}});
    const auto pointer = forge.ptr(list);
    forge.structure("later", 8, {{"list", forge.const_(pointer), 0}});
    if (unit > 1) forge.structure("twin", 4, {{"a", integer, 0}});
    const auto varied = forge.structure("varied", 8 + unit, {});
    forge.structure("pointers", 8, {{"varied", forge.ptr(varied), 0}});
    const auto second = forge.ptr(forge.const_(list));
    users.push_back(
        forge.structure("user", 32, {{"first", list - unit % 2, 0}, {"second", second, 128}, {"third", 0, 192}}));
  }
  // References from the first units to a type of the last one, by value and behind a pointer.
  const auto pointer = forge.ptr(users.front());
  const auto tail = forge.structure("tail", 8, {{"list", pointer, 0}});
  forge.structure("tail", 4, {});
  forge.structure("tail", 8, {{"list", pointer, 0}});  // one more group
  for (const auto user : users) forge.set_type_word(user, 3 + 3 * 2 + 1, tail);
  forge.set_type_word(early, 2, tail);
}

/// Adds two equal types PTR.
void add_copies(BtfForge& forge, bool first_is_used_first) {
  const auto integer = forge.integer("int", 4, 1);
  const auto first = forge.ptr(integer);
  const auto second = forge.ptr(integer);
  forge.structure("alpha", 8, {{"pointer", first_is_used_first ? first : second, 0}});
  forge.structure("beta", 8, {{"pointer", first_is_used_first ? second : first, 0}});
}

/// Writes kernels of all sorts into `directory`. Two of them share types, one is big-endian, one verbatim.
void write_tree(const fs::path& directory) {
  const auto write = [&](const std::string& path, const std::vector<std::uint8_t>& bytes) {
    fs::create_directories((directory / path).parent_path());
    write_file(directory / path, bytes);
  };
  write("tiny.btf", tiny_kernel());
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    const std::string name = order == ByteOrder::little ? "x86_64/" : "s390x/";
    for (const std::uint32_t bytes : {96U, 104U}) {
      BtfForge forge(order);
      add_all_kinds(forge, bytes);
      write(name + std::to_string(bytes) + ".btf", forge.bytes());
    }
    BtfForge units(order);
    add_units(units);
    write(name + "units.btf", units.bytes());
    write(name + "compiled.btf", kernel_btf(order == ByteOrder::little ? "el" : "eb"));
  }
  for (const bool first_is_used_first : {false, true}) {
    BtfForge copies;
    add_copies(copies, first_is_used_first);
    write(first_is_used_first ? "copies.btf" : "swapped.btf", copies.bytes());
  }
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    Dice dice(seed);
    BtfForge forge;
    put_down(random_graph(dice), forge);
    write("random/" + std::to_string(seed) + ".btf", forge.bytes());
  }
  BtfForge endless;
  endless.structure("endless", 4, {{"endless", 1, 0}});
  write("verbatim.btf", endless.bytes());
}

std::string script(const std::string& name) { return std::string(TEST_SOURCE_DIR) + "/tests/pack/" + name; }

CommandResult compare(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"python3", "-B", script("compare_with_kernels.py"), TEST_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command);
}

/// Returns the total with this name that compare_with_kernels.py printed.
std::size_t total(const CommandResult& result, const std::string& name) {
  const std::size_t at = result.out.rfind("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stoul(result.out.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("pack: the example in the description of the format has the bytes that are written") {
  const std::vector<std::uint8_t> bytes = pack_of({{"tiny.btf", tiny_kernel()}});
  const pack::SectionFile file(bytes, "tiny.pack");
  const std::string page = contents_of(fs::path(TEST_SOURCE_DIR) / "docs/pack-format.md");
  const std::map<pack::SectionType, std::vector<std::string>> streams = {
      {pack::SectionType::keys, {"names", "kinds"}},
      {pack::SectionType::cuts,
       {"start", "kinds", "names", "vlens", "sizes", "targets", "words", "fields", "types", "offsets", "values"}},
      {pack::SectionType::nodes,
       {"start", "kinds", "names", "vlens", "sizes", "targets", "words", "fields", "types", "offsets", "values"}},
      {pack::SectionType::lists,
       {"list counts", "entry counts", "nodes", "groups", "note counts", "positions", "values", "runs"}},
  };
  std::size_t compared = 0;
  for (const pack::Section& section : file.sections()) {
    const auto found = streams.find(section.type);
    if (found == streams.end()) continue;
    io::Buffer memory;
    const std::string text = streams_text(to_string(section.type), file.read(section, 1000, memory), found->second);
    CAPTURE(text);
    CHECK_THAT(page, Catch::Contains(text));
    ++compared;
  }
  CHECK(compared == streams.size());

  const TempDir directory;
  const std::string path = directory.write("tiny.pack", bytes);
  const CommandResult printed =
      run_command({"python3", "-B", script("pack_reader.py"), path, "tiny.btf", "struct", "user"});
  CHECK(printed.status == 0);
  std::string text = "\n";
  std::istringstream lines(printed.out);
  for (std::string line; std::getline(lines, line);) text += "    " + line + "\n";
  REQUIRE(std::ranges::count(text, '\n') == 5);
  CHECK_THAT(page, Catch::Contains(text));
}

TEST_CASE("pack: a second reader, written from the description of the format, reads each type as it is in the kernel") {
  const TempDir directory;
  write_tree(directory.path());
  const CommandResult result = compare({directory.path().string()});
  CAPTURE(result.out, result.err);
  REQUIRE(result.status == 0);
  CHECK(total(result, "kernels") == 162);
  // The same in three segments.
  const std::string pack = directory.path().string() + ".pack";
  for (const char* const selection : {"--include=x86_64", "--exclude=random/1*", "--include=**"})
    REQUIRE(run_min_btf({"pack", pack, directory.path(), selection}).status == 0);
  const CommandResult segments = compare({directory.path().string(), pack});
  fs::remove(pack);
  CAPTURE(segments.out, segments.err);
  CHECK(segments.status == 0);
  for (const char* const what : {"kernels", "verbatim", "types", "notes", "copies"})
    CHECK(total(segments, what) == total(result, what));
  CHECK(total(result, "verbatim") >= 1);
  CHECK(total(result, "verbatim") < 120);
  CHECK(total(result, "types") > 600);
  CHECK(total(result, "notes") > 20);
  CHECK(total(result, "copies") > 0);
  for (const char* const path : {"x86_64/96", "s390x/104", "x86_64/units", "s390x/units", "s390x/compiled", "tiny"})
    CHECK_THAT(result.out, Catch::Contains(std::string(path) + ".btf: "));  // not verbatim
}

TEST_CASE("pack: the comparison with the second reader finds a pointer that leads to another type of the same name") {
  const TempDir directory;
  const std::string pack = directory.file("tiny.pack");
  const std::string tree = directory.file("tree");
  fs::create_directory(tree);
  write_file(pack, pack_of({{"tiny.btf", tiny_kernel()}}));
  write_file(tree + "/tiny.btf", tiny_kernel());
  CHECK(compare({tree, pack}).status == 0);

  write_file(tree + "/tiny.btf", tiny_kernel(true));
  const CommandResult different = compare({tree, pack});
  CHECK(different.status == 1);
  CHECK_THAT(different.err, Catch::Contains("second: (PTR to STRUCT twin) at bit 128") &&
                                Catch::Contains("second: (PTR to STRUCT twin#1) at bit 128"));
}
