// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/manifest.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/error_text.hpp"
#include "support/json_schema.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace minbtf::archive;
using nlohmann::json;

namespace {

using Lines = std::vector<std::string>;

json schema() { return json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json")); }

io::Sha256 digest(std::uint8_t last) {
  io::Sha256 digest;
  digest.bytes.back() = last;
  return digest;
}

// Two outputs with equal contents, and a third one with other contents.
Manifest sample() {
  Manifest manifest;
  manifest.version = "0.1.0";
  manifest.objects = {{"/o/a.bpf.o", 10, {1, 2}, 3}, {"b.bpf.o", 11, {3, 4}, 0, digest(255)}};
  const KernelFigures figures{.source_bytes = 5'000'000'000,
                              .source_types = 100,
                              .types = 7,
                              .members = 8,
                              .enumerators = 9,
                              .resolved = 1,
                              .poisoned = 2,
                              .failed = 0};
  manifest.kernels = {
      {"a/5.4.btf", "", {5, 6}, "a/5.4.btf", {7, 8}, 200, "", "", figures, digest(1)},
      {"all.tar.xz", "x/5.5.btf", {9, 10}, "b/5.5.btf", {7, 8}, 200, "a/5.4.btf", "../a/5.4.btf", figures, digest(1)},
      {"", "y", {9, 10}, "y.btf", {11, 12}, 201, "", "", {}, digest(2), digest(3)},
  };
  return manifest;
}

constexpr auto sample_text =
    R"({"tool":"min-btf","version":"0.1.0","schema":1,
"objects":[
{"path":"/o/a.bpf.o","bytes":10,"hash":"00000000000000010000000000000002","relocations":3},
{"path":"b.bpf.o","bytes":11,"hash":"00000000000000030000000000000004","sha256":"00000000000000000000000000000000000000000000000000000000000000ff","relocations":0}
],
"kernels":[
{"source":"a/5.4.btf","source_hash":"00000000000000050000000000000006","output":"a/5.4.btf","content_hash":"00000000000000070000000000000008","content_sha256":"0000000000000000000000000000000000000000000000000000000000000001","bytes":200,"source_bytes":5000000000,"source_types":100,"types":7,"members":8,"enumerators":9,"relocations":{"resolved":1,"poisoned":2,"failing":0}},
{"source":"all.tar.xz","member":"x/5.5.btf","source_hash":"0000000000000009000000000000000a","output":"b/5.5.btf","content_hash":"00000000000000070000000000000008","content_sha256":"0000000000000000000000000000000000000000000000000000000000000001","bytes":200,"same_as":"a/5.4.btf","link":"../a/5.4.btf","source_bytes":5000000000,"source_types":100,"types":7,"members":8,"enumerators":9,"relocations":{"resolved":1,"poisoned":2,"failing":0}},
{"source":"","member":"y","source_hash":"0000000000000009000000000000000a","source_sha256":"0000000000000000000000000000000000000000000000000000000000000003","output":"y.btf","content_hash":"000000000000000b000000000000000c","content_sha256":"0000000000000000000000000000000000000000000000000000000000000002","bytes":201,"source_bytes":0,"source_types":0,"types":0,"members":0,"enumerators":0,"relocations":{"resolved":0,"poisoned":0,"failing":0}}
]}
)";

std::vector<ManifestOutput> read(const TempDir& directory, std::string_view text) {
  return read_manifest(directory.write("MANIFEST", text));
}

// Returns the error of reading `text`, with the file's path replaced by FILE.
std::string refusal(std::string_view text) {
  const TempDir directory;
  std::string message = error_text([&] { static_cast<void>(read(directory, text)); });
  const std::string file = directory.file("MANIFEST");
  const std::size_t at = message.find(file);
  return at == std::string::npos ? message : message.replace(at, file.size(), "FILE");
}

std::string with_kernels(const std::string& kernels) {
  return R"({"tool":"min-btf","schema":1,"kernels":)" + kernels + "}";
}

std::string kernel(const std::string& output) {
  return R"({"output":)" + json(output).dump() + R"(,"content_hash":"00000000000000070000000000000008"})";
}

}  // namespace

TEST_CASE("manifest: the text of a manifest is as expected, and the same in each call") {
  CHECK(to_json(sample()) == sample_text);
  CHECK(to_json(sample()) == to_json(sample()));
  CHECK(to_json({.version = "1", .objects = {}, .kernels = {}}) ==
        "{\"tool\":\"min-btf\",\"version\":\"1\",\"schema\":1,\n\"objects\":[],\n\"kernels\":[]}\n");
}

