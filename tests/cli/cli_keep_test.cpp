// SPDX-License-Identifier: BSD-2-Clause
// --keep of gen and verify: what user space looks up by name.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "minbtf/plan.hpp"
#include "support/cli_case.hpp"
#include "support/json_schema.hpp"
#include "support/tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string kept(const Words& objects, const Words& keeps) {
  std::vector<BpfObject> parsed;
  for (const std::string& object : objects) parsed.push_back(BpfObject::from_file(object));
  std::vector<Keep> names;
  for (const std::string& keep : keeps) names.push_back(Keep::parse(keep));
  const std::vector<std::uint8_t> bytes =
      Plan(std::move(parsed), std::move(names)).minimize(Btf::parse(kernel_btf(), "kernel")).bytes;
  return {bytes.begin(), bytes.end()};
}

Words gen_words(const Workplace& w, Words more) {
  more.insert(more.begin(), {"gen", w.kernel, w.output, w.basic});
  return more;
}

}  // namespace

TEST_CASE("cli_keep: gen writes what the library keeps, and dump finds it") {
  const Workplace w;
  const CommandResult result =
      run_min_btf(gen_words(w, {"--keep", "struct:unasked", "--keep=struct:task_struct.tasks.prev"}));
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(w.published() == kept({w.basic}, {"struct:unasked", "struct:task_struct.tasks.prev"}));
  CHECK(w.published() != reduced({w.basic}));
  CHECK_THAT(run_min_btf({"dump", w.output, "struct unasked"}).out, Contains("long much[100];"));
  CHECK_THAT(run_min_btf({"dump", w.output, "struct list_head"}).out, Contains("prev;") && !Contains("next;"));
}

TEST_CASE("cli_keep: without --keep the output and the documents are as before") {
  const Workplace w;
  const json document = document_of(run_min_btf(gen_words(w, {"--json"})));
  CHECK(w.published() == reduced({w.basic}));
  CHECK_FALSE(document.contains("keep"));
  const json verified = document_of(run_min_btf({"verify", "--json", w.kernel, w.output, w.basic}));
  CHECK_FALSE(verified.contains("keep"));
  CHECK_FALSE(verified.at("results").at(0).contains("kept_differences"));
}

TEST_CASE("cli_keep: a file has one keep in a line") {
  const Workplace w;
  const std::string file = w.directory.write("keeps",
                                             "# of the tool\n"
                                             "\n"
                                             "  struct:unasked\t# whole\r\n"
                                             "struct:task_struct.stack\n"
                                             "struct:unasked");
  const json document =
      document_of(run_min_btf(gen_words(w, {"--json", "--keep", "@" + file, "--keep=struct:list_head"})));
  CHECK(document.at("keep") == json({"struct:list_head", "struct:task_struct.stack", "struct:unasked"}));
  CHECK(w.published() == kept({w.basic}, {"struct:list_head", "struct:task_struct.stack", "struct:unasked"}));
}

TEST_CASE("cli_keep: wrong syntax is wrong usage, and the message names the word and its place") {
  const Workplace w;
  check_usage_error(
      gen_words(w, {"--keep=sock"}),
      "--keep: 'sock': not KIND:NAME, such as struct:sock or enum:skb_drop_reason (see 'min-btf help gen')");
  check_usage_error(gen_words(w, {"--keep=func:tcp_v4_rcv"}), "--keep: 'func:tcp_v4_rcv': functions are not kept");
  check_usage_error(gen_words(w, {"--keep=@"}), "--keep: '@' without the name of a file");
  check_usage_error(gen_words(w, {"--keep="}), "--keep");
  const std::string file = w.directory.write("keeps", "struct:a\n# b\nstrukt:c\n");
  check_usage_error(gen_words(w, {"--keep=@" + file}),
                    "--keep @" + file + ", line 3: 'strukt:c': KIND is 'strukt', not struct, union");
  check_usage_error({"verify", "--keep=struct:", w.kernel, w.kernel, w.basic}, "--keep: 'struct:': NAME is missing");
  check_usage_error({"gen", w.kernel, w.output}, "OBJECT");
  const CommandResult missing = run_min_btf(gen_words(w, {"--keep=@" + w.directory.file("none")}));
  CHECK(missing.status == 1);
  CHECK_THAT(missing.err, Contains("none: cannot open"));
  CHECK_FALSE(fs::exists(w.output));
}

TEST_CASE("cli_keep: a keep that no kernel has is a warning that names it") {
  const Workplace w;
  const CommandResult result =
      run_min_btf(gen_words(w, {"--keep=struct:unasked", "--keep=struct:sock", "--keep=struct:task_struct.nothing"}));
  CHECK(result.status == 0);
  CHECK(result.err ==
        "min-btf: warning: --keep=struct:sock: no kernel has it\n"
        "min-btf: warning: --keep=struct:task_struct.nothing: no kernel has it\n");
  const CommandResult verified =
      run_min_btf({"verify", "--keep=struct:unasked", "--keep=struct:sock", w.kernel, w.output, w.basic});
  CHECK(verified.status == 0);
  CHECK(verified.err == "min-btf: warning: --keep=struct:sock: no kernel has it\n");
}

