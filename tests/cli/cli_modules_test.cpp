// SPDX-License-Identifier: BSD-2-Clause
// Kernels with modules as INPUT of gen, check and verify. The object asks for `task_struct` of vmlinux, `nf_conn` of
// the module nf_conntrack and `vxlan_dev` of the module vxlan. The expected bytes are those that the library makes of a
// BTF that has all of these types.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/module_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string release = "6.1.0-50-amd64";

BtfForge base_forge() {
  BtfForge base;
  base.integer("long", 8, 1);
  base.structure("task_struct", 8, {{"pid", base.integer("int", 4, 1), 0}});
  return base;
}

void add_nf_conn(BtfForge& btf) { btf.structure("nf_conn", 16, {{"mark", 1, 64}}); }
void add_vxlan(BtfForge& btf) { btf.structure("vxlan_dev", 12, {{"vni", 2, 64}}); }

Bytes vmlinux() { return base_forge().bytes(); }

Bytes module_with(void (*add)(BtfForge&)) {
  BtfForge module = BtfForge::split(base_forge());
  add(module);
  return module.bytes();
}

Bytes nf_conntrack() { return module_with(add_nf_conn); }
Bytes vxlan() { return module_with(add_vxlan); }

/// A module that fits another kernel only: its name leads into the middle of a string of vmlinux.
Bytes misfit() {
  BtfForge other;
  other.integer("xlong", 8, 1);
  other.structure("task_struct", 8, {{"pid", other.integer("int", 4, 1), 0}});
  BtfForge module = BtfForge::split(other);
  module.typedef_("task_struct", 3);
  return module.bytes();
}

Bytes ko(const Bytes& btf, const std::string& name, const std::string& of = release) {
  return Ko{.btf = btf, .modinfo = modinfo_of(name, of)}.bytes();
}

/// Path -> contents, in the order of a tar.
using Members = std::vector<std::pair<std::string, Bytes>>;

Bytes tar_of(const Members& members) {
  TarForge tar;
  for (const auto& [path, bytes] : members) tar.file(path, bytes);
  return tar.bytes();
}

/// Returns what the library makes of one BTF with all types of the kernel and of these modules.
std::string expected(const std::vector<void (*)(BtfForge&)>& modules) {
  BtfForge all = base_forge();
  for (const auto& add : modules) add(all);
  return reduced({bpf_object("modules")}, all.bytes());
}

const std::string with_none = expected({});
const std::string with_conntrack = expected({add_nf_conn});
const std::string with_both = expected({add_nf_conn, add_vxlan});

struct ModulePlace {
  TempDir directory;
  fs::path in = directory.path() / "in";
  fs::path out = directory.path() / "out";
  std::string output = directory.file("out.btf");
  std::string object = bpf_object("modules");

  /// Writes a kernel with its modules: nf_conntrack as in /sys/kernel/btf, vxlan as a compressed .ko.
  static void put_kernel(const fs::path& path) {
    put(path / "vmlinux", vmlinux());
    put(path / "nf_conntrack", nf_conntrack());
    put(path / "vxlan.ko.xz", compressed(ko(vxlan(), "vxlan"), Compression::xz));
  }
  [[nodiscard]] CommandResult gen(Words options, const fs::path& from, const std::string& to) const {
    return run_min_btf(joined({"gen"}, joined(std::move(options), {from.string(), to, object})));
  }
  [[nodiscard]] std::string result_of(const Words& options, const fs::path& from) const {
    const CommandResult done = gen(options, from, output);
    INFO(done.err);
    CHECK(done.status == 0);
    return contents_of(output);
  }
  void check_error(const Words& options, const fs::path& from, const std::string& message) const {
    fs::remove(output);
    check_one_error_line(gen(options, from, output), message);
    CHECK_FALSE(fs::exists(output));
  }
};

}  // namespace

TEST_CASE("cli_modules: the test cases differ") {
  CHECK(with_none != with_conntrack);
  CHECK(with_conntrack != with_both);
}

