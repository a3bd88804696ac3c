// SPDX-License-Identifier: BSD-2-Clause
// libbpf reads the CO-RE relocations of each object from .BTF.ext. inspect() must report the same relocations.
#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "minbtf/inspection.hpp"
#include "support/libbpf/libbpf_relo_core.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

/// `struct btf_ext_header` up to the CO-RE relocations. libbpf's installed headers do not declare it.
struct ExtHeader {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t hdr_len;
  std::uint32_t func_info_off;
  std::uint32_t func_info_len;
  std::uint32_t line_info_off;
  std::uint32_t line_info_len;
  std::uint32_t core_relo_off;
  std::uint32_t core_relo_len;
};

/// The relocations of an object, as text.
struct Relocations {
  std::multiset<std::string> all;  ///< "SECTION KIND TYPE", one for each relocation; TYPE without flavor
  std::set<std::string> subjects;  ///< "KIND SUBJECT" of the relocations that libbpf can read; SUBJECT with flavor
};

/// Reads the value at `at`, and moves `at` behind the value.
template <typename T>
T take(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

/// Returns kind and name as InspectedType::name has them: "struct task_struct".
std::string type_without_flavor(const struct btf* btf, std::uint32_t id) {
  const std::string text = type_text(btf, id);  // "struct task_struct___old of 8 bytes"
  const struct btf_type* const type = btf__type_by_id(btf, id);
  const std::string name = type == nullptr ? "" : btf__name_by_offset(btf, type->name_off);
  const std::string kind = text.substr(0, text.find(' '));
  return (kind == "enum64" ? "enum" : kind) + " " +
         (name.empty() ? "(anonymous)" : name.substr(0, bpf_core_essential_name_len(name.c_str())));
}

/// Returns the text of bpf_core_format_spec(), "<byte_off> [7] struct s.m[2] (0:1:2 @ offset 8)", in the notation of
/// InspectedQuestion::subject: "struct s::m[2]". Returns an empty text if libbpf cannot read the relocation.
std::string subject_of(const struct btf* btf, const struct bpf_core_relo& relocation) {
  struct bpf_core_spec spec = {};
  if (bpf_core_parse_spec("p", btf, &relocation, &spec) != 0) return {};
  std::array<char, 4096> buffer = {};
  bpf_core_format_spec(buffer.data(), buffer.size(), &spec);
  std::string text(buffer.data());
  text.erase(0, text.find("] ") + 2);
  text.erase(std::min({text.size(), text.find(" ("), text.find(" = ")}));
  if (text.ends_with("<anon>")) text.replace(text.size() - 6, 6, "(anonymous)");
  const std::size_t dot = text.find('.');
  if (dot != std::string::npos && text.find("::") == std::string::npos) text.replace(dot, 1, "::");
  return text;
}

Relocations read_by_libbpf(const std::string& path) {
  struct btf_ext* ext_pointer = nullptr;
  const std::unique_ptr<struct btf, decltype(&btf__free)> btf(btf__parse_elf(path.c_str(), &ext_pointer), btf__free);
  const std::unique_ptr<struct btf_ext, decltype(&btf_ext__free)> ext(ext_pointer, btf_ext__free);
  REQUIRE(btf != nullptr);
  REQUIRE(ext != nullptr);
  std::uint32_t size = 0;
  const char* const bytes = static_cast<const char*>(btf_ext__get_raw_data(ext.get(), &size));
  const char* at = bytes;
  const auto header = take<ExtHeader>(at);
  Relocations found;
  at = bytes + header.hdr_len + header.core_relo_off;
  const char* const end = at + header.core_relo_len;
  const auto record_size = take<std::uint32_t>(at);
  while (at < end) {
    const std::string section = btf__str_by_offset(btf.get(), take<std::uint32_t>(at));
    const auto count = take<std::uint32_t>(at);
    for (std::uint32_t i = 0; i < count; ++i, at += record_size) {
      struct bpf_core_relo relocation = {};
      std::memcpy(&relocation, at, sizeof relocation);
      const std::string kind = std::to_string(relocation.kind);
      found.all.insert(section + " " + kind + " " + type_without_flavor(btf.get(), relocation.type_id));
      const std::string subject = subject_of(btf.get(), relocation);
      if (!subject.empty()) found.subjects.insert(kind + " " + subject);
    }
  }
  return found;
}

/// Compares one object. Returns the number of relocations.
std::size_t compare(const OracleObject& object, const std::string& path) {
  INFO(object.name());
  const Relocations theirs = read_by_libbpf(path);
  const Inspection ours = inspect(object.bytes, object.name());
  CHECK(ours.relocations == theirs.all.size());
  std::multiset<std::string> all;
  std::set<std::string> subjects;
  for (const InspectedType& type : ours.types) {
    for (const InspectedQuestion& question : type.questions) {
      const std::string kind = std::to_string(static_cast<std::uint32_t>(question.kind));
      for (const SourcePlace& place : question.places) {
        all.insert(std::string(place.section) + " " + kind + " " + type.name);
        if (place.program) CHECK(place.section == ours.programs.at(*place.program).section);
      }
      if (question.failure == Failure::none) subjects.insert(kind + " " + question.subject);
    }
  }
  std::vector<std::string> only_ours;
  std::ranges::set_difference(subjects, theirs.subjects, std::back_inserter(only_ours));
  CHECK(only_ours == std::vector<std::string>{});
  std::vector<std::string> only_one;
  std::ranges::set_symmetric_difference(all, theirs.all, std::back_inserter(only_one));
  CHECK(only_one == std::vector<std::string>{});
  return theirs.all.size();
}

}  // namespace

TEST_CASE("inspection: relocations have the sections, kinds, types and accesses that libbpf reads") {
  listen_to_libbpf();
  const TempDir directory;
  std::size_t relocations = 0;
  const std::vector<OracleObject> objects = little_endian_objects();
  for (const OracleObject& object : objects) {
    relocations += compare(object, directory.write("object.o", {object.bytes.begin(), object.bytes.end()}));
  }
  std::cout << objects.size() << " objects, " << relocations << " relocations\n";
  CHECK(objects.size() >= 8);
  CHECK(relocations > 100);
}

}  // namespace minbtf::test
