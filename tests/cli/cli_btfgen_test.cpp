// SPDX-License-Identifier: BSD-2-Clause
// `min-btf btfgen` in a checkout of BTFHub, in place of its tools/btfgen.sh.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
namespace fs = std::filesystem;

namespace {

/// A directory archive/ with kernels in BTFHub's format, for two architectures. Two of the kernels have equal results.
struct Checkout {
  TempDir directory;
  fs::path archive = directory.path() / "archive";
  fs::path custom = directory.path() / "custom-archive";
  std::string basic = bpf_object("basic");
  std::map<std::string, std::vector<std::uint8_t>> kernels = {
      {"amzn/2018/x86_64/4.14.26-46.32.amzn1.x86_64.btf", small_kernel({.task = 1})},
      {"ubuntu/20.04/x86_64/5.4.0-42-generic.btf", small_kernel({.task = 2})},
      {"ubuntu/20.04/x86_64/5.4.0-47-generic.btf", small_kernel({.task = 2, .unasked = 1})},
      {"ubuntu/20.04/arm64/5.4.0-42-generic.btf", small_kernel({.task = 3})},
  };

  Checkout() {
    for (const auto& [path, kernel] : kernels) {
      put(archive / (path + ".tar.xz"),
          compressed(TarForge().file("./" + fs::path(path).filename().string(), kernel).bytes(), Compression::xz));
    }
    put(archive / "ubuntu/20.04/x86_64/5.4.0-48-generic.failed", "");
    put(archive / "ubuntu/20.04/x86_64/5.8.0-1-generic.hasbtf", "");
    put(archive / "README.md", "text");
    fs::create_directory_symlink("2018", archive / "amzn/1");
  }

  [[nodiscard]] CommandResult btfgen(std::vector<std::string> arguments, const std::string& here = "") const {
    arguments.insert(arguments.begin(), "btfgen");
    return run_min_btf(arguments, {.directory = here.empty() ? directory.path().string() : here});
  }

  [[nodiscard]] Contents expected(const std::string& arch, const std::vector<std::string>& objects) const {
    Contents contents;
    for (const auto& [path, kernel] : kernels) {
      if (path.find("/" + arch + "/") != std::string::npos) contents[path] = reduced(objects, kernel);
    }
    return contents;
  }
};

}  // namespace

TEST_CASE("cli_btfgen: in a checkout, custom-archive gets the same files as from the script, and no links") {
  const Checkout checkout;
  for (const char* arch : {"x86_64", "arm64"}) {
    fs::remove_all(checkout.custom);
    const CommandResult result = checkout.btfgen({"-a", arch, "-o", checkout.basic});
    CAPTURE(result.err);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK(count_of(result.out, "\n") == 1);
    CHECK(differences(contents_below(checkout.custom), checkout.expected(arch, {checkout.basic})) == Words{});
    CHECK(links_in(checkout.custom).empty());
  }
}

TEST_CASE("cli_btfgen: -a accepts every name of an architecture that BTFHub has") {
  const Checkout checkout;
  using Row = std::pair<const char*, const char*>;
  const auto [word, directory] = GENERATE(Row{"amd64", "x86_64"}, Row{"x86", "x86_64"}, Row{"aarch64", "arm64"});
  CAPTURE(word);
  CHECK(checkout.btfgen({"-a", word, "-o", checkout.basic}).status == 0);
  CHECK(differences(contents_below(checkout.custom), checkout.expected(directory, {checkout.basic})) == Words{});
}

TEST_CASE(
    "cli_btfgen: a checkout without kernels of the architecture is one error, and it does not mention --include") {
  const Checkout checkout;
  fs::remove_all(checkout.archive / "ubuntu/20.04/arm64");
  const CommandResult result = checkout.btfgen({"-a", "arm64", "-o", checkout.basic});
  CHECK(result.status == 1);
  CHECK(count_of(result.err, "\n") == 1);
  CHECK_THAT(result.err, Contains("archive: no kernel's BTF in it (") && !Contains("--include"));
}

TEST_CASE("cli_btfgen: -C names the checkout, and object paths stay relative to the working directory") {
  const Checkout checkout;
  const TempDir caller;
  fs::copy(checkout.basic, caller.path() / "basic.o");
  fs::create_directory(caller.path() / "more");
  fs::copy(bpf_object("ambiguous"), caller.path() / "more/ambiguous.o");
  const CommandResult result = checkout.btfgen(
      {"-C", checkout.directory.path(), "-a", "x86_64", "-o", "basic.o", "-o", "more/ambiguous.o", "-j2"},
      caller.path().string());
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(differences(contents_below(checkout.custom),
                    checkout.expected("x86_64", {checkout.basic, bpf_object("ambiguous")})) == Words{});
  CHECK(caller.entries() == std::vector<std::string>{"basic.o", "more"});
}