TEST_CASE("cli_modules: -B reads a module, and a directory of modules at any depth") {
  const ModulePlace place;
  const std::string base = place.directory.write("vmlinux", vmlinux());
  put(place.in / "kernel/net/nf_conntrack.ko", ko(nf_conntrack(), "nf_conntrack"));
  put(place.in / "kernel/drivers/net/vxlan.ko.zst", compressed(ko(vxlan(), "vxlan"), Compression::zstd));
  put(place.in / "modules.dep", std::string_view("kernel/net/nf_conntrack.ko:\n"));
  CHECK(place.result_of({"-B", base}, place.in / "kernel/net/nf_conntrack.ko") == with_conntrack);
  CHECK(place.result_of({"--base-btf", base}, place.in) == with_both);
  CHECK(place.result_of({"-B", base, "--modules=nf-conntrack"}, place.in) == with_conntrack);
  CHECK(place.result_of({"-B", base, "--modules=none"}, place.in) == with_none);
  CHECK(place.result_of({"-j1", "-B", base}, place.in) == with_both);
  const std::string more = place.directory.write("vxlan", vxlan());
  CHECK(place.result_of({"-B", base, "--module", more}, place.in / "kernel/net/nf_conntrack.ko") == with_both);
  CHECK(place.result_of({"--module", more, "--module", (place.in / "kernel/net/nf_conntrack.ko").string()}, base) ==
        with_both);
}

TEST_CASE("cli_modules: a directory with one kernel and modules is one kernel") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  put(place.in / "README", std::string_view("text\n"));
  const CommandResult done = place.gen({}, place.in, place.output);
  CHECK(done.status == 0);
  CHECK(done.out == place.in.string() + ": " +
                        std::to_string(vmlinux().size() + nf_conntrack().size() + vxlan().size()) + " -> " +
                        std::to_string(with_both.size()) +
                        " bytes, 5 types, 3 members; 3 relocations: 3 resolved, 0 poisoned, 0 failing; 2 of 2 modules "
                        "needed: nf_conntrack, vxlan\n");
  CHECK(contents_of(place.output) == with_both);
  CHECK(place.result_of({"--modules=all"}, place.in) == with_both);
  CHECK(place.result_of({"--modules=none"}, place.in) == with_none);
  CHECK(place.result_of({"--modules", "nf_conntrack"}, place.in) == with_conntrack);
  const json kernel = document_of(place.gen({"--json"}, place.in, place.output)).at("kernel");
  CHECK(kernel.at("modules") == json({{"read", 2}, {"needed", {"nf_conntrack", "vxlan"}}}));
  // In a directory, the output is named after the directory of the kernel.
  CHECK(place.gen({}, place.in, place.out.string() + "/").status == 0);
  CHECK(contents_of(place.out / "in.btf") == with_both);
  CHECK(run_min_btf({"verify", place.in.string(), place.output, place.object}).status == 0);
  CHECK(run_min_btf({"verify", "--modules=none", place.in.string(), place.output, place.object}).status == 3);
}

TEST_CASE("cli_modules: the file of vmlinux may be named after its release, and may be compressed") {
  const ModulePlace place;
  put(place.in / (release + ".btf.tar.xz"), compressed(tar_of({{release + ".btf", vmlinux()}}), Compression::xz));
  put(place.in / "nf_conntrack.ko", ko(nf_conntrack(), "nf_conntrack"));
  CHECK(place.result_of({}, place.in) == with_conntrack);
}

