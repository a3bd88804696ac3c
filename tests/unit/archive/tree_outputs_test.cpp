// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/tree_outputs.hpp"

#include <catch2/catch.hpp>

#include "archive/batch/reduced_kernel.hpp"

using namespace minbtf;
using namespace minbtf::archive;

namespace {

using Names = std::vector<std::string>;

Content content(std::uint8_t number) {
  static std::vector<Content> contents(256);
  Content& known = contents[number];
  if (!known) known = std::make_shared<const std::vector<std::uint8_t>>(1, number);
  return known;
}

FoundKernel kernel(const std::string& member, std::uint8_t number) {
  return {.member = member,
          .result = make_result(ReducedKernel{.content = content(number), .figures = {}, .failures = {}})};
}

SourceRecord source(const std::string& path, std::vector<FoundKernel> kernels, std::vector<FoundLink> links = {}) {
  SourceRecord record;
  record.path = path;
  record.outcome.kernels = std::move(kernels);
  record.outcome.links = std::move(links);
  return record;
}

/// Compares contents, as the reducer does.
class Contents final : public TaskWithResult<ReducedKernel> {
  ReducedKernel process(const KernelPlace&, const KernelBtf&) const override { return {}; }
  bool are_equal(const ReducedKernel& one, const ReducedKernel& other) const override {
    return *one.content == *other.content;
  }
};

NamedKernels named(const std::vector<SourceRecord>& records, const PathSelection& selection = {},
                   std::size_t max_kernels = 1'000'000) {
  return name_kernels(records, selection, Contents(), max_kernels);
}

const Content& content_of(const NamedKernel& kernel) { return value_of<ReducedKernel>(*kernel.result).content; }

Names paths(const NamedKernels& named) {
  Names result;
  for (const NamedKernel& kernel : named.kernels) result.push_back(kernel.path);
  return result;
}

TreeOutputs planned(const NamedKernels& named, Dedupe dedupe = Dedupe::content,
                    EqualOutputs equal = EqualOutputs::symlink) {
  TreeOutputs outputs = plan_outputs(named.kernels, dedupe, equal);
  CHECK(outputs.outputs.size() == named.kernels.size());
  CHECK(outputs.same_as.size() == outputs.outputs.size());
  for (std::size_t i = 0; i < outputs.outputs.size(); ++i) {
    CHECK(outputs.outputs[i].path == named.kernels[i].path);
    CHECK(*outputs.outputs[i].content == *content_of(named.kernels[i]));
    if (const auto& target = outputs.outputs[i].link_to) {
      CHECK(*target < i);
      CHECK_FALSE(outputs.outputs[*target].link_to);
    }
  }
  return outputs;
}

}  // namespace

TEST_CASE("named_kernels: each kernel has the path of its source, or of its member") {
  const std::vector<SourceRecord> records = {
      source("a/r.btf", {kernel("", 1)}),
      source("b/r.btf.xz", {kernel("", 2)}),
      source("c/r.btf.tar.xz", {kernel("r.btf", 3)}),
      source("d/r.btf.tar.xz", {kernel("other.btf", 4)}),
      source("e/5.4.0.tar.xz", {kernel("vmlinux", 5)}),
      source("f/tree.tar", {kernel("x/k.btf", 6), kernel("x/vmlinux-7", 7), kernel("k2.btf.gz", 8)}),
      source("g/tree.tar", {kernel("x/vmlinux", 9)}),
  };
  CHECK(paths(named(records)) == Names{"a/r.btf", "b/r.btf", "c/r.btf", "d/other.btf", "e/5.4.0.btf", "f/k2.btf",
                                       "f/x/k.btf", "f/x/vmlinux-7.btf", "g/x/vmlinux.btf"});
}

TEST_CASE("tree_outputs: of outputs with equal contents, the first by path is the file") {
  const std::vector<SourceRecord> records = {source("a.btf", {kernel("", 1)}), source("b.btf", {kernel("", 2)}),
                                             source("c.btf", {kernel("", 1)}), source("d/e.btf", {kernel("", 1)})};
  const TreeOutputs links = planned(named(records));
  CHECK(links.outputs[2].link_to == 0U);
  CHECK(links.outputs[3].link_to == 0U);
  CHECK_FALSE(links.outputs[0].link_to);
  CHECK(links.same_as == std::vector<std::optional<std::size_t>>{std::nullopt, std::nullopt, 0U, 0U});
  const TreeOutputs copies = planned(named(records), Dedupe::content, EqualOutputs::copy);
  CHECK_FALSE(copies.outputs[2].link_to);
  CHECK(copies.same_as[2] == 0U);
  const TreeOutputs off = planned(named(records), Dedupe::off);
  CHECK_FALSE(off.outputs[2].link_to);
  CHECK_FALSE(off.same_as[2]);
}

