// SPDX-License-Identifier: BSD-2-Clause
// The document of --json.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "minbtf/btf.hpp"
#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/os/run_command.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli_json: --json reports everything in one document") {
  const Workplace place;
  const CommandResult result =
      run_min_btf({"gen", "--json", place.kernel, place.output, place.basic, place.ambiguous, place.no_core});
  const json document = document_of(result);
  CHECK(document.at("kernel").at("path") == place.kernel);
  CHECK(document.at("kernel").at("bytes") == kernel_btf().size());
  CHECK(document.at("kernel").at("types") == Btf::parse(kernel_btf(), "kernel").type_count());
  CHECK(document.at("output").at("path") == place.output);
  CHECK(document.at("output").at("bytes") == place.published().size());
  CHECK(document.at("output").at("types") == 6);
  CHECK(document.at("output").at("members") == 54);
  CHECK(document.at("output").at("enumerators") == 0);
  CHECK(document.at("relocations") ==
        json{{"total", 31}, {"resolved", 5}, {"poisoned", 1}, {"failed", 25}, {"ambiguous", 25}, {"questions", 31}});
  REQUIRE(document.at("objects").size() == 3);
  CHECK(document.at("objects").at(0) == json{{"path", place.basic}, {"relocations", 6}});
  CHECK(document.at("objects").at(2).at("relocations") == 0);
  CHECK(document.at("objects").at(2).at("note").get<std::string>().find('\n') == std::string::npos);
  CHECK(document.at("skipped_objects") == 0);
  CHECK(document.at("warnings").size() == 22);
  CHECK_FALSE(document.contains("resolutions"));
  // Warnings are also printed to standard error, unless --quiet is given.
  CHECK(count_of(result.err, "min-btf: warning: ") == 22);
  const CommandResult quiet = run_min_btf({"gen", "--json", "-q", place.kernel, place.output, place.ambiguous});
  CHECK(quiet.err.empty());
  CHECK(document_of(quiet).at("warnings").size() == 21);
}

TEST_CASE("cli_json: --json with --verbose lists each relocation") {
  const Workplace place;
  const json document =
      document_of(run_min_btf({"gen", "--json", "-v", place.kernel, place.output, place.basic, place.ambiguous}));
  const json& resolutions = document.at("resolutions");
  REQUIRE(resolutions.size() == 31);
  CHECK(resolutions.at(0) == json{{"object", place.basic},
                                  {"program", "handle_exec"},
                                  {"section", "raw_tp/sched_process_exec"},
                                  {"insn", 4},
                                  {"kind", "field_byte_offset"},
                                  {"subject", "struct task_struct::pid"},
                                  {"status", "resolved"},
                                  {"value", 32}});
  CHECK(resolutions.at(5).at("status") == "poisoned");
  CHECK(resolutions.at(6).at("status") == "failed");
  CHECK_THAT(resolutions.at(6).at("failure").get<std::string>(), StartsWith("ambiguous"));
}

TEST_CASE("cli_json: --json prints one valid document for every kind of error") {
  const Workplace place;
  const std::string garbage = place.directory.write("garbage", "\xff\xfe\x80 no kernel\n");
  const std::string empty = place.directory.write("empty", "");
  const std::string gzip = place.directory.write("gzip", "\x1f\x8b\x08");
  const std::string raw = contents_of(place.kernel);
  const std::string cut = place.directory.write("cut.btf", std::string_view(raw).substr(0, raw.size() / 2));
  const std::string object = contents_of(place.basic);
  const std::string cut_object = place.directory.write("cut.o", std::string_view(object).substr(0, object.size() / 2));
  const std::string odd_name = place.directory.write("odd \"\n\x1b\xff", "text");
  const std::string missing = place.directory.file("missing");
  const std::string no_kernels = place.directory.file("empty directory");
  fs::create_directory(no_kernels);
  const std::string& kernel = place.kernel;
  const std::string& out = place.output;

  const std::vector<std::pair<int, std::vector<std::string>>> rows = {
      {2, {"--json"}},
      {2, {"gen", "--json"}},
      {2, {"gen", "--json", "--jsno", kernel, out, place.basic}},
      {2, {"gen", "--fail-on=x", kernel, out, place.basic, "--json"}},
      {2, {"bogus", "--json"}},
      {2, {"gen", "--json", kernel, "/dev/stdout", place.basic}},
      {2, {"gen", "--json", kernel, cut_object, cut_object}},
      {2, {"help", "--json", "bogus"}},
      {1, {"gen", "--json", missing, out, place.basic}},
      {1, {"gen", "--json", kernel, out, missing}},
      {1, {"gen", "--json", garbage, out, place.basic}},
      {1, {"gen", "--json", empty, out, place.basic}},
      {1, {"gen", "--json", gzip, out, place.basic}},
      {1, {"gen", "--json", cut, out, place.basic}},
      {1, {"gen", "--json", kernel, out, cut_object}},
      {1, {"gen", "--json", kernel, out, garbage}},
      {1, {"gen", "--json", kernel, out, kernel}},
      {1, {"gen", "--json", odd_name, out, place.basic}},
      {2, {"gen", "--json", place.directory.path().string(), out, place.basic}},
      {2, {"gen", "--json", "--cache", missing, kernel, out, place.basic}},
      {2, {"btfgen", "--json", "-a", "x"}},
      {1, {"btfgen", "--json", "-a", "arm64", "-o", place.basic, "-C", missing}},
      {1, {"gen", "--json", no_kernels, missing, place.basic}},
      {2, {"gen", "--json", no_kernels, out, place.basic}},
      {1, {"gen", "--json", kernel, missing + "/out", place.basic}},
      {1, {"gen", "--json", kernel, "/dev/full", place.basic}},
      {0, {"gen", "--json", kernel, "/dev/null", place.basic}},
      {0, {"gen", "--json", "--help"}},
      {0, {"help", "--json"}},
      {0, {"--version", "--json"}},
  };
  for (const auto& [status, arguments] : rows) {
    CAPTURE(arguments);
    fs::remove(out);
    const CommandResult result = run_min_btf(arguments);
    REQUIRE(result.status == status);
    const json document = document_of(result);
    if (status == 0) continue;
    CHECK(count_of(result.err, "\n") == 1);
    CHECK_FALSE(document.at("error").at("message").get<std::string>().empty());
    CHECK((document.at("error").at("kind") == "usage") == (status == 2));
    CHECK_FALSE(fs::exists(out));
  }
}