TEST_CASE("cli_modules: in a tree, the output has the name of the directory") {
  const ModulePlace place;
  const fs::path debian = place.in / "debian/12/x86_64";
  ModulePlace::put_kernel(debian / release);
  put(debian / "6.1.0-47-amd64.btf", vmlinux());
  const CommandResult done = place.gen({}, place.in, place.out.string());
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK_THAT(done.out, !Contains("ignored"));
  CHECK(contents_below(place.out) == Contents{{"debian/12/x86_64/6.1.0-47-amd64.btf", with_none},
                                              {"debian/12/x86_64/" + release + ".btf", with_both}});
  const CommandResult verified = run_min_btf({"verify", place.in.string(), place.out.string(), place.object});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, Contains("2 kernels") && Contains("no difference"));
  CHECK(run_min_btf({"verify", "--modules=none", place.in.string(), place.out.string(), place.object}).status == 3);
  const json checked = document_of(run_min_btf({"check", "--json", place.in.string(), place.object}));
  CHECK(checked.dump().find("debian/12/x86_64/" + release + ".btf") != std::string::npos);
  // A module is not selected by its path: it belongs to its kernel.
  fs::remove_all(place.out);
  CHECK(place.gen({"--include=**/vmlinux"}, place.in, place.out.string()).status == 0);
  CHECK(contents_below(place.out) == Contents{{"debian/12/x86_64/" + release + ".btf", with_both}});
  fs::remove_all(place.out);
  CHECK(place.gen({"--exclude=**/vmlinux"}, place.in, place.out.string()).status == 0);
  CHECK(contents_below(place.out) == Contents{{"debian/12/x86_64/6.1.0-47-amd64.btf", with_none}});
}

TEST_CASE("cli_modules: a tar gives the same outputs as the tree in it") {
  const ModulePlace place;
  const Bytes xz = compressed(ko(vxlan(), "vxlan"), Compression::xz);
  // A module may come before its kernel.
  const Members members = {{"a/6.1/nf_conntrack", nf_conntrack()},
                           {"a/6.1/vmlinux", vmlinux()},
                           {"a/6.1/vxlan.ko.xz", xz},
                           {"a/6.2.btf", vmlinux()}};
  for (const auto& [path, bytes] : members) put(place.in / path, bytes);
  const Contents wanted = {{"a/6.1.btf", with_both}, {"a/6.2.btf", with_none}};
  const std::string tar = place.directory.write("all.tar.xz", compressed(tar_of(members), Compression::xz));
  CHECK(place.gen({}, place.in, place.out.string()).status == 0);
  CHECK(contents_below(place.out) == wanted);
  fs::remove_all(place.out);
  const CommandResult done = place.gen({}, tar, place.out.string());
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK_THAT(done.out, !Contains("ignored"));
  CHECK(contents_below(place.out) == wanted);
  CHECK(run_min_btf({"verify", tar, place.out.string(), place.object}).status == 0);
  // In a tree, the tar is a source, and its kernels are in its directory.
  const fs::path outer = place.directory.path() / "outer";
  put(outer / "x/all.tar.xz", compressed(tar_of(members), Compression::xz));
  fs::remove_all(place.out);
  CHECK(place.gen({}, outer, place.out.string()).status == 0);
  CHECK(contents_below(place.out) == Contents{{"x/a/6.1.btf", with_both}, {"x/a/6.2.btf", with_none}});
  // The cache has the kernels without modules only.
  fs::remove_all(place.out);
  const std::string cache = (place.directory.path() / "cache").string();
  for (int round = 0; round < 2; ++round) {
    CHECK(place.gen({"--cache", cache}, tar, place.out.string()).status == 0);
    CHECK(contents_below(place.out) == wanted);
    CHECK(place.gen({"--cache", cache, "--modules=none"}, tar, place.out.string()).status == 0);
    CHECK(contents_below(place.out) == Contents{{"a/6.1.btf", with_none}, {"a/6.2.btf", with_none}});
  }
}

TEST_CASE("cli_modules: a tar with one kernel and its modules at the top is one kernel") {
  const ModulePlace place;
  const Members members = {{"vmlinux", vmlinux()},
                           {"nf_conntrack", nf_conntrack()},
                           {"vxlan.ko.xz", compressed(ko(vxlan(), "vxlan"), Compression::xz)}};
  const std::string tar = place.directory.write("6.1.tar.xz", compressed(tar_of(members), Compression::xz));
  CHECK(place.result_of({}, tar) == with_both);
  CHECK(place.result_of({"--modules=nf_conntrack"}, tar) == with_conntrack);
  CHECK(place.result_of({"--modules=none"}, tar) == with_none);
  // In a tree it is named like any other tar of one kernel.
  put(place.in / "6.1.tar.xz", compressed(tar_of(members), Compression::xz));
  CHECK(place.gen({}, place.in, place.out.string()).status == 0);
  CHECK(contents_below(place.out) == Contents{{"6.1.btf", with_both}});
}

