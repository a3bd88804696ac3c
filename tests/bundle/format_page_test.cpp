// SPDX-License-Identifier: BSD-2-Clause
// docs/bundle-format.md: its example is what the writer makes.
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "archive/package/bundle_writer.hpp"
#include "minbtf/bundle.h"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Returns the text of the page behind a heading.
std::string section(const std::string& heading) {
  const std::string page = contents_of(std::string(TEST_SOURCE_DIR) + "/docs/bundle-format.md");
  const std::size_t start = page.find("\n## " + heading + "\n");
  REQUIRE(start != std::string::npos);
  return page.substr(start + 1, page.find("\n## ", start + 1) - start);
}

/// Returns the bytes of a dump: lines of an offset, 16 bytes and the same bytes as text.
Bytes bytes_of_dump(const std::string& text) {
  Bytes bytes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("    0") || line.size() < 12) continue;
    REQUIRE(std::stoul(line.substr(4, 4), nullptr, 16) == bytes.size());
    std::istringstream words(line.substr(8, 49));
    for (std::string word; words >> word;) bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
  return bytes;
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream text(row.substr(1));
  for (std::string cell; std::getline(text, cell, '|');) {
    const std::size_t start = cell.find_first_not_of(" `");
    cells.push_back(start == std::string::npos ? "" : cell.substr(start, cell.find_last_not_of(" `") - start + 1));
  }
  return cells;
}

}  // namespace

TEST_CASE("bundle: the example in the page about the format is what the writer makes") {
  const std::string text = section("An example");
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| x86_64 ")) rows.push_back(cells_of(line));
  }
  REQUIRE(rows.size() == 4);
  std::map<std::string, Bytes> contents;
  std::vector<archive::BundleKernel> kernels;
  for (const std::vector<std::string>& row : rows) {
    REQUIRE(row.size() == 6);
    const Bytes& btf = contents.try_emplace(row[5], row[5].begin(), row[5].end()).first->second;
    kernels.push_back({.machine = minbtf_machine(row[0].c_str()),
                       .release = row[1],
                       .id = row[2],
                       .version_id = row[3],
                       .build = row[4],
                       .btf = btf});
  }
  const Bytes bundle = archive::bundle_of(kernels);
  CHECK(bundle.size() == 340);
  CHECK(bytes_of_dump(text) == bundle);
  minbtf_bundle view;
  REQUIRE(minbtf_bundle_open(&view, bundle.data(), bundle.size()) == MINBTF_OK);
  CHECK(minbtf_bundle_check(&view) == MINBTF_OK);
}

TEST_CASE("bundle: the machines in the page about the format are those of the reader") {
  std::istringstream lines(section("Machines"));
  std::size_t machines = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| 0x")) continue;
    const std::vector<std::string> cells = cells_of(line);
    REQUIRE(cells.size() == 5);
    CAPTURE(line);
    const auto number = static_cast<std::uint32_t>(std::stoul(cells[0], nullptr, 16));
    CHECK(number == (std::stoul(cells[1]) | std::stoul(cells[2]) << 16U | std::stoul(cells[3]) << 24U));
    ++machines;
    std::size_t names = 0;
    for (std::size_t at = line.find('`'); at != std::string::npos;) {
      const std::size_t end = line.find('`', at + 1);
      const std::string name = line.substr(at + 1, end - at - 1);
      at = line.find('`', end + 1);
      // Parts of a rule.
      if (name == "l" || name == "armv5" || name == "armv6" || name == "armv7") continue;
      CHECK(minbtf_machine(name.c_str()) == number);
      ++names;
    }
    CHECK(names > 0);
  }
  std::size_t known = 0;
  std::uint32_t before = 0;
  for (const minbtf_internal_machine_word* word = minbtf_internal_machines(); word->word != nullptr; ++word) {
    known += word->machine != before ? 1 : 0;
    before = word->machine;
  }
  CHECK(machines == known);
}