TEST_CASE("named_kernels: two kernels with one output path are one if their results are equal, else a fault") {
  const NamedKernels same = named({source("r.btf", {kernel("", 1)}), source("r.btf.tar.xz", {kernel("r.btf", 1)})});
  CHECK(paths(same) == Names{"r.btf"});
  REQUIRE(same.repeated.size() == 1);
  CHECK(same.repeated[0].path == "r.btf");
  CHECK(same.repeated[0].record == 1);
  CHECK(same.faults.empty());
  const NamedKernels other = named({source("r.btf", {kernel("", 1)}), source("r.btf.tar.xz", {kernel("r.btf", 2)})});
  CHECK(paths(other) == Names{"r.btf"});
  CHECK(*content_of(other.kernels[0]) == *content(1));
  REQUIRE(other.faults.size() == 1);
  CHECK(other.faults[0].path == "r.btf.tar.xz");
  CHECK(other.faults[0].problem.member == "r.btf");
  CHECK(other.faults[0].problem.reason ==
        "the output path r.btf is already used for r.btf, which has a different result");
}

TEST_CASE("named_kernels: an output path that is a directory of another output is a fault") {
  const NamedKernels outputs = named({source("a.btf", {kernel("", 1)}), source("a.btf/b.btf", {kernel("", 2)}),
                                      source("a.btf/c/d.btf", {kernel("", 3)}), source("z.btf", {kernel("", 4)})});
  CHECK(paths(outputs) == Names{"a.btf/b.btf", "a.btf/c/d.btf", "z.btf"});
  REQUIRE(outputs.faults.size() == 1);
  CHECK(outputs.faults[0].path == "a.btf");
  CHECK(outputs.faults[0].problem.reason == "the output path a.btf is also a directory, of the output a.btf/b.btf");
}

TEST_CASE("named_kernels: links in a tar are followed as in a directory") {
  const std::vector<FoundKernel> kernels = {kernel("amzn/2018/x86_64/k.btf", 1), kernel("amzn/2018/x86_64/l.btf", 2)};
  SECTION("to a directory") {
    const NamedKernels outputs = named({source("", kernels, {{"amzn/1", "amzn/2018"}})});
    CHECK(paths(outputs) ==
          Names{"amzn/1/x86_64/k.btf", "amzn/1/x86_64/l.btf", "amzn/2018/x86_64/k.btf", "amzn/2018/x86_64/l.btf"});
    CHECK(planned(outputs).outputs[2].link_to == 0U);
    CHECK(outputs.kernels[0].member == "amzn/1/x86_64/k.btf");
  }
  SECTION("to a compressed tar, whose kernel has the path of the tar without its endings") {
    CHECK(paths(named({source("", kernels, {{"latest.btf.tar.xz", "amzn/2018/x86_64/l.btf.tar.xz"}})})) ==
          Names{"amzn/2018/x86_64/k.btf", "amzn/2018/x86_64/l.btf", "latest.btf"});
  }
  SECTION("to links") {
    CHECK(paths(named({source("", {kernel("a/k.btf", 1)}, {{"c", "b"}, {"b", "a"}, {"d/e", "c"}})})) ==
          Names{"a/k.btf", "b/k.btf", "c/k.btf", "d/e/k.btf"});
  }
  SECTION("to nothing, to themselves, and in circles") {
    CHECK(paths(named({source("", {kernel("a/k.btf", 1)},
                              {{"x", "nowhere"}, {"y", "y"}, {"a/up", "a"}, {"p", "q"}, {"q", "p"}})})) ==
          Names{"a/k.btf"});
  }
  SECTION("at the path of a kernel: the kernel is used") {
    const NamedKernels outputs =
        named({source("", {kernel("a/k.btf", 1), kernel("b/k.btf", 2)}, {{"b/k.btf", "a/k.btf"}})});
    CHECK(*content_of(outputs.kernels[1]) == *content(2));
  }
  SECTION("that are not selected") {
    CHECK(paths(named({source("", kernels, {{"amzn/1", "amzn/2018"}})}, PathSelection({.include = {"amzn/2018"}}))) ==
          Names{"amzn/2018/x86_64/k.btf", "amzn/2018/x86_64/l.btf"});
  }
  SECTION("that make endless paths, up to the limit") {
    std::vector<FoundLink> links;
    for (int i = 0; i < 20; ++i) {
      for (int j = 0; j < 20; ++j) {
        if (i != j) links.push_back({"d" + std::to_string(i) + "/l" + std::to_string(j), "d" + std::to_string(j)});
      }
    }
    std::vector<FoundKernel> many;
    for (int i = 0; i < 20; ++i) many.push_back(kernel("d" + std::to_string(i) + "/k.btf", 1));
    const NamedKernels outputs = named({source("", many, links)}, {}, 1000);
    CHECK(outputs.kernels.size() <= 1000);
    REQUIRE(outputs.faults.size() == 1);
    CHECK(outputs.faults[0].problem.kind == ErrorKind::unsupported);
    CHECK(outputs.faults[0].problem.reason == "with its links, the tar has more than 1000 paths (--max-members)");
  }
}