TEST_CASE("cli_modules: modules beside several kernels are ignored, with a warning") {
  const ModulePlace place;
  const Members members = {{"d/6.1.0.btf", vmlinux()}, {"d/6.2.0.btf", vmlinux()}, {"d/nf_conntrack", nf_conntrack()}};
  for (const auto& [path, bytes] : members) put(place.in / path, bytes);
  const std::string tar = place.directory.write("all.tar", tar_of(members));
  for (const std::string& input : {place.in.string(), tar}) {
    INFO(input);
    fs::remove_all(place.out);
    const CommandResult done = place.gen({}, input, place.out.string());
    CHECK(done.status == 0);
    CHECK_THAT(done.err, Contains("min-btf: warning: ") &&
                             Contains("1 file of kernel modules ignored: the directory has 2 kernels"));
    CHECK(contents_below(place.out) == Contents{{"d/6.1.0.btf", with_none}, {"d/6.2.0.btf", with_none}});
  }
}

TEST_CASE("cli_modules: a module that does not fit is an error, and a tree goes on without it") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in / "one");
  put(place.in / "one/other", misfit());
  const std::string base = (place.in / "one/vmlinux").string();
  place.check_error({}, place.in / "one", "other: types+0x0: type [4] ");
  place.check_error({"-B", base}, place.in / "one/other", "the module does not fit " + base);
  const CommandResult done = place.gen({}, place.in, place.out.string());
  CHECK(done.status == 1);
  CHECK_THAT(done.err, Contains("one/other: ") && Contains("the module does not fit " + base));
  CHECK(contents_below(place.out) == Contents{{"one.btf", with_both}});
  // The same in a tar.
  const std::string tar = place.directory.write(
      "all.tar", tar_of({{"one/vmlinux", vmlinux()}, {"one/other", misfit()}, {"one/nf_conntrack", nf_conntrack()}}));
  fs::remove_all(place.out);
  const CommandResult from_tar = place.gen({}, tar, place.out.string());
  CHECK(from_tar.status == 1);
  CHECK_THAT(from_tar.err, Contains("one/other: ") && Contains("the module does not fit "));
  CHECK(contents_below(place.out) == Contents{{"one.btf", with_conntrack}});
}

TEST_CASE("cli_modules: a module for another release is an error") {
  const ModulePlace place;
  const std::string base = place.directory.write(release + ".btf", vmlinux());
  const std::string other =
      place.directory.write("nf_conntrack.ko", ko(nf_conntrack(), "nf_conntrack", "6.1.0-47-amd64"));
  place.check_error({"-B", base}, other,
                    ".modinfo: the module was built for 6.1.0-47-amd64, and " + base + " is the kernel " + release);
  // Where the release of vmlinux is not known, or its file has a short name, only the BTF counts.
  CHECK(place.result_of({"-B", place.directory.write("vmlinux", vmlinux())}, other) == with_conntrack);
  CHECK(place.result_of({"-B", place.directory.write("6.1.0.btf", vmlinux())}, other) == with_conntrack);
}

TEST_CASE("cli_modules: two files of one module are an error") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  put(place.in / "nf-conntrack.ko", ko(nf_conntrack(), "nf_conntrack"));
  place.check_error({}, place.in, "nf_conntrack: module nf_conntrack is also in ");
}

