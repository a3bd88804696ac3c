// SPDX-License-Identifier: BSD-2-Clause
// Bundles: `gen` and `ship bundle` write them, and every command that reads a tree reads them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "minbtf/bundle.h"
#include "support/cli_case.hpp"
#include "support/forge/bundle_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

const Words forms = {"bundle", "bundle.gz", "bundle.xz", "bundle.zst"};

/// Kernels of four distributions and two architectures. Two results are equal.
struct HubPlace : TreePlace {
  HubPlace() {
    put(in / "debian/12/x86_64/6.1.0-50-amd64.btf", small_kernel({.unasked = 1}));
    put(in / "debian/12/x86_64/6.1.0-51-amd64.btf", small_kernel({.unasked = 2}));
    put(in / "debian/12/arm64/6.1.0-50-arm64.btf", small_kernel({.task = 1}));
    put(in / "centos/8/x86_64/4.18.0-305.el8.x86_64.btf", small_kernel({.task = 2}));
    put(in / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf", small_kernel({.task = 3}));
  }

  [[nodiscard]] std::string file(const std::string& name) const { return directory.file(name); }

  /// Runs `gen` with the object `basic` for an input, and returns the bytes of the output.
  std::string generated(const std::string& input, const std::string& output, Words more = {}) const {
    Words words = {"gen", "-q"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {input, output, basic});
    const CommandResult result = run_min_btf(words);
    CAPTURE(result.err);
    CHECK(result.status == 0);
    return output == "-" ? result.out : contents_of(output);
  }

  std::string shipped(const std::string& reduced, const std::string& output, Words more = {}) const {
    Words words = {"ship", "-q"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"bundle", reduced, output});
    const CommandResult result = run_min_btf(words);
    CAPTURE(result.err);
    CHECK(result.status == 0);
    return output == "-" ? result.out : contents_of(output);
  }
};

/// Returns "MACHINE ID VERSION_ID RELEASE BUILD CONTENT" for each kernel of a bundle that is not compressed.
Words kernels_in(const std::string& bytes) {
  minbtf_bundle bundle;
  REQUIRE(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()) == MINBTF_OK);
  CHECK(minbtf_bundle_check(&bundle) == MINBTF_OK);
  Words lines;
  for (std::uint32_t i = 0; i < bundle.kernels; ++i) {
    minbtf_kernel kernel;
    REQUIRE(minbtf_bundle_kernel(&bundle, i, &kernel) == MINBTF_OK);
    lines.push_back(std::string(minbtf_machine_name(kernel.machine)) + " " + kernel.id + " " + kernel.version_id + " " +
                    kernel.release + " " + kernel.build + " " + std::to_string(kernel.content));
  }
  return lines;
}

void check_error(const Words& words, const std::string& message) {
  const CommandResult result = run_min_btf(words);
  CAPTURE(result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("min-btf: error: ") && Contains(message));
  CHECK(count_of(result.err, "\n") == 1);
}

}  // namespace

TEST_CASE("cli_bundle: gen makes equal bytes from a directory, a tar and a pack, with any number of threads") {
  const HubPlace place;
  const std::string expected = place.generated(place.in, place.file("x.bundle"));
  CHECK(kernels_in(expected) == Words{"x86_64 centos 8 4.18.0-305.el8.x86_64  0",
                                      "x86_64 ubuntu 20.04 5.4.0-42-generic  1", "x86_64 debian 12 6.1.0-50-amd64  2",
                                      "x86_64 debian 12 6.1.0-51-amd64  2", "aarch64 debian 12 6.1.0-50-arm64  3"});
  const std::string tar = place.file("hub.tar.gz");
  const std::string pack = place.file("hub.pack");
  REQUIRE(run_command({"tar", "-czf", tar, "-C", place.directory.path(), "in"}).status == 0);
  REQUIRE(run_min_btf({"pack", "-q", pack, place.in}).status == 0);
  for (const std::string& input : {place.in.string(), tar, pack}) {
    CAPTURE(input);
    CHECK((place.generated(input, place.file("again.bundle"), {"-j1"}) == expected));
    CHECK((place.generated(input, "-", {"-j3", "--format=bundle"}) == expected));
  }
}

