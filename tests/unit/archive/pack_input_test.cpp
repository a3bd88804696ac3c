// SPDX-License-Identifier: BSD-2-Clause
// The catalog of a pack from a stranger: paths are judged as names in a tar are.
#include "archive/input/pack_input.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "archive/batch/batch.hpp"
#include "archive/batch/kernel_reducer.hpp"
#include "archive/input/pack_sources.hpp"
#include "btf/view.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/plan.hpp"
#include "pack/pack_writer.hpp"
#include "pack/section_file.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::archive;
using namespace minbtf::test;

namespace {

using Names = std::vector<std::string>;

pack::PackedSource file_at(const std::string& path) {
  return {.path = path, .hash = {.high = 1, .low = 2}, .members = {{.path = "", .kernel = 0}}};
}

/// Writes a pack of one kernel with these sources.
std::string pack_of(const TempDir& directory, std::vector<pack::PackedSource> sources) {
  pack::PackWriter writer;
  REQUIRE(writer.add_kernel(kernel_btf(), "kernel") == 0);
  return directory.write("all.pack", writer.finish({.kernels = {}, .sources = std::move(sources)}));
}

struct Run {
  TempDir directory;
  Plan plan{{BpfObject::from_file(bpf_object("basic"))}};
  ContentStore store;
  KernelReducer reducer{plan, store};
  PathSelection selection;

  [[nodiscard]] Batch batch(std::vector<pack::PackedSource> sources, const UnpackLimits& limits = {}) const {
    const std::string path = pack_of(directory, std::move(sources));
    PackInput input(path, io::InputFile(path));
    return run_batch(input, {.task = reducer, .selection = selection, .limits = limits, .jobs = 2});
  }
};

Names paths_of(const Batch& batch) {
  Names paths;
  for (const NamedKernel& kernel : batch.kernels) paths.push_back(kernel.path);
  return paths;
}

Names faults_of(const Batch& batch) {
  Names texts;
  for (const SourceFault& fault : batch.faults) {
    texts.push_back(fault.path + "|" + fault.problem.member + "|" + fault.problem.reason);
  }
  return texts;
}

}  // namespace

TEST_CASE("pack_input: the magic of a pack is the same for the reader of packs and for the types of files") {
  CHECK(io::is_pack(pack::magic));
  CHECK_FALSE(io::is_pack(std::span(pack::magic).first(7)));
}

TEST_CASE("pack_input: a source with a path that leads out of the tree is a fault, and the others are read") {
  const Run run;
  const Batch batch = run.batch({file_at("../up.btf"), file_at("./dot.btf"), file_at("/etc/passwd"),
                                 file_at("a//b.btf"), file_at("good/k.btf"), file_at("x/../../y.btf"), file_at("z/")});
  CHECK(paths_of(batch) == Names{"good/k.btf"});
  CHECK(faults_of(batch) ==
        Names{"|../up.btf|refused: a path with '..'", "|./dot.btf|refused: a path with an empty part or a part '.'",
              "|/etc/passwd|refused: an absolute path", "|a//b.btf|refused: a path with an empty part or a part '.'",
              "|x/../../y.btf|refused: a path with '..'", "|z/|refused: a path with an empty part or a part '.'"});
}

TEST_CASE("pack_input: a path with a zero byte or without a part is a fault") {
  const Run run;
  const Batch batch = run.batch({file_at(""), file_at(std::string("a\0b.btf", 7)), file_at("good.btf")});
  CHECK(paths_of(batch) == Names{"good.btf"});
  CHECK(faults_of(batch) ==
        Names{"||refused: an empty path", "|" + std::string("a\0b.btf", 7) + "|refused: a path with a zero byte"});
}

TEST_CASE("pack_input: members that are the same kernel share one result") {
  const Run run;
  const Batch batch = run.batch({{.path = "all.tar", .members = {{.path = "a.btf"}, {.path = "b.btf"}}}});
  REQUIRE(paths_of(batch) == Names{"a.btf", "b.btf"});
  CHECK(batch.kernels[0].result == batch.kernels[1].result);
}

TEST_CASE("pack_input: hidden sources, members and links are ignored and counted") {
  const Run run;
  pack::PackedSource tar = {.path = "all.tar",
                            .members = {{.path = ".k.btf"}, {.path = "a/.b/k.btf"}, {.path = "good/k.btf"}},
                            .links = {{.path = ".link", .target = "good"}, {.path = "link", .target = "good"}}};
  const Batch batch = run.batch({file_at(".hidden/k.btf"), tar, file_at("x/.k.btf")});
  CHECK(paths_of(batch) == Names{"good/k.btf", "link/k.btf"});
  CHECK(batch.faults.empty());
  CHECK(batch.ignored == 5);
}