TEST_CASE("cli_btfgen: reduced BTF of earlier runs is removed, other files are kept") {
  const Checkout checkout;
  REQUIRE(checkout.btfgen({"-a", "arm64", "-o", checkout.basic}).status == 0);
  put(checkout.custom / "README.md", "theirs");
  put(checkout.custom / "ubuntu/20.04/arm64/notes", "mine");
  REQUIRE(checkout.btfgen({"-a", "x86_64", "-o", checkout.basic}).status == 0);
  Contents expected = checkout.expected("x86_64", {checkout.basic});
  expected["README.md"] = "theirs";
  expected["ubuntu/20.04/arm64/notes"] = "mine";
  CHECK(differences(contents_below(checkout.custom), expected) == Words{});
}

TEST_CASE("cli_btfgen: a corrupt kernel is an error with exit status 1, and the other kernels are reduced") {
  const Checkout checkout;
  const fs::path bad = checkout.archive / "ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz";
  fs::resize_file(bad, fs::file_size(bad) / 2);
  const CommandResult result = checkout.btfgen({"-a", "x86_64", "-o", checkout.basic});
  CHECK(result.status == 1);
  CHECK(count_of(result.err, "\n") == 1);
  CHECK_THAT(result.err, StartsWith("min-btf: error: archive/ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz: "));
  Contents expected = checkout.expected("x86_64", {checkout.basic});
  expected.erase("ubuntu/20.04/x86_64/5.4.0-42-generic.btf");
  CHECK(differences(contents_below(checkout.custom), expected) == Words{});
}

TEST_CASE("cli_btfgen: a second run gives the same tree, with and without a cache") {
  const Checkout checkout;
  const fs::path custom = checkout.custom;
  REQUIRE(checkout.btfgen({"-a", "x86_64", "-o", checkout.basic}).status == 0);
  const std::string first = tar_bytes(custom);
  for (int i = 0; i < 2; ++i) {
    const CommandResult result = checkout.btfgen({"-a", "x86_64", "-o", checkout.basic, "--cache", "cache"});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains("; cache: " + std::to_string(3 * i) + " of 3 results reused"));
    CHECK((tar_bytes(custom) == first));
  }
}

TEST_CASE("cli_btfgen: wrong usage is an error, and nothing is written") {
  const Checkout checkout;
  const std::string where = checkout.directory.path().string();
  const std::string& object = checkout.basic;
  check_usage_error({"btfgen", "-C", where, "-o", object}, "-a is missing: x86_64 or arm64");
  check_usage_error({"btfgen", "-C", where, "-a", "s390x", "-o", object}, "'s390x' is neither x86_64 nor arm64");
  check_usage_error({"btfgen", "-C", where, "-a", "i386", "-o", object},
                    "'i386' is neither x86_64 nor arm64, the architectures of BTFHub (see");
  check_usage_error({"btfgen", "-C", where, "-a", "amd46", "-o", object}, "; did you mean 'amd64'?");
  check_usage_error({"btfgen", "-C", where, "-a", "x32", "-o", object},
                    "'x32' is neither a word for x86_64 nor for arm64 (see");
  check_usage_error({"btfgen", "-C", where, "-a", "x86_64"}, "-o is missing");
  check_usage_error({"btfgen", "-C", where, "-a", "x86_64", object}, "btfgen takes options only");
  check_usage_error({"btfgen", "-C", where, "-a", "x86_64", "-o", object, "-j", "many"}, "--jobs: 'many'");
  CHECK_FALSE(fs::exists(checkout.custom));
  const TempDir empty;
  const CommandResult result = checkout.btfgen({"-a", "x86_64", "-o", object}, empty.path().string());
  CHECK(result.status == 1);
  CHECK(result.err ==
        "min-btf: error: archive: no such directory; -C names the checkout of BTFHub, which has to contain archive/\n");
  const CommandResult missing = checkout.btfgen({"-a", "x86_64", "-o", "missing.o"});
  CHECK(missing.status == 1);
  CHECK_THAT(missing.err, StartsWith("min-btf: error: missing.o: "));
  CHECK_FALSE(fs::exists(checkout.custom));
  const CommandResult help = run_min_btf({"btfgen", "--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, StartsWith("Usage: min-btf btfgen -a ARCH -o OBJECT"));
}