TEST_CASE("cli_modules: a module without BTF is an error if the user names it, and a warning otherwise") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  put(place.in / "old.ko", ko({}, "old"));
  const CommandResult done = place.gen({}, place.in, place.output);
  CHECK(done.status == 0);
  CHECK_THAT(done.err, Contains("old.ko: built without BTF: its types are missing"));
  CHECK(contents_of(place.output) == with_both);
  place.check_error({"-B", (place.in / "vmlinux").string()}, place.in / "old.ko",
                    "old.ko: a kernel module without BTF");
}

TEST_CASE("cli_modules: a module that adds no name of its own is read") {
  // Split BTF of 24 bytes, without types and strings; and one whose strings are empty.
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  put(place.in / "sha1_ssse3", BtfForge::split(base_forge()).bytes());
  BtfForge nameless = BtfForge::split(base_forge());
  nameless.ptr(3);
  put(place.in / "ptr_only", nameless.bytes());
  CHECK(fs::file_size(place.in / "sha1_ssse3") == 24);
  const CommandResult done = place.gen({}, place.in, place.output);
  CHECK(done.status == 0);
  CHECK_THAT(done.out, EndsWith("; 2 of 4 modules needed: nf_conntrack, vxlan\n"));
  CHECK(contents_of(place.output) == with_both);
}

TEST_CASE("cli_modules: OUTPUT cannot be a file of the kernel, or a new file in its directory") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  const Contents before = contents_below(place.in);
  const std::string in = place.in.string();
  check_usage_error({"gen", in, in + "/nf_conntrack", place.object}, "which is read");
  check_usage_error({"gen", in, in + "/new.btf", place.object}, "where it would be read as a second kernel");
  check_usage_error({"gen", in, in, place.object}, "where it would be read as a second kernel");
  check_usage_error({"gen", "-B", in + "/vmlinux", in + "/nf_conntrack", in + "/vmlinux", place.object},
                    "which is read");
  check_usage_error({"gen", "-B", in + "/vmlinux", in + "/nf_conntrack", in + "/nf_conntrack", place.object},
                    "which is read");
  CHECK(contents_below(place.in) == before);
}

TEST_CASE("cli_modules: wrong words") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in / "one");
  ModulePlace::put_kernel(place.in / "two");
  const fs::path one = place.in / "one";
  const std::string base = (one / "vmlinux").string();
  const std::string output = place.output;
  check_usage_error({"gen", "--modules=all,vxlan", one.string(), output, place.object}, "'all' cannot be combined");
  check_usage_error({"gen", "--modules=", one.string(), output, place.object}, "--modules");
  place.check_error({"--modules=vxlan,btrfs"}, one, ": no module btrfs (--modules)");
  place.check_error({"--module", (one / "vxlan.ko.xz").string()}, place.in, "--module adds to one kernel");
  place.check_error({"-B", base}, base, "not the BTF of a kernel module");
  place.check_error({"-B", (one / "nf_conntrack").string()}, one / "vxlan.ko.xz", "BTF of a kernel module");
  place.check_error({"-B", base}, place.in, "a second kernel beside modules of");
  place.check_error({"-B", base}, place.object, "a BPF object, not a kernel module");
  place.check_error({"-B", place.in.string()}, one / "nf_conntrack", "directory");
  // In a tree, a module that no kernel has is a warning, as --include without a match.
  const CommandResult done = place.gen({"--modules=vxlan,btrfs"}, place.in, place.out.string());
  CHECK(done.status == 0);
  CHECK_THAT(done.err, Contains("--modules: no kernel has a module btrfs"));
}

TEST_CASE("cli_modules: a truncated module is an error that names it") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  const Bytes whole = compressed(ko(vxlan(), "vxlan"), Compression::xz);
  put(place.in / "vxlan.ko.xz", std::span(whole).first(whole.size() / 2));
  place.check_error({}, place.in, "vxlan.ko.xz: ");
}