TEST_CASE("pack_input: a bad path of a member or link is a problem of its source") {
  const Run run;
  pack::PackedSource tar = {
      .path = "d/all.tar",
      .members = {{.path = "../k.btf"}, {.path = ""}, {.path = "good.btf"}, {.path = "a/k", .inner_tar = "../a.tar"}},
      .others = {{.path = "/m", .inner_tar = "", .is_module = true}},
      .links = {{.path = "l", .target = "../../x"}, {.path = "/l", .target = "good.btf"}}};
  const Batch batch = run.batch({tar});
  CHECK(paths_of(batch) == Names{"d/good.btf"});
  CHECK(faults_of(batch) == Names{"d/all.tar|l|refused: a path with '..'", "d/all.tar|/l|refused: an absolute path",
                                  "d/all.tar|../k.btf|refused: a path with '..'", "d/all.tar||refused: an empty path",
                                  "d/all.tar|a/k|refused: a path with '..'", "d/all.tar|/m|refused: an absolute path"});
  CHECK(batch.modules == 0);
}

TEST_CASE("pack_input: the limits of paths and entries apply to a pack") {
  const Run run;
  pack::PackedSource tar = {.path = "t.tar", .members = {{.path = "a.btf"}, {.path = "b.btf"}, {.path = "c.btf"}}};
  const Batch batch =
      run.batch({file_at("eleven__.btf"), tar, file_at("ten___.btf")}, {.members = 2, .path_bytes = 10});
  CHECK(paths_of(batch) == Names{"ten___.btf"});
  CHECK(faults_of(batch) == Names{"|eleven__.btf|refused: a path of 12 bytes, over the limit of 10 (--max-path)",
                                  "t.tar||more than 2 entries in the tar archive (--max-members)"});
}

TEST_CASE("pack_input: the only kernel of an inner tar is named after the tar") {
  const Run run;
  pack::PackedSource tar = {.path = "all.tar",
                            .members = {{.path = "a/vmlinux", .inner_tar = "a/one.tar"},
                                        {.path = "a/k.btf", .inner_tar = "a/two.tar"},
                                        {.path = "b/vmlinux", .inner_tar = "b/three.tar"},
                                        {.path = "b/other", .inner_tar = "b/three.tar"}}};
  CHECK(paths_of(run.batch({tar})) == Names{"a/k.btf", "a/one.btf", "b/other.btf", "b/vmlinux.btf"});
}

TEST_CASE("pack_input: sources share an outcome only if hash and contents are equal") {
  const Run run;
  pack::PackedSource one = file_at("one.btf");
  pack::PackedSource same = file_at("same.btf");
  pack::PackedSource liar = file_at("z-liar.btf");  // the same hash, other contents
  liar.ignored = 1;
  const Batch batch = run.batch({one, same, liar});
  REQUIRE(batch.records.size() == 3);
  CHECK(batch.records[0].origin == SourceRecord::Origin::processed);
  CHECK(batch.records[1].origin == SourceRecord::Origin::repeated);
  CHECK(batch.records[2].origin == SourceRecord::Origin::processed);
  CHECK(batch.records[2].outcome.ignored == 1);
  CHECK(batch.kernels.size() == 3);
}

TEST_CASE("pack_input: a task that needs whole kernels gets all types of each kernel") {
  class Whole final : public TaskWithResult<std::uint32_t> {
    [[nodiscard]] std::uint32_t process(const KernelPlace&, const KernelBtf& kernel) const override {
      return btf::View::parse_in_place(kernel.bytes, "kernel", {}).id_end() - 1;
    }
    [[nodiscard]] bool are_equal(const std::uint32_t& one, const std::uint32_t& other) const override {
      return one == other;
    }
  };
  const TempDir directory;
  const std::string path = pack_of(directory, {file_at("k.btf")});
  PackInput input(path, io::InputFile(path));
  const Whole task;
  const PathSelection selection;
  const auto processed = input.process({.task = task, .selection = selection});
  REQUIRE(processed.records.size() == 1);
  CHECK(value_of<std::uint32_t>(*processed.records[0].outcome.kernels.at(0).result) ==
        btf::View::parse(kernel_btf(), "kernel").id_end() - 1);
  CHECK(std::string(input.noun()) == "pack");
  CHECK_FALSE(input.is_one_kernel());
  CHECK(error_text([&] { static_cast<void>(input.one_kernel()); }) ==
        "wrong_file: " + path + ": a pack of kernels, where one kernel is needed");
}