TEST_CASE("manifest: a written manifest is valid by its JSON schema") {
  CHECK(schema_faults(schema(), json::parse(to_json(sample()))).empty());
  CHECK(schema_faults(schema(), json::parse(to_json({.version = "1", .objects = {}, .kernels = {}}))).empty());
}

TEST_CASE("manifest: a name with control characters or bad UTF-8 is valid JSON on one line") {
  Manifest manifest = sample();
  manifest.objects[0].path = "a\"\\\n\x1b\xff";
  const std::string text = to_json(manifest);
  CHECK(json::parse(text).at("objects").at(0).at("path") == "a\"\\\n\x1b\xef\xbf\xbd");
  // Each object and kernel still has one line.
  CHECK(std::ranges::count(text, '\n') == std::ranges::count(std::string_view(sample_text), '\n'));
}

TEST_CASE("manifest: the schema refuses missing, unknown and wrong values") {
  const json good = json::parse(to_json(sample()));
  const auto faults = [&](const char* place, const json& value) {
    json document = good;
    const json::json_pointer pointer(place);
    if (value.is_discarded()) {
      document.at(pointer.parent_pointer()).erase(pointer.back());
    } else {
      document[pointer] = value;
    }
    return schema_faults(schema(), document);
  };
  const json missing(json::value_t::discarded);
  CHECK(schema_faults(schema(), json::array()) == Lines{": no object"});
  CHECK(faults("/tool", "bpftool") == Lines{"/tool: not \"min-btf\""});
  CHECK(faults("/schema", 2) == Lines{"/schema: not 1"});
  CHECK(faults("/schema", "1") == Lines{"/schema: no integer"});
  CHECK(faults("/time", 5) == Lines{": has time"});
  CHECK(faults("/version", "") == Lines{"/version: too short"});
  for (const char* key : {"tool", "version", "schema", "objects", "kernels"}) {
    CHECK(faults(("/" + std::string(key)).c_str(), missing) == Lines{": lacks " + std::string(key)});
  }
  CHECK(faults("/objects", json::object()) == Lines{"/objects: no array"});
  for (const char* key : {"path", "bytes", "hash", "relocations"}) {
    CHECK(faults(("/objects/1/" + std::string(key)).c_str(), missing) ==
          Lines{"/objects/1: lacks " + std::string(key)});
  }
  CHECK(faults("/objects/0/bytes", -1) == Lines{"/objects/0/bytes: less than 0"});
  CHECK(faults("/objects/0/bytes", 1.5) == Lines{"/objects/0/bytes: no integer"});
  for (const char* hash : {"", "0000000000000007000000000000000", "000000000000000700000000000000088",
                           "0000000000000007000000000000000A", "0000000000000007000000000000000\n"}) {
    CHECK(faults("/objects/0/hash", hash) == Lines{"/objects/0/hash: does not match ^[0-9a-f]{32}$"});
  }
  for (const char* key : {"source", "source_hash", "output", "content_hash", "content_sha256", "bytes", "source_bytes",
                          "source_types", "types", "members", "enumerators", "relocations"}) {
    CHECK(faults(("/kernels/1/" + std::string(key)).c_str(), missing) ==
          Lines{"/kernels/1: lacks " + std::string(key)});
  }
  for (const char* key : {"member", "same_as", "link"}) {
    CHECK(faults(("/kernels/1/" + std::string(key)).c_str(), missing).empty());
    CHECK_FALSE(faults(("/kernels/1/" + std::string(key)).c_str(), "").empty());
  }
  CHECK(faults("/kernels/1/output", "/etc/passwd") == Lines{"/kernels/1/output: does not match ^[^/]"});
  CHECK(faults("/kernels/1/figures", 1) == Lines{"/kernels/1: has figures"});
  CHECK(faults("/kernels/1/relocations/failing", missing) == Lines{"/kernels/1/relocations: lacks failing"});
  CHECK(faults("/kernels/1/relocations/total", 3) == Lines{"/kernels/1/relocations: has total"});
}

TEST_CASE("manifest: the validator of the tests refuses a schema with an unknown keyword") {
  const auto check = [](const char* text) { static_cast<void>(schema_faults(json::parse(text), json::object())); };
  CHECK_NOTHROW(check(R"({"type":"object"})"));
  CHECK_THROWS_AS(check(R"({"maxLength":1})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"properties":{"a":{"oneOf":[]}}})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"items":{"format":"uri"}})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"$defs":{"a":{"enum":[1]}}})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"type":"number"})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"type":["object","null"]})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"additionalProperties":true})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"minimum":-1})"), std::logic_error);
  CHECK_THROWS_AS(check(R"({"$ref":"other.json"})"), std::logic_error);
  CHECK_THROWS_AS(check("true"), std::logic_error);
}