TEST_CASE("cli_modules: a damaged module does not take the other modules from its kernel") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in / "one");
  const Bytes whole = nf_conntrack();
  const Bytes cut(whole.begin(), whole.begin() + 30);
  put(place.in / "one/cut", cut);
  place.check_error({}, place.in / "one", "one/cut: header+0x8: ");
  const std::string tar = place.directory.write("all.tar", tar_of({{"one/vmlinux", vmlinux()},
                                                                   {"one/cut", cut},
                                                                   {"one/nf_conntrack", nf_conntrack()},
                                                                   {"one/vxlan", vxlan()}}));
  for (const std::string& input : {place.in.string(), tar}) {
    fs::remove_all(place.out);
    const CommandResult done = place.gen({}, input, place.out.string());
    CHECK(done.status == 1);
    CHECK_THAT(done.err, Contains("one/cut: header+0x8: "));
    CHECK(count_of(done.err, "error: ") == 1);
    CHECK_THAT(done.out, EndsWith("; 1 module left out\n"));
    CHECK(contents_below(place.out) == Contents{{"one.btf", with_both}});
    const json document = document_of(place.gen({"--json"}, input, place.out.string()));
    CHECK(document.at("kernels").at("failed") == 0);
    CHECK(document.at("kernels").at("failed_modules") == 1);
    CHECK(document.at("error").at("message") == "1 module left out");
  }
}

TEST_CASE("cli_modules: compressed split BTF is a module") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  fs::remove(place.in / "nf_conntrack");
  put(place.in / "nf_conntrack.btf.xz", compressed(nf_conntrack(), Compression::xz));
  CHECK(place.result_of({}, place.in) == with_both);
}

TEST_CASE("cli_modules: a named module is used whatever --modules is") {
  const ModulePlace place;
  const std::string base = place.directory.write("vmlinux", vmlinux());
  const std::string module = place.directory.write("nf_conntrack", nf_conntrack());
  CHECK(place.result_of({"--modules=none", "--module", module}, base) == with_conntrack);
}

TEST_CASE("cli_modules: files that are no modules are counted right in a tar") {
  const ModulePlace place;
  const Bytes whole = ko(vxlan(), "vxlan");
  const Members members = {{"one/vmlinux", vmlinux()},
                           {"one/nf_conntrack", nf_conntrack()},
                           {"one/cut.ko", Bytes(whole.begin(), whole.begin() + 100)},
                           {"one/text.ko", bytes_of("text\n")},
                           {"one/empty", {}}};
  for (const auto& [path, bytes] : members) put(place.in / path, bytes);
  const std::string tar = place.directory.write("all.tar", tar_of(members));
  for (const std::string& input : {place.in.string(), tar}) {
    fs::remove_all(place.out);
    const CommandResult done = place.gen({"--json"}, input, place.out.string());
    CHECK(done.status == 1);
    CHECK(count_of(done.err, "error: ") == 2);
    CHECK_THAT(done.err, Contains("one/cut.ko: ") && Contains("one/text.ko: ") &&
                             Contains("one/empty: built without BTF: its types are missing"));
    const json kernels = document_of(done).at("kernels");
    CHECK(kernels.at("ignored") == 0);
    CHECK(kernels.at("modules") == 0);
    CHECK(kernels.at("failed") == 0);
    CHECK(kernels.at("failed_modules") == 2);
    CHECK(contents_below(place.out) == Contents{{"one.btf", with_conntrack}});
  }
}

TEST_CASE("cli_modules: an empty file beside a kernel does not make its directory a kernel with modules") {
  const ModulePlace place;
  const Members members = {{"one/6.1.0.btf", vmlinux()}, {"one/done", {}}, {"one/README", bytes_of("text\n")}};
  for (const auto& [path, bytes] : members) put(place.in / path, bytes);
  const std::string tar = place.directory.write("all.tar", tar_of(members));
  for (const std::string& input : {place.in.string(), tar}) {
    fs::remove_all(place.out);
    const CommandResult done = place.gen({}, input, place.out.string());
    CHECK(done.status == 0);
    CHECK(done.err.empty());
    CHECK_THAT(done.out, Contains("; 2 other files ignored\n"));
    CHECK(contents_below(place.out) == Contents{{"one/6.1.0.btf", with_none}});
  }
}