TEST_CASE("cli_keep: with --keep there may be no object") {
  const Workplace w;
  const CommandResult result = run_min_btf({"gen", "--keep=struct:unasked", "--verify", w.kernel, w.output});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, EndsWith("0 relocations: 0 resolved, 0 poisoned, 0 failing; verified\n"));
  CHECK(w.published() == kept({}, {"struct:unasked"}));
  const CommandResult verified = run_min_btf({"verify", "--keep=struct:unasked", w.kernel, w.output});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, EndsWith("1 kernel, 0 objects; 0 relocations and 1 part kept by name compared; "
                                    "no difference\n"));
  const CommandResult nothing = run_min_btf({"verify", "--keep=struct:sock", w.kernel, w.output});
  CHECK(nothing.status == 1);
  CHECK_THAT(nothing.err, Contains("nothing was compared: FULL has nothing that --keep names"));
}

TEST_CASE("cli_keep: verify names the kernel, the keep and the difference") {
  const Workplace w;
  REQUIRE(run_min_btf(gen_words(w, {"--keep=struct:task_struct.stack"})).status == 0);
  const Words keeps = {"--keep=struct:unasked", "--keep=struct:task_struct.stack", "--keep=struct:task_struct"};
  Words words = joined({"verify", w.kernel, w.output, w.basic}, keeps);
  const CommandResult result = run_min_btf(words);
  CHECK(result.status == 3);
  CHECK_THAT(result.out,
             Contains(w.kernel + ": kept struct:unasked: REDUCED has no such type\n") &&
                 Contains(w.kernel + ": kept struct:task_struct: struct task_struct: FULL 7 members, REDUCED ") &&
                 !Contains("task_struct.stack:"));
  CHECK_THAT(result.out, EndsWith("2 parts kept by name differ in 1 kernel, no difference otherwise\n"));
  words.emplace_back("--json");
  const CommandResult printed = run_min_btf(words);
  const json document = document_of(printed);
  CHECK(printed.status == 3);
  CHECK(document.at("keep").size() == 3);
  CHECK(document.at("kept") == 3);
  CHECK(document.at("kept_differences") == 2);
  const json& kernel = document.at("results").at(0);
  CHECK(kernel.at("status") == "different");
  CHECK(kernel.at("kept") == 3);
  CHECK(kernel.at("kept_differences").at(1) ==
        json({{"keep", "struct:unasked"}, {"text", "REDUCED has no such type"}}));
}

TEST_CASE(
    "cli_keep: a tree, its pack and any number of threads give the same bytes, and the manifest lists the keeps") {
  const TreePlace place;
  put_kernels(place.in);
  const std::string manifest = place.directory.file("m.json");
  const Words keeps = {"--keep", "struct:unasked", "--keep=struct:task_struct.real_parent"};
  const auto with = [&](Words more) {
    more.insert(more.end(), keeps.begin(), keeps.end());
    return more;
  };
  REQUIRE(place.gen(with({"-j1", "--manifest", manifest})).status == 0);
  const Contents expected = contents_below(place.out);
  CHECK(expected.size() == 96);
  const json document = json::parse(contents_of(manifest));
  CHECK(document.at("keep") == json({"struct:task_struct.real_parent", "struct:unasked"}));
  const json schema = json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json"));
  CHECK(schema_faults(schema, document).empty());

  const auto gen_to = [&](const std::string& input, const std::string& name, Words more) {
    const fs::path out = place.directory.path() / name;
    Words words = with({"gen", input, out.string(), place.basic});
    words.insert(words.end(), more.begin(), more.end());
    CHECK(run_min_btf(words).status == 0);
    return differences(contents_below(out), expected);
  };
  CHECK(gen_to(place.in.string(), "threads", {"-j4", "--verify"}).empty());
  const std::string packed = place.directory.file("all.pack");
  REQUIRE(run_min_btf({"pack", packed, place.in.string()}).status == 0);
  CHECK(gen_to(packed, "pack", {"-j3"}).empty());

  for (const std::string& full : {place.in.string(), packed}) {
    const CommandResult verified = run_min_btf(with({"verify", full, place.out.string(), place.basic}));
    CHECK(verified.status == 0);
    CHECK_THAT(verified.out, Contains(" and 192 parts kept by name compared; no difference"));
  }

  // Without --keep the same run writes less, and its manifest has no keeps.
  REQUIRE(place.gen({"--manifest", manifest}).status == 0);
  CHECK_FALSE(differences(contents_below(place.out), expected).empty());
  CHECK_FALSE(json::parse(contents_of(manifest)).contains("keep"));
  CHECK(run_min_btf(with({"verify", "-q", place.in.string(), place.out.string(), place.basic})).status == 3);
}

TEST_CASE("cli_keep: results in the cache are used for the same keeps only") {
  const TreePlace place;
  put_kernels(place.in);
  const std::string cache = place.directory.file("cache");
  const auto cached = [&](Words more) {
    more.insert(more.end(), {"--json", "--cache", cache});
    const json document = document_of(place.gen(more));
    return document.at("kernels").at("cached").get<std::size_t>();
  };
  CHECK(cached({"--keep=struct:unasked"}) == 0);
  const Contents expected = contents_below(place.out);
  CHECK(cached({}) == 0);
  CHECK(cached({"--keep=struct:unasked.last"}) == 0);
  CHECK(cached({"--keep=struct:unasked", "--keep=struct:unasked"}) > 0);
  CHECK(differences(contents_below(place.out), expected).empty());
  // The warning does not depend on the cache.
  const CommandResult again = place.gen({"--keep=struct:unasked", "--keep=struct:no", "--cache", cache});
  const CommandResult third = place.gen({"--keep=struct:unasked", "--keep=struct:no", "--cache", cache});
  CHECK_THAT(again.err, Contains("--keep=struct:no: no kernel has it"));
  CHECK(third.err == again.err);
  CHECK_THAT(third.err, !Contains("--keep=struct:unasked"));
}