TEST_CASE("named_kernels: a link in a tar leads only to its own target") {
  SECTION("a directory and a kernel whose name is the directory's with .btf") {
    CHECK(paths(named({source("", {kernel("d/5.4.0/k.btf", 1), kernel("d/5.4.0.btf", 2)}, {{"latest", "d/5.4.0"}})})) ==
          Names{"d/5.4.0.btf", "d/5.4.0/k.btf", "latest/k.btf"});
  }
  SECTION("two directories that link to each other") {
    CHECK(paths(named({source("", {kernel("a/k.btf", 1), kernel("b/l.btf", 2)}, {{"a/x", "b"}, {"b/y", "a"}})})) ==
          Names{"a/k.btf", "a/x/l.btf", "b/l.btf", "b/y/k.btf"});
  }
  SECTION("a target that is missing, and a path that is a kernel and a link") {
    const NamedKernels outputs = named(
        {source("", {kernel("a/k.btf", 1)}, {{"gone.btf", "b/k.btf"}, {"a/k.btf", "elsewhere.btf"}, {"README", "x"}})});
    CHECK(paths(outputs) == Names{"a/k.btf"});
    REQUIRE(outputs.faults.size() == 2);
    CHECK(outputs.faults[0].problem.reason == "the tar has this path as a link and also as a file or directory");
    CHECK(outputs.faults[1].problem.member == "gone.btf");
    CHECK(outputs.faults[1].problem.reason == "a link to b/k.btf, but the tar has no selected kernel at that path");
  }
}

TEST_CASE("named_kernels: an output path that is too long for a file system is a fault of its kernel") {
  const NamedKernels outputs =
      named({source("a/" + std::string(252, 'x'), {kernel("", 1)}), source("b.btf", {kernel("", 2)})});
  CHECK(paths(outputs) == Names{"b.btf"});
  REQUIRE(outputs.faults.size() == 1);
  CHECK(outputs.faults[0].problem.reason == "the output path is too long");
}

TEST_CASE("tree_outputs: a manifest names sources, members and equal outputs") {
  std::vector<SourceRecord> records = {source("d/a.btf.tar.xz", {kernel("a.btf", 1)}),
                                       source("e/b.btf", {kernel("", 1)})};
  records[0].hash = {.high = 1, .low = 2};
  const NamedKernels kernels = named(records);
  const Manifest manifest = manifest_of("1.0", {}, records, kernels.kernels, planned(kernels));
  REQUIRE(manifest.kernels.size() == 2);
  CHECK(manifest.kernels[0].source == "d/a.btf.tar.xz");
  CHECK(manifest.kernels[0].member == "a.btf");
  CHECK(manifest.kernels[0].source_hash == records[0].hash);
  CHECK(manifest.kernels[0].output == "d/a.btf");
  CHECK(manifest.kernels[0].link.empty());
  CHECK(manifest.kernels[0].content_hash == io::hash_of(*content(1)));
  CHECK(manifest.kernels[0].content_sha256 == io::sha256_of(*content(1)));
  CHECK(manifest.kernels[1].same_as == "d/a.btf");
  CHECK(manifest.kernels[1].link == "../d/a.btf");
}
