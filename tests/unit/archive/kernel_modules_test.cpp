// SPDX-License-Identifier: BSD-2-Clause
// Which modules of a kernel are joined, and what is reported of the others.
#include "archive/input/kernel_modules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "btf/view.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace minbtf::archive;

namespace {

using Bytes = std::vector<std::uint8_t>;

BtfForge vmlinux_forge() {
  BtfForge btf;
  btf.integer("int", 4, 1);
  btf.structure("in_both", 4, {{"a", 1, 0}});
  return btf;
}

ModuleSource source(const std::string& path, const Bytes& btf) {
  return {.path = path, .location = {}, .read = [path, btf](const UnpackLimits&) {
            return ModuleFile{
                .file = path, .module = module_name_of(path), .release = {}, .btf = btf, .distilled_base = {}};
          }};
}

Bytes module_with_struct(const std::string& name) {
  BtfForge btf = BtfForge::split(vmlinux_forge());
  btf.structure(name, 8, {{"a", 1, 0}});
  return btf.bytes();
}

const Bytes vmlinux = vmlinux_forge().bytes();

JoinedKernel join(const std::vector<ModuleSource>& sources, const ModuleRequest& request) {
  return join_modules({.btf = vmlinux, .file = "vmlinux", .release = {}}, sources, request);
}

std::vector<std::string> names(const JoinedKernel& joined) {
  std::vector<std::string> names;
  for (const KernelModule& module : joined.modules) names.push_back(module.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("kernel_modules: only modules with a wanted type that vmlinux has not are joined") {
  BtfForge enumeration = BtfForge::split(vmlinux_forge());
  enumeration.enumeration("in_both", 4, {{"A", 1}});
  const std::vector<ModuleSource> sources = {
      source("d/zfs", module_with_struct("wanted___flavor")), source("d/other", module_with_struct("other")),
      source("d/copy", module_with_struct("in_both")), source("d/enum", enumeration.bytes()),
      source("d/a", module_with_struct("wanted"))};
  for (const std::size_t jobs : {1U, 4U}) {
    const JoinedKernel joined = join(sources, {.wanted = WantedTypes{.names = {"in_both", "wanted"}}, .jobs = jobs});
    // `enum` has a type of the name, and vmlinux has none of that kind.
    CHECK(names(joined) == Names{"a", "enum", "zfs"});
    CHECK(joined.read == 5);
    CHECK(joined.faults.empty());
    CHECK(joined.source_types == 7);
    const btf::View view = btf::View::parse(joined.bytes, "joined");
    CHECK(view.id_end() == 6);
  }
  CHECK(names(join(sources, {})) == Names{"a", "copy", "enum", "other", "zfs"});
  const JoinedKernel none = join(sources, {.wanted = WantedTypes{.names = {"in_neither"}}});
  CHECK(none.bytes.empty());
  CHECK(none.kernel(vmlinux).bytes.data() == vmlinux.data());
  CHECK(none.kernel(vmlinux).source_bytes == none.source_bytes);
  // No compiler writes a search for a VAR. It needs all modules.
  CHECK(names(join(sources, {.wanted = WantedTypes{.names = {}, .extras = {"var x"}}})).size() == 5);
}

TEST_CASE("kernel_modules: a name that is too long to be compared is joined") {
  const std::string name(600, 'x');
  CHECK(names(join({source("d/long", module_with_struct(name))}, {.wanted = WantedTypes{.names = {name}}})) ==
        Names{"long"});
}

TEST_CASE("kernel_modules: a choice of names") {
  const std::vector<ModuleSource> sources = {source("d/nf-conntrack.ko", module_with_struct("x")),
                                             source("d/vxlan", module_with_struct("y"))};
  CHECK(names(join(sources, {.choice = {.is_all = false, .names = {"nf_conntrack"}}})) == Names{"nf_conntrack"});
  CHECK(names(join(sources, {.choice = {.is_all = false, .names = {}}})).empty());
  CHECK(missing_modules({.is_all = false, .names = {"btrfs", "vxlan"}}, sources) == Names{"btrfs"});
  CHECK(missing_modules({}, sources).empty());
}

TEST_CASE("kernel_modules: faults name the module, and the others are joined") {
  BtfForge out_of_range = BtfForge::split(vmlinux_forge());
  out_of_range.ptr(99);
  const std::vector<ModuleSource> sources = {source("d/bad", out_of_range.bytes()),
                                             source("d/good", module_with_struct("x")),
                                             source("e/good.ko", module_with_struct("y")),
                                             source("d/empty", {}),
                                             {.path = "missing", .location = "/nonexistent/missing.ko"}};
  const JoinedKernel joined = join(sources, {.jobs = 3});
  CHECK(names(joined) == Names{"good"});
  REQUIRE(joined.faults.size() == 3);
  CHECK(joined.faults[0].module == 0);
  CHECK(joined.faults[0].problem.reason ==
        "type [3] refers to type id 99, both have 4 type ids: the module does not fit vmlinux");
  CHECK(joined.faults[1].module == 2);
  CHECK(joined.faults[1].problem.reason == "module good is also in d/good");
  CHECK(joined.faults[2].module == 4);
  CHECK(joined.faults[2].problem.kind == ErrorKind::io);
  CHECK(joined.without_btf == Names{"d/empty"});
}

TEST_CASE("kernel_modules: a damaged base is an error") {
  const Bytes damaged(vmlinux.begin(), vmlinux.begin() + 30);
  const std::vector<ModuleSource> sources = {source("d/x", module_with_struct("x"))};
  const std::string text = error_text(
      [&] { static_cast<void>(join_modules({.btf = damaged, .file = "vmlinux", .release = {}}, sources, {})); });
  CHECK_THAT(text, Catch::Contains("vmlinux"));
}
