// SPDX-License-Identifier: BSD-2-Clause
// `min-btf select` over the table of lookups: on the bundle, and on a tree of the same kernels.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "archive/bundle_path.hpp"
#include "bundle/lookup_table.hpp"
#include "support/cli_case.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

bool is_big_endian(const std::string& architecture) {
  return std::set<std::string>{"ppc64", "s390x", "mips64", "sparc64"}.contains(architecture);
}

/// Returns BTF for a CONTENT in the byte order of the architecture.
Bytes tree_content(const std::string& content, const std::string& architecture) {
  BtfForge forge(is_big_endian(architecture) ? ByteOrder::big : ByteOrder::little);
  forge.integer(content, 4);
  return forge.bytes();
}

std::string path_of(const TableKernel& kernel) {
  return archive::bundle_path(kernel.id, kernel.version_id, kernel.architecture, kernel.release);
}

/// Returns true if the command line can state the lookup. Empty values are no words of a command line.
bool has_words(const TableLookup& lookup) { return !lookup.machine.empty() && !lookup.release.empty(); }

std::vector<std::string> words_of(const TableLookup& lookup, const std::string& reduced, const std::string& output) {
  std::vector<std::string> words = {
      "select", reduced, "--json", "-o", output, "--machine=" + lookup.machine, "--release=" + lookup.release};
  if (!lookup.build.empty()) words.push_back("--build=" + lookup.build);
  // A file that does not exist is an error of `select`; for the readers it is as no file.
  if (fs::exists(lookup.os_release)) words.push_back("--os-release=" + lookup.os_release);
  for (const char* flag : {"strict", "nearest"}) {
    if (lookup.flags.find(flag) != std::string::npos) words.push_back(std::string("--") + flag);
  }
  return words;
}

/// Runs the lookup and checks its answer. `content` is the expected BTF; empty: none.
void check_lookup(const TableLookup& lookup, const std::string& reduced, const std::string& output,
                  const Bytes& content) {
  fs::remove(output);
  const CommandResult result = run_min_btf(words_of(lookup, reduced, output));
  CAPTURE(lookup.text, result.out, result.err);
  REQUIRE(result.status == (content.empty() ? 3 : 0));
  const json document = document_of(result);
  CHECK(document.at("reason") == lookup.reason);
  CHECK(document.at("found") == !content.empty());
  CHECK(fs::exists(output) == !content.empty());
  if (!content.empty()) CHECK((contents_of(output) == std::string(content.begin(), content.end())));
}

}  // namespace

TEST_CASE("select: each lookup of the table has its answer on the bundle") {
  const TempDir directory;
  std::size_t lookups = 0;
  for (const TableBundle& bundle : lookup_table()) {
    const std::string file = directory.write("btfs.bundle", bundle_bytes(bundle));
    for (const TableLookup& lookup : bundle.lookups) {
      if (!has_words(lookup)) continue;
      ++lookups;
      check_lookup(lookup, file, directory.file("out.btf"),
                   lookup.content.empty() ? Bytes{} : content_bytes(lookup.content));
    }
  }
  CHECK(lookups > 200);
}

TEST_CASE("select: each lookup of the table has its answer on a tree of the same kernels") {
  std::size_t lookups = 0;
  for (const TableBundle& bundle : lookup_table()) {
    const TempDir directory;
    const fs::path tree = directory.path() / "btfs";
    std::set<std::string> without_path;  // releases of kernels with a build, which a path does not state
    std::set<std::string> big_endian;    // contents
    for (const TableKernel& kernel : bundle.kernels) {
      if (!kernel.build.empty()) {
        without_path.insert(kernel.release);
        continue;
      }
      put(tree / path_of(kernel), tree_content(kernel.content, kernel.architecture));
      if (is_big_endian(kernel.architecture)) big_endian.insert(kernel.content);
    }
    if (!fs::exists(tree)) continue;
    for (const TableLookup& lookup : bundle.lookups) {
      const bool is_nearest = lookup.flags.find("nearest") != std::string::npos;
      if (!has_words(lookup) || without_path.contains(lookup.release)) continue;
      if (is_nearest && !without_path.empty()) continue;
      ++lookups;
      Bytes content;
      if (!lookup.content.empty()) {
        content = tree_content(lookup.content, big_endian.contains(lookup.content) ? "s390x" : "x86_64");
      }
      check_lookup(lookup, tree.string(), directory.file("out.btf"), content);
    }
  }
  CHECK(lookups > 150);
}