TEST_CASE("cli_bundle: ship makes the bytes of gen from a tree, a tar and a bundle") {
  const HubPlace place;
  place.generated(place.in, place.file("x.bundle"));
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.file("x.tar.xz"), place.basic}).status == 0);
  for (const std::string& form : forms) {
    CAPTURE(form);
    const std::string bytes = place.generated(place.in, place.file("g." + form));
    for (const std::string& reduced : {place.out.string(), place.file("x.tar.xz"), place.file("g." + form)}) {
      CAPTURE(reduced);
      CHECK((place.shipped(reduced, place.file("s." + form)) == bytes));
      CHECK((place.shipped(reduced, "-", {"--format=" + form}) == bytes));
    }
  }
  // In a directory the file has a name of its own.
  const std::string directory = place.file("d/");
  fs::create_directory(directory);
  CHECK(run_min_btf({"ship", "-q", "bundle", "--format=bundle.gz", place.out, directory}).status == 0);
  CHECK((contents_of(directory + "btfs.bundle.gz") == contents_of(place.file("g.bundle.gz"))));
}

TEST_CASE("cli_bundle: a bundle is read in the place of the tree that it was made of") {
  const HubPlace place;
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  REQUIRE(run_min_btf({"ship", "-q", "bcc", place.out, place.file("tree.tar.gz")}).status == 0);
  for (const std::string& form : forms) {
    CAPTURE(form);
    const std::string bundle = place.file("x." + form);
    place.generated(place.in, bundle);

    const CommandResult verified = run_min_btf({"verify", place.in, bundle, place.basic});
    CAPTURE(verified.out, verified.err);
    CHECK(verified.status == 0);
    CHECK_THAT(verified.out, Contains("5 kernels"));

    CHECK(run_min_btf({"ship", "-q", "bcc", bundle, place.file("bundle.tar.gz")}).status == 0);
    CHECK((contents_of(place.file("bundle.tar.gz")) == contents_of(place.file("tree.tar.gz"))));

    // Reducing once more gives the same tree.
    const std::string again = place.file("again-" + form) + "/";
    CHECK(run_min_btf({"gen", "-q", bundle, again, place.basic}).status == 0);
    CHECK(differences(contents_below(again), contents_below(place.out)) == Words{});

    const CommandResult checked = run_min_btf({"check", bundle, place.basic});
    CHECK(checked.status == run_min_btf({"check", place.out, place.basic}).status);
    CHECK_THAT(checked.out, Contains("5 kernels"));

    const CommandResult dumped =
        run_min_btf({"dump", "--include=**/5.4.0-42-generic.btf", bundle, "struct", "task_struct"});
    CHECK(dumped.status == 0);
    CHECK((dumped.out == run_min_btf({"dump", (place.out / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf").string(),
                                      "struct", "task_struct"})
                             .out));
  }
  check_error({"dump", place.file("x.bundle")}, "5 kernels are selected, where one is needed (--include)");
}

TEST_CASE("cli_bundle: verify names a kernel that the bundle lacks, and one with a difference") {
  const HubPlace place;
  place.generated(place.in, place.file("x.bundle"), {"--exclude=ubuntu"});
  const CommandResult missing = run_min_btf({"verify", place.in, place.file("x.bundle"), place.basic});
  CHECK(missing.status == 3);
  CHECK_THAT(missing.out, Contains("ubuntu/20.04/x86_64/5.4.0-42-generic.btf") && Contains("missing"));
  place.generated(place.in, place.file("x.bundle"));
  put(place.in / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf", small_kernel({.task = 9}));
  CHECK(run_min_btf({"verify", place.in, place.file("x.bundle"), place.basic}).status == 3);
}

TEST_CASE("cli_bundle: a kernel without release or architecture is an error that names it, and nothing is written") {
  const HubPlace place;
  const std::string output = place.file("x.bundle");
  put(place.in / "ubuntu/22.04/5.15.0-1-generic.btf", small_kernel({}));
  check_error({"gen", "-q", place.in, output, place.basic},
              "ubuntu/22.04/5.15.0-1-generic.btf: cannot be in a bundle: the path does not state the architecture");
  check_error({"gen", "-q", place.in / "ubuntu/22.04/5.15.0-1-generic.btf", output, place.basic},
              "5.15.0-1-generic.btf: cannot be in a bundle: the path does not state the architecture");
  CHECK_FALSE(fs::exists(output));
  fs::rename(place.in / "ubuntu/22.04/5.15.0-1-generic.btf", place.in / "ubuntu/20.04/x86_64/vmlinux");
  check_error({"gen", "-q", place.in, output, place.basic},
              "ubuntu/20.04/x86_64/vmlinux.btf: cannot be in a bundle: the path does not state the release");
  fs::remove(place.in / "ubuntu/20.04/x86_64/vmlinux");
  put(place.in / "debian/12/s390x/6.1.btf", small_kernel({}));
  check_error({"gen", "-q", place.in, output, place.basic},
              "debian/12/s390x/6.1.btf: cannot be in a bundle: the BTF is little-endian");
  CHECK_FALSE(fs::exists(output));
  const CommandResult piped =
      run_min_btf({"gen", "--format=bundle", "-", output, place.basic},
                  {.stdin_path = (place.in / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf").string()});
  CHECK(piped.status == 1);
  CHECK_THAT(piped.err, Contains("the release of the kernel is not known"));
}

TEST_CASE("cli_bundle: options for a directory, and names of other forms, are refused") {
  const HubPlace place;
  const std::string in = place.in.string();
  check_usage_error({"gen", "--links=copy", in, place.file("x.bundle"), place.basic}, "--links is for a directory");
  check_usage_error({"gen", "--prune", "--manifest", place.file("m.json"), in, place.file("x.bundle"), place.basic},
                    "--prune is for a directory");
  check_usage_error({"gen", "--format=tar", in, place.file("x.bundle"), place.basic},
                    "the name is that of bundle, but --format is tar");
  check_usage_error({"ship", "bundle", in, place.file("x.tar.gz")}, "bundle makes a .bundle");
  check_usage_error({"ship", "bcc", in, place.file("x.bundle")}, "min-btf ship bundle REDUCED OUTPUT");
  check_usage_error({"ship", "--path", "{release}.btf", in, place.file("x.bundle")},
                    "min-btf ship bundle REDUCED OUTPUT");
  check_usage_error({"ship", "--path", "{release}.bundle", in, place.file("d")}, "in a form that is not written");
  check_usage_error({"ship", "--no-alias", "bundle", in, place.file("x.bundle")}, "--no-alias");
}

TEST_CASE("cli_bundle: one kernel keeps ID, VERSION and architecture of its own path") {
  const HubPlace place;
  const std::string kernel = (place.in / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf").string();
  const std::string bytes = place.generated(kernel, place.file("x.bundle"));
  CHECK(kernels_in(bytes) == Words{"x86_64 ubuntu 20.04 5.4.0-42-generic  0"});
  const std::string directory = (place.in / "ubuntu/20.04/x86_64").string();
  CHECK((place.generated(directory, place.file("y.bundle")) == bytes));
  // A relative path without a directory.
  const CommandResult relative =
      run_min_btf({"gen", "5.4.0-42-generic.btf", place.file("z.bundle"), place.basic}, {.directory = directory});
  CHECK(relative.status == 0);
  CHECK((contents_of(place.file("z.bundle")) == bytes));
  CHECK(run_min_btf({"verify", kernel, place.file("x.bundle"), place.basic}).status == 0);
  const CommandResult told = run_min_btf({"gen", kernel, place.file("x.bundle"), place.basic});
  CHECK_THAT(told.out, Contains("as bundle of ubuntu/20.04/x86_64/5.4.0-42-generic"));
}

TEST_CASE("cli_bundle: a kernel without ID is taken, with a warning, and is found in the bundle by its release") {
  const HubPlace place;
  put(place.in / "one/x86_64/5.4.0-42-generic.btf", small_kernel({}));
  const CommandResult result = run_min_btf({"gen", (place.in / "one").string(), place.file("x.bundle"), place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("x86_64/5.4.0-42-generic.btf: the distribution (ID and VERSION) is not known"));
  const std::string bytes = contents_of(place.file("x.bundle"));
  CHECK(kernels_in(bytes) == Words{"x86_64   5.4.0-42-generic  0"});
  CHECK((place.shipped(place.file("x.bundle"), place.file("y.bundle")) == bytes));
}

TEST_CASE("cli_bundle: the kernel of this machine is stated by uname and os-release, with its build") {
  const char* const vmlinux = "/sys/kernel/btf/vmlinux";
  if (!fs::exists(vmlinux)) return skip_test("no " + std::string(vmlinux));
  const HubPlace place;
  const std::string bytes = place.generated(vmlinux, place.file("x.bundle"));
  minbtf_system system;
  REQUIRE(minbtf_system_read(&system, nullptr) == MINBTF_OK);
  CHECK(kernels_in(bytes) == Words{std::string(system.machine) + " " + system.id + " " + system.version_id + " " +
                                   system.release + " " + system.build + " 0"});
  minbtf_bundle bundle;
  REQUIRE(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()) == MINBTF_OK);
  minbtf_match match;
  const int reason = minbtf_bundle_find(&bundle, &system, 0, &match);
  CHECK((reason == MINBTF_EXACT || *system.id == '\0'));
  CHECK(match.same_build == 1);
  CHECK(run_min_btf({"verify", vmlinux, place.file("x.bundle"), place.basic}).status == 0);
}

#ifdef __x86_64__
TEST_CASE("cli_bundle: the kernel of this machine is x86_64 also if uname states i686") {
  const char* const vmlinux = "/sys/kernel/btf/vmlinux";
  if (!fs::exists(vmlinux)) return skip_test("no " + std::string(vmlinux));
  if (run_command({"setarch", "i686", "uname", "-m"}).out != "i686\n") return skip_test("no setarch i686");
  const HubPlace place;
  const std::string output = place.file("x.bundle");
  const CommandResult result = run_command({"setarch", "i686", TEST_BINARY, "gen", "-q", vmlinux, output, place.basic});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK(contents_of(output) == place.generated(vmlinux, place.file("y.bundle")));
}
#endif

TEST_CASE("cli_bundle: ship adds the names of an alias file, takes architectures, and makes one bundle for each") {
  const HubPlace place;
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  const std::string aliases = place.directory.write("aliases", "linuxmint/20 = ubuntu/20.04\nrhel/8.4 = centos/8\n");
  const std::string output = place.file("x.bundle");
  const CommandResult result = run_min_btf({"ship", "--alias", aliases, "--arch=x86_64", "bundle", place.out, output});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains(": 4 kernels, 6 names (2 of them aliases), 3 distinct contents; ") &&
                             EndsWith(" of BTF in it, 64 bytes for aliases\n"));
  CHECK(kernels_in(contents_of(output)) ==
        Words{"x86_64 centos 8 4.18.0-305.el8.x86_64  0", "x86_64 rhel 8.4 4.18.0-305.el8.x86_64  0",
              "x86_64 linuxmint 20 5.4.0-42-generic  1", "x86_64 ubuntu 20.04 5.4.0-42-generic  1",
              "x86_64 debian 12 6.1.0-50-amd64  2", "x86_64 debian 12 6.1.0-51-amd64  2"});

  const CommandResult several = run_min_btf({"ship", "--json", "bundle", place.out, place.file("x-{bpfarch}.bundle")});
  const json document = document_of(several);
  REQUIRE(document["outputs"].size() == 2);
  CHECK(document["outputs"][0]["contents"] == 1);
  CHECK(document["outputs"][1]["contents"] == 3);
  CHECK(kernels_in(contents_of(place.file("x-arm64.bundle"))) == Words{"aarch64 debian 12 6.1.0-50-arm64  0"});
  CHECK(kernels_in(contents_of(place.file("x-x86.bundle"))).size() == 4);
}

TEST_CASE("cli_bundle: a release of over 64 bytes is an error that names the kernel, and select leaves it out") {
  const HubPlace place;
  const std::string release = "6.1." + std::string(61, '0');
  put(place.in / "debian/12/x86_64" / (release + ".btf"), small_kernel({.task = 4}));
  const std::string output = place.file("x.bundle");
  const std::string reason = "debian/12/" + release + " (machine 0x102003e) has a release of 65 bytes";
  check_error({"gen", place.in, output, place.basic}, reason);
  check_error({"ship", "bundle", place.in, output}, reason);
  CHECK_FALSE(fs::exists(output));
  CHECK(run_min_btf({"select", "--machine=x86_64", "--release=6.1.0-50-amd64", place.in}).status == 0);
}

TEST_CASE("cli_bundle: ID and VERSION of a bundle have no quotes where the paths have them") {
  const HubPlace place;
  const std::string release = "4.18.0-305.el8.x86_64";
  const fs::path tree = place.file("tree");
  put(tree / "\"centos\"/\"8\"/x86_64" / (release + ".btf"), small_kernel({.task = 1}));
  put(tree / "rocky/8/x86_64" / (release + ".btf"), small_kernel({.task = 2}));
  const Words expected = {"x86_64 centos 8 " + release + "  0", "x86_64 rocky 8 " + release + "  1"};
  CHECK(kernels_in(place.shipped(tree, place.file("x.bundle"))) == expected);
  CHECK(kernels_in(place.generated(tree, place.file("y.bundle"))) == expected);
  put(place.file("os-release"), "ID=\"centos\"\nVERSION_ID=\"8\"\n");
  for (const std::string& reduced : {tree.string(), place.file("x.bundle")}) {
    const CommandResult found = run_min_btf({"select", "--machine=x86_64", "--release=" + release, "--os-release",
                                             place.file("os-release"), "-o", "-", reduced});
    CAPTURE(reduced, found.err);
    CHECK(found.out == contents_of(tree / "\"centos\"/\"8\"/x86_64" / (release + ".btf")));
  }
  put(tree / "centos/8/x86_64" / (release + ".btf"), small_kernel({.task = 3}));
  const CommandResult conflict = run_min_btf({"ship", "bundle", tree, place.file("x.bundle")});
  CHECK(conflict.status == 1);
  CHECK_THAT(conflict.err, Contains("which has different contents"));
}

TEST_CASE("cli_bundle: a bundle in a tree is not the kernel that its path states") {
  const HubPlace place;
  const fs::path tree = place.file("tree");
  const std::string release = "5.4.0-42-generic";
  put(place.file("one/ubuntu/20.04/x86_64/" + release + ".btf"), small_kernel({.task = 1}));
  put(tree / "debian/12/x86_64/6.5.btf", small_kernel({.task = 2}));
  put(tree / "debian/12/x86_64/6.6.btf", place.shipped(place.file("one"), place.file("one.bundle")));
  put(tree / "debian/12/x86_64/6.7.btf.xz", place.shipped(place.file("one"), place.file("one.bundle.xz")));
  const CommandResult shipped = run_min_btf({"ship", "bundle", tree, place.file("x.bundle")});
  CHECK(shipped.status == 1);
  CHECK(count_of(shipped.err, "not BTF, but a bundle") == 2);
  CHECK_FALSE(fs::exists(place.file("x.bundle")));
  for (const std::string& each : {std::string("6.6"), std::string("6.7")}) {
    check_error({"select", "--machine=x86_64", "--release=" + each, tree}, "a bundle, not the BTF of one kernel");
  }
}

TEST_CASE("cli_bundle: select refuses a content that is not BTF") {
  const HubPlace place;
  const std::string bundle = place.file("x.bundle");
  const std::string output = place.file("x.btf");
  const Words words = {"select", "--machine=x86_64", "--release=5.4", "-o", output, bundle};
  const auto write = [&](const std::string& content) {
    const auto bytes = forge_bundle({{.release = "5.4", .content = content}});
    put(bundle, std::string(bytes.begin(), bytes.end()));
  };
  const std::vector<std::uint8_t> kernel = small_kernel({.task = 1});
  const std::string btf(kernel.begin(), kernel.end());
  write("hello world, 24 bytes ..");
  check_error(words, "its content in the bundle is not BTF");
  write(btf.substr(0, btf.size() - 1));
  check_error(words, "x.bundle");
  CHECK_FALSE(fs::exists(output));
  write(btf);
  CHECK(run_min_btf(words).status == 0);
  CHECK(contents_of(output) == btf);
}

TEST_CASE("cli_bundle: R.btf and vmlinux-R.btf are one kernel if their contents are equal") {
  const HubPlace place;
  const fs::path tree = place.file("tree");
  put(tree / "debian/12/x86_64/6.1.0.btf", small_kernel({.task = 1}));
  put(tree / "debian/12/x86_64/vmlinux-6.1.0.btf", small_kernel({.task = 1}));
  const std::string output = place.file("x.bundle");
  const CommandResult result = run_min_btf({"ship", "bundle", tree, output});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains(": 1 kernel, "));
  CHECK(kernels_in(contents_of(output)) == Words{"x86_64 debian 12 6.1.0  0"});
  put(tree / "debian/12/x86_64/vmlinux-6.1.0.btf", small_kernel({.task = 2}));
  const CommandResult different = run_min_btf({"ship", "bundle", tree, output});
  CHECK(different.status == 1);
  CHECK_THAT(different.err,
             Contains("debian/12/x86_64/vmlinux-6.1.0.btf: its name debian/12/x86_64/6.1.0.btf in OUTPUT is "
                      "also that of debian/12/x86_64/6.1.0.btf, which has different contents"));
}

TEST_CASE("cli_bundle: gen reports the kernels and contents of a bundle in JSON") {
  const HubPlace place;
  const json many = document_of(run_min_btf({"gen", "--json", place.in, place.file("x.bundle.xz"), place.basic}));
  CHECK(many["package"]["form"] == "bundle.xz");
  CHECK(many["package"]["bytes"] == fs::file_size(place.file("x.bundle.xz")));
  CHECK(many["package"]["kernels"] == 5);
  CHECK(many["package"]["contents"] == 4);
  const json one = document_of(run_min_btf({"gen", "--json", (place.in / "debian/12/arm64/6.1.0-50-arm64.btf").string(),
                                            place.file("y.bundle"), place.basic}));
  CHECK(one["package"]["kernels"] == 1);
  CHECK(one["package"]["kernel"] == "debian/12/arm64/6.1.0-50-arm64");
}

TEST_CASE("cli_bundle: a damaged or newer bundle is one line, and so are several builds of one kernel") {
  const HubPlace place;
  const std::string bytes = place.generated(place.in, place.file("x.bundle"));
  const auto check_all = [&](const std::string& contents, const std::string& message) {
    const std::string bundle = place.directory.write("bad.bundle", contents);
    check_error({"gen", bundle, place.out, place.basic}, "bad.bundle: " + message);
    check_error({"ship", "bcc", bundle, place.file("y.tar.gz")}, "bad.bundle: " + message);
    check_error({"verify", place.in, bundle, place.basic}, "bad.bundle: " + message);
    check_error({"check", bundle, place.basic}, "bad.bundle: " + message);
    check_error({"dump", bundle}, "bad.bundle: " + message);
  };
  check_all(bytes.substr(0, bytes.size() - 1), "the bundle is truncated");
  std::string changed = bytes;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  check_all(changed, "the bundle is damaged");
  changed = bytes;
  changed[8] = 2;
  check_all(changed, "the bundle has a newer format");
}