TEST_CASE("manifest: outputs are read back, sorted by path") {
  const TempDir directory;
  Manifest manifest = sample();
  const std::vector<ManifestOutput> expected = {
      {"a/5.4.btf", {7, 8}, ""}, {"b/5.5.btf", {7, 8}, "../a/5.4.btf"}, {"y.btf", {11, 12}, ""}};
  CHECK(read(directory, to_json(manifest)) == expected);
  std::ranges::reverse(manifest.kernels);
  CHECK(read(directory, to_json(manifest)) == expected);
  // As other tools may write the manifest: sorted keys, many lines, and keys that a later version may add.
  json document = json::parse(to_json(manifest));
  document["a"] = {{"kernels", {1, 2}}, {"tool", {{"schema", {{"output", 5}}}}}};
  document["kernels"][0]["extra"] = {{"output", 7}, {"list", {{{"output", 7}}}}};
  CHECK(read(directory, document.dump(2)) == expected);
  CHECK(read(directory, with_kernels("[]")).empty());
  // The last of equal keys is used, as in most JSON readers.
  CHECK(read(directory, R"({"tool":1,"kernels":[7],"schema":9,"tool":"min-btf","schema":1,"kernels":[]})").empty());
}

TEST_CASE("manifest: a file that is no valid manifest is refused with the place and the reason") {
  const std::string wrong = "not a manifest of min-btf: ";
  const std::string hash = R"("content_hash":"00000000000000070000000000000008")";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "wrong_file: FILE: " + wrong + "invalid JSON in line 1"},
      {"\n\nkernel\n", "wrong_file: FILE: " + wrong + "invalid JSON in line 3"},
      {"{\"a\":\n\"\xff\"}", "wrong_file: FILE: " + wrong + "invalid JSON in line 2"},
      {"{\"a\":\n\"no end\n", "wrong_file: FILE: " + wrong + "invalid JSON in line 2"},
      {"{\"a\":\n[1,\n1e999]}", "wrong_file: FILE: " + wrong + "invalid JSON in line 3"},
      {with_kernels("[]") + "\n{}", "wrong_file: FILE: " + wrong + "invalid JSON in line 2"},
      {std::string(sample_text).substr(0, 200), "wrong_file: FILE: " + wrong + "invalid JSON in line 4"},
      {"[]", "wrong_file: FILE: " + wrong + R"("tool" is missing)"},
      {"1", "wrong_file: FILE: " + wrong + R"("tool" is missing)"},
      {R"(["tool","schema",["kernels"]])", "wrong_file: FILE: " + wrong + R"("tool" is missing)"},
      {R"({"schema":1,"kernels":[]})", "wrong_file: FILE: " + wrong + R"("tool" is missing)"},
      {R"({"tool":1,"schema":1,"kernels":[]})", "wrong_file: FILE: " + wrong + R"("tool" is not a string)"},
      {R"({"tool":["min-btf"],"schema":1,"kernels":[]})", "wrong_file: FILE: " + wrong + R"("tool" is not a string)"},
      {R"({"tool":"other","schema":1,"kernels":[]})", "wrong_file: FILE: " + wrong + R"("tool" is not "min-btf")"},
      {R"({"tool":"min-btf","kernels":[]})", "wrong_file: FILE: " + wrong + R"("schema" is missing)"},
      {R"({"tool":"min-btf","schema":"1","kernels":[]})",
       "wrong_file: FILE: " + wrong + R"("schema" is not an integer)"},
      {R"({"tool":"min-btf","schema":1.5,"kernels":[]})",
       "wrong_file: FILE: " + wrong + R"("schema" is not an integer)"},
      {R"({"tool":"min-btf","schema":true,"kernels":[]})",
       "wrong_file: FILE: " + wrong + R"("schema" is not an integer)"},
      {R"({"kernels":{"new":"shape"},"tool":"min-btf","schema":2})",
       "unsupported: FILE: schema: 2, but this version reads only 1"},
      {R"({"tool":"min-btf","schema":-1,"kernels":[]})",
       "unsupported: FILE: schema: -1, but this version reads only 1"},
      {R"({"tool":"min-btf","schema":18446744073709551615})",
       "unsupported: FILE: schema: 18446744073709551615, but this version reads only 1"},
      {R"({"tool":"min-btf","schema":1})", "wrong_file: FILE: " + wrong + R"("kernels" is missing)"},
      {with_kernels("{}"), "wrong_file: FILE: " + wrong + R"("kernels" is not an array)"},
      {with_kernels("null"), "wrong_file: FILE: " + wrong + R"("kernels" is not an array)"},
      {with_kernels("[" + kernel("a") + ",1]"), "wrong_file: FILE: kernels[1]: " + wrong + "not an object"},
      {with_kernels("[[]]"), "wrong_file: FILE: kernels[0]: " + wrong + "not an object"},
      {with_kernels("[" + kernel("a") + ",{" + hash + "}]"),
       "wrong_file: FILE: kernels[1]: " + wrong + R"("output" is missing)"},
      {with_kernels(R"([{"output":"a"}])"), "wrong_file: FILE: kernels[0]: " + wrong + R"("content_hash" is missing)"},
      {with_kernels(R"([{"output":{"output":"a"},)" + hash + "}]"),
       "wrong_file: FILE: kernels[0]: " + wrong + R"("output" is not a string)"},
      {with_kernels(R"([{"output":"a","content_hash":7}])"),
       "wrong_file: FILE: kernels[0]: " + wrong + R"("content_hash" is not a string)"},
      {with_kernels(R"([{"output":"a","content_hash":"0000000000000007000000000000000A"}])"),
       "wrong_file: FILE: kernels[0]: " + wrong + R"("content_hash" is not a hash of 32 hexadecimal digits)"},
      {with_kernels(R"([{"output":"a","link":null,)" + hash + "}]"),
       "wrong_file: FILE: kernels[0]: " + wrong + R"("link" is not a string)"},
      // Paths that would lead out of the tree.
      {with_kernels("[" + kernel("a") + "," + kernel("../b") + "]"),
       "damaged: FILE: kernels[1].output: a path with '..'"},
      {with_kernels("[" + kernel("/etc/passwd") + "]"), "damaged: FILE: kernels[0].output: an absolute path"},
      {with_kernels("[" + kernel("") + "]"), "damaged: FILE: kernels[0].output: an empty path"},
      {with_kernels("[" + kernel(std::string("a\0b", 3)) + "]"),
       "damaged: FILE: kernels[0].output: a path with a zero byte"},
      {with_kernels("[" + kernel("a//b") + "]"), "damaged: FILE: kernels[0].output: a path with '.' or a needless '/'"},
      {with_kernels("[" + kernel("z") + "," + kernel("a") + "," + kernel("z") + "]"),
       "damaged: FILE: kernels[2].output: the same path as kernels[0].output"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(refusal(text) == expected);
  }
}