TEST_CASE("cli_modules: a packed kernel has its modules in a tree and in a tar") {
  const ModulePlace place;
  const Members members = {
      {"d/one/" + release + ".btf.tar.xz", compressed(tar_of({{release + ".btf", vmlinux()}}), Compression::xz)},
      {"d/one/nf_conntrack.ko", ko(nf_conntrack(), "nf_conntrack")}};
  for (const auto& [path, bytes] : members) put(place.in / path, bytes);
  const std::string tar = place.directory.write("all.tar", tar_of(members));
  for (const std::string& input : {place.in.string(), tar}) {
    fs::remove_all(place.out);
    CHECK(place.gen({}, input, place.out.string()).status == 0);
    CHECK(contents_below(place.out) == Contents{{"d/one.btf", with_conntrack}});
    CHECK(run_min_btf({"verify", input, place.out.string(), place.object}).status == 0);
  }
}

TEST_CASE("cli_modules: --modules names a module that a kernel without modules has not") {
  const ModulePlace place;
  const std::string base = place.directory.write("vmlinux", vmlinux());
  place.check_error({"--modules=btrfs"}, base, ": no module btrfs (--modules)");
  CHECK(place.result_of({"--modules=none"}, base) == with_none);
  const std::string tar = place.directory.write("all.tar", tar_of({{"a/6.1.0.btf", vmlinux()}}));
  CHECK_THAT(place.gen({"--modules=btrfs"}, tar, place.out.string()).err,
             Contains("--modules: no kernel has a module btrfs"));
}

TEST_CASE("cli_modules: with -B, OUTPUT cannot be anywhere below the directory of modules") {
  const ModulePlace place;
  const std::string base = place.directory.write("vmlinux", vmlinux());
  put(place.in / "sub/nf_conntrack", nf_conntrack());
  check_usage_error({"gen", "-B", base, place.in.string(), (place.in / "sub/out.btf").string(), place.object},
                    "where it would be read as a second kernel");
  CHECK(place.result_of({"--max-members=3", "-B", base}, place.in) == with_conntrack);
  ModulePlace::put_kernel(place.in / "one");
  place.check_error({"--max-members=2"}, place.in / "one", "over 2 files and directories (--max-members)");
}

TEST_CASE("cli_modules: check reads modules as gen does") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in);
  CHECK_THAT(run_min_btf({"check", place.in.string(), place.object}).out,
             Contains("3 relocate, 0 guarded, 0 NOT guarded"));
  CHECK_THAT(run_min_btf({"check", "--modules=none", place.in.string(), place.object}).out,
             Contains("1 relocates, 0 guarded, 2 NOT guarded"));
  const std::string base = (place.in / "vmlinux").string();
  CHECK_THAT(run_min_btf({"check", "-B", base, (place.in / "nf_conntrack").string(), place.object}).out,
             Contains("2 relocate, 0 guarded, 1 NOT guarded"));
}

TEST_CASE("cli_modules: pack takes the kernel without its modules") {
  const ModulePlace place;
  ModulePlace::put_kernel(place.in / "6.1");
  const std::string pack = place.directory.file("k.pack");
  const CommandResult done = run_min_btf({"pack", pack, place.in.string()});
  CHECK(done.status == 0);
  CHECK_THAT(done.out, Contains("2 of kernel modules"));

  // Options for modules have no effect on a pack: they are refused.
  const std::string module = place.directory.write("m.btf", nf_conntrack());
  for (const Words& option : {Words{"--modules=none"}, Words{"--modules=nf_conntrack"}, Words{"--module", module}}) {
    Words words = {"gen", pack, place.directory.file("out"), bpf_object("basic")};
    words.insert(words.end(), option.begin(), option.end());
    const CommandResult refused = run_min_btf(words);
    CHECK(refused.status == 1);
    CHECK(refused.err == "min-btf: error: " + pack + ": " + option.front().substr(0, option.front().find('=')) +
                             " needs a kernel with modules, and a pack has kernels without modules\n");
  }
}
