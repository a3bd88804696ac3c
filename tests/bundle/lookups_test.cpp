// SPDX-License-Identifier: BSD-2-Clause
// include/minbtf/bundle.h, through the C program lookup.c, over the table of lookups and over damaged bundles.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iomanip>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "bundle/lookup_table.hpp"
#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Returns the lines that the program prints.
std::vector<std::string> run_lookup(const std::string& mode, const Bytes& bundle, const std::string& queries) {
  const TempDir directory;
  const CommandResult result = run_command({TEST_BUNDLE_LOOKUP, mode, directory.write("btfs.bundle", bundle)},
                                           {.stdin_path = directory.write("queries", queries)});
  CHECK(result.err.empty());
  REQUIRE(result.status == 0);
  std::vector<std::string> lines;
  std::istringstream text(result.out);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// Returns the line without the number of the content.
std::string without_number(const std::string& line) {
  const std::size_t first = line.find('\t');
  if (first == std::string::npos) return line;
  return line.substr(0, first) + line.substr(line.find('\t', first + 1));
}

std::string expected_line(const TableLookup& lookup) {
  if (lookup.content.empty()) return lookup.reason;
  const Bytes content = content_bytes(lookup.content);
  std::ostringstream line;
  line << lookup.reason << '\t' << content.size() << '\t' << std::hex << std::setfill('0') << std::setw(8)
       << forged_crc32(content.data(), content.size());
  return line.str();
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("bundle: each lookup of the table has its result in C") {
  const std::vector<TableBundle> table = lookup_table();
  REQUIRE(table.size() >= 7);
  std::set<std::string> reasons;
  for (const TableBundle& bundle : table) {
    CAPTURE(bundle.name);
    REQUIRE_FALSE(bundle.lookups.empty());
    const std::vector<std::string> lines = run_lookup("find", bundle_bytes(bundle), queries_of(bundle));
    REQUIRE(lines.size() == bundle.lookups.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CAPTURE(bundle.lookups[i].text);
      CHECK(without_number(lines[i]) == expected_line(bundle.lookups[i]));
      reasons.insert(bundle.lookups[i].reason);
    }
  }
  // Each reason of a lookup in an intact bundle occurs.
  CHECK(reasons == std::set<std::string>{"ambiguous", "exact", "family", "id-like", "nearest", "no-release",
                                         "other-distro", "release-only", "same-id", "strict", "unknown-machine",
                                         "version-prefix"});
}

TEST_CASE("bundle: the writer makes the bytes that an independent implementation of the format makes") {
  for (const TableBundle& bundle : lookup_table()) {
    CAPTURE(bundle.name);
    std::vector<ForgedKernel> kernels;
    for (const TableKernel& each : bundle.kernels) {
      const Bytes content = content_bytes(each.content);
      kernels.push_back({.machine = minbtf_machine(each.architecture.c_str()),
                         .release = each.release,
                         .id = each.id,
                         .version_id = each.version_id,
                         .build = each.build,
                         .content = std::string(content.begin(), content.end())});
    }
    CHECK(bundle_bytes(bundle) == forge_bundle(kernels));
  }
}

TEST_CASE("bundle: a truncated bundle is an error, and a changed byte gives an error or an answer of the format") {
  const Bytes sample = sample_bundle();
  const std::vector<std::string> lines = run_lookup("damaged", sample, sample_queries());
  REQUIRE(lines.size() == 1 + sample.size() * 4);
  const std::vector<std::string> whole = words_of(lines[0]);
  REQUIRE(whole.size() == 3 + 11);
  CHECK(whole[1] == "ok");
  CHECK(whole[2] == "ok");
  CHECK(whole[3].starts_with("exact:"));
  CHECK(whole[4] == "ambiguous");
  CHECK(whole[5].starts_with("exact:"));
  CHECK(whole[6] == "other-distro");
  CHECK(whole[7].starts_with("nearest:"));
  CHECK(whole[8] == "no-release");
  CHECK(whole[9].starts_with("family:"));
  CHECK(whole[10].starts_with("id-like:"));
  CHECK(whole[11] == "strict");
  CHECK(whole[12].starts_with("release-only:"));
  CHECK(whole[13] == "unknown-machine");

  std::size_t opened = 0;
  for (const std::string& line : lines) {
    CAPTURE(line);
    const std::vector<std::string> words = words_of(line);
    if (words[0] == "cut") {
      REQUIRE(words.size() == 3);
      CHECK(words[2] == (std::stoul(words[1]) < 8 ? "not-bundle" : "truncated"));
    }
    if (words[0] != "byte") continue;
    const std::string& open = words.at(3);
    CHECK(std::set<std::string>{"ok", "not-bundle", "truncated", "newer-format", "damaged"}.contains(open));
    if (open != "ok") continue;
    ++opened;
    // A changed byte of the flags in the header opens, since the high 16 bits may be ignored, but the CRC is wrong.
    CHECK((words.at(4) == "damaged" || words.at(4) == "newer-format"));
    REQUIRE(words.size() == 5 + 11);
  }
  CHECK(opened > sample.size());
}