TEST_CASE("manifest: a missing file or a directory is an error") {
  const TempDir directory;
  const auto message = [](const std::string& path) {
    return error_text([&] { static_cast<void>(read_manifest(path)); });
  };
  const std::string missing = directory.file("missing");
  CHECK(message(missing) == "io: " + missing + ": cannot open: No such file or directory");
  const std::string here = directory.path().string();
  CHECK(message(here) == "wrong_file: " + here + ": is a directory, not a file");
}

TEST_CASE("manifest: deep nesting takes neither stack nor memory") {
  const TempDir directory;
  constexpr std::size_t depth = 2'000'000;
  const std::string open(depth, '[');
  const std::string close(depth, ']');
  CHECK(refusal(open) == "wrong_file: FILE: not a manifest of min-btf: invalid JSON in line 1");
  CHECK(refusal(with_kernels(open)) == "wrong_file: FILE: not a manifest of min-btf: invalid JSON in line 1");
  CHECK(refusal(with_kernels(open + close)) ==
        "wrong_file: FILE: kernels[0]: not a manifest of min-btf: not an object");
  CHECK(read(directory, R"({"extra":)" + open + close + "," + with_kernels("[]").substr(1)).empty());
}

TEST_CASE("manifest: an output whose path is not UTF-8 is left out, and the others are read back") {
  const TempDir directory;
  Manifest manifest{.version = "1", .objects = {}, .kernels = {}};
  for (const char* path : {"\xfe.btf", "\xff.btf", "a.btf"}) {
    ManifestKernel kernel{};
    kernel.output = path;
    manifest.kernels.push_back(kernel);
  }
  const auto outputs = read_manifest(directory.write("m.json", to_json(manifest)));
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].path == "a.btf");
}
