// SPDX-License-Identifier: BSD-2-Clause
#include "support/cli_case.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "minbtf/plan.hpp"

using nlohmann::json;

namespace minbtf::test {

std::string reduced(const std::vector<std::string>& objects, const std::vector<std::uint8_t>& kernel) {
  std::vector<BpfObject> parsed;
  for (const std::string& path : objects) {
    const std::string bytes = contents_of(path);
    parsed.push_back(BpfObject::parse(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), path));
  }
  const auto bytes = Plan(std::move(parsed)).minimize(Btf::parse(kernel, "kernel")).bytes;
  return {bytes.begin(), bytes.end()};
}

namespace {

void check_one_line(const CommandResult& result, int status, const std::string& message) {
  CAPTURE(result.err);
  CHECK(result.status == status);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("min-btf: error: ") && Catch::Contains(message) && Catch::EndsWith("\n"));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

}  // namespace

void check_one_error_line(const CommandResult& result, const std::string& message) {
  check_one_line(result, 1, message);
}

void check_failure(const CommandResult& result, const std::string& message) {
  CAPTURE(result.err);
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Contains("min-btf: error: ") && Catch::Contains(message));
}

void check_usage_error(const std::vector<std::string>& arguments, const std::string& message) {
  check_one_line(run_min_btf(arguments), 2, message);
}

json document_of(const CommandResult& result) {
  CAPTURE(result.out, result.err);
  const json document = json::parse(result.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document.at("tool") == "min-btf");
  CHECK(document.at("version").is_string());
  CHECK(document.at("exit") == result.status);
  const std::map<int, std::string> words = {
      {0, "done"}, {1, "failed"}, {2, "usage"}, {3, "done"}, {130, "interrupted"}};
  CHECK(document.at("status") == words.at(result.status));
  CHECK(document.contains("error") == (result.status == 1 || result.status == 2));
  return document;
}

std::string as_text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace minbtf::test
