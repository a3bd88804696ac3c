// SPDX-License-Identifier: BSD-2-Clause
// `min-btf select`, run as a user does. Each REDUCED has the same kernels in five forms.
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "archive/input/bundle_machine.hpp"
#include "archive/package/bundle_writer.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::string>;

Bytes content(std::uint32_t number) { return small_kernel({.task = number, .unasked = 0}); }

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

struct Kernel {
  const char* id;
  const char* version;
  const char* architecture;
  const char* release;
  std::uint32_t content;

  [[nodiscard]] std::string path() const {
    return std::string(id) + "/" + version + "/" + architecture + "/" + release + ".btf";
  }
};

/// Kernels for each rank of the lookup.
const std::vector<Kernel> all_kernels = {
    {"ubuntu", "18.04", "x86_64", "5.4.0-42-generic", 1},
    {"ubuntu", "20.04", "x86_64", "5.4.0-42-generic", 2},
    {"ubuntu", "20.04", "x86_64", "5.8.0-1-generic", 3},
    {"debian", "10", "x86_64", "5.8.0-1-generic", 4},
    {"centos", "8", "x86_64", "4.18.0-305.el8.x86_64", 5},
    {"fedora", "30", "x86_64", "4.18.0-305.el8.x86_64", 6},
    {"debian", "12", "arm64", "6.1.0-50-arm64", 7},
    {"debian", "12", "x86_64", "6.1.0-50-amd64", 8},
    {"ubuntu", "22.04", "x86_64", "5.15.0-40-generic", 9},
    {"ubuntu", "22.04", "x86_64", "5.15.0-44-generic", 9},
    {"ubuntu", "22.04", "x86_64", "5.15.0-60-generic", 10},
    {"debian", "11", "arm64", "5.10.0-8", 11},
    {"debian", "11", "x86_64", "5.10.0-8", 12},
};

const std::vector<std::string> forms = {"bundle", "tree", "archive", "pack"};

/// The kernels in each form, and os-release files.
struct SelectPlace {
  TempDir directory;
  fs::path tree = directory.path() / "btfs";
  std::string output = directory.file("out.btf");

  explicit SelectPlace(const std::vector<Kernel>& kernels = all_kernels) {
    for (const Kernel& kernel : kernels) put(tree / kernel.path(), content(kernel.content));
    static_cast<void>(directory.write("btfs.bundle", bundle(kernels)));
  }

  static Bytes bundle(const std::vector<Kernel>& kernels) {
    std::vector<Bytes> contents;
    for (const Kernel& kernel : kernels) contents.push_back(content(kernel.content));
    std::vector<archive::BundleKernel> entries;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const archive::Architecture& architecture = *archive::find_architecture(kernels[i].architecture);
      entries.push_back({.machine = archive::bundle_machine(architecture, ByteOrder::little),
                         .release = kernels[i].release,
                         .id = kernels[i].id,
                         .version_id = kernels[i].version,
                         .build = "",
                         .btf = contents[i]});
    }
    return archive::bundle_of(std::move(entries));
  }

  /// Returns the path of REDUCED in a form.
  [[nodiscard]] std::string reduced(const std::string& form) const {
    if (form == "tree") return tree.string();
    if (form == "bundle") return directory.file("btfs.bundle");
    std::string file = directory.file(form == "pack" ? "btfs.pack" : "btfs.tar.gz");
    if (fs::exists(file)) return file;
    const CommandResult made = form == "pack" ? run_min_btf({"pack", file, tree})
                                              : run_command({"tar", "-czf", file, "-C", tree.string(), "."});
    REQUIRE(made.status == 0);
    return file;
  }

  [[nodiscard]] std::string os_release(const std::string& text) const { return directory.write("os-release", text); }

  [[nodiscard]] static CommandResult run(Words words, const CommandOptions& options = {}) {
    words.insert(words.begin(), "select");
    return run_min_btf(std::move(words), options);
  }

  /// Runs `select` for a kernel of x86_64 on a system with this os-release. An empty text: without --os-release.
  [[nodiscard]] CommandResult find(const std::string& form, const std::string& release, const std::string& text,
                                   Words more = {}) const {
    Words words = {reduced(form), "--machine=x86_64", "--release=" + release};
    if (!text.empty()) words.push_back("--os-release=" + os_release(text));
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
};

/// A search and its answer. `content` is 0 if there is none.
struct Search {
  const char* release;
  const char* os_release;
  Words options;
  const char* reason;
  std::uint32_t content;
};

const std::vector<Search> searches = {
    {"5.4.0-42-generic", "ID=ubuntu\nVERSION_ID=\"18.04\"\n", {}, "exact", 1},
    {"5.4.0-42-generic", "ID=ubuntu\nVERSION_ID=\"20.04\"\n", {"--strict"}, "exact", 2},
    {"5.4.0-42-generic", "ID=ubuntu\nVERSION_ID=\"19.10\"\n", {}, "ambiguous", 0},
    {"5.4.0-42-generic", "", {}, "other-distro", 0},
    {"4.18.0-305.el8.x86_64", "ID=\"centos\"\nVERSION_ID=\"8.4\"\n", {}, "version-prefix", 5},
    {"4.18.0-305.el8.x86_64", "ID=\"rhel\"\nVERSION_ID=\"8.4\"\n", {}, "family", 5},
    {"4.18.0-305.el8.x86_64", "ID=\"rhel\"\nVERSION_ID=\"9.1\"\n", {}, "other-distro", 0},
    {"5.8.0-1-generic", "ID=ubuntu\nVERSION_ID=\"22.04\"\n", {}, "same-id", 3},
    {"5.8.0-1-generic", "ID=linuxmint\nVERSION_ID=\"20\"\nID_LIKE=\"ubuntu debian\"\n", {}, "id-like", 3},
    {"5.8.0-1-generic", "ID=arch\n", {}, "other-distro", 0},
    {"6.1.0-50-amd64", "ID=debian\nVERSION_ID=\"12\"\n", {}, "exact", 8},
    {"6.1.0-50-amd64", "ID=ubuntu\nVERSION_ID=\"23.04\"\n", {}, "release-only", 8},
    {"6.1.0-50-amd64", "", {}, "release-only", 8},
    {"6.1.0-50-amd64", "ID=ubuntu\nVERSION_ID=\"23.04\"\n", {"--strict"}, "strict", 0},
    {"6.1.0-50-arm64", "ID=debian\nVERSION_ID=\"12\"\n", {}, "no-release", 0},
    {"6.1.0-50-amd6", "ID=debian\nVERSION_ID=\"12\"\n", {}, "no-release", 0},
    {"5.15.0-42-generic", "ID=ubuntu\nVERSION_ID=\"22.04\"\n", {}, "no-release", 0},
    {"5.15.0-42-generic", "ID=ubuntu\nVERSION_ID=\"22.04\"\n", {"--nearest"}, "nearest", 9},
    {"5.15.0-50-generic", "ID=ubuntu\nVERSION_ID=\"22.04\"\n", {"--nearest"}, "no-release", 0},
    {"5.15.0-70-generic", "ID=ubuntu\nVERSION_ID=\"22.04\"\n", {"--nearest"}, "no-release", 0},
    {"5.15.0-42-generic", "ID=ubuntu\nVERSION_ID=\"20.04\"\n", {"--nearest"}, "no-release", 0},
    {"5.15.0-42-generic", "", {"--nearest"}, "no-release", 0},
    {"5.10.0-8", "ID=debian\nVERSION_ID=\"11\"\n", {}, "exact", 12},
};

void check_one_error(const CommandResult& result, const std::string& message) {
  CAPTURE(result.err);
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, StartsWith("min-btf: error: ") && Contains(message));
  CHECK(count_of(result.err, "\n") == 1);
}

}  // namespace

TEST_CASE("cli_select: a bundle, a tree, an archive and a pack give the same answers, and -o writes the BTF") {
  const SelectPlace place;
  const std::string basic = bpf_object("basic");
  for (const std::string& form : forms) {
    for (const Search& search : searches) {
      Words more = search.options;
      more.insert(more.end(), {"--json", "-o", place.output});
      static_cast<void>(place.directory.write("out.btf", "old"));
      const CommandResult result = place.find(form, search.release, search.os_release, more);
      CAPTURE(form, search.release, search.os_release, search.options, result.out);
      CHECK(result.err.empty());
      REQUIRE(result.status == (search.content != 0 ? 0 : 3));
      const json document = document_of(result);
      CHECK(document.at("form") == form);
      CHECK(document.at("reason") == search.reason);
      CHECK(document.at("found") == (search.content != 0));
      const std::string written = contents_of(place.output);
      if (search.content == 0) {
        CHECK(written == "old");
        CHECK_FALSE(document.contains("output"));
        continue;
      }
      CHECK(document.at("output") == place.output);
      CHECK(document.at("bytes") == written.size());
      CHECK(document.at("types_only") == (form == "pack"));
      const Bytes expected = content(search.content);
      if (form != "pack") {
        CHECK((written == text_of(expected)));
      } else {
        CHECK((reduced({basic}, Bytes(written.begin(), written.end())) == reduced({basic}, expected)));
      }
    }
  }
}

TEST_CASE("cli_select: the line has the kernel, the reason, the size and the output") {
  const SelectPlace place;
  const std::string ubuntu = "ID=ubuntu\nVERSION_ID=\"18.04\"\n";
  const std::string size = std::to_string(content(1).size());
  for (const std::string& form : forms) {
    CAPTURE(form);
    const CommandResult result = place.find(form, "5.4.0-42-generic", ubuntu, {"-o", place.output});
    CHECK_THAT(result.out, StartsWith(place.reduced(form) + ": ubuntu/18.04/x86_64/5.4.0-42-generic.btf: exact (") &&
                               Contains(" bytes") && EndsWith(" -> " + place.output + "\n"));
    CHECK(count_of(result.out, "\n") == 1);
    if (form != "pack") CHECK_THAT(result.out, Contains("; " + size + " bytes -> "));
    CHECK(count_of(result.out, "; types only, from a pack") == (form == "pack" ? 1 : 0));
    CHECK_THAT(place.find(form, "5.4.0-42-generic", ubuntu).out, !Contains("->"));
    CHECK(place.find(form, "5.4.0-42-generic", ubuntu, {"-q"}).out.empty());
  }
}

TEST_CASE("cli_select: with -o - the BTF is on standard output and the line on standard error") {
  const SelectPlace place;
  for (const std::string& form : forms) {
    CAPTURE(form);
    const CommandResult found = place.find(form, "6.1.0-50-amd64", "", {"-o", "-"});
    CHECK(found.status == 0);
    if (form != "pack") CHECK((found.out == text_of(content(8))));
    CHECK_THAT(found.err, Contains(": release-only (") && EndsWith(" -> standard output\n"));
    const CommandResult missing = place.find(form, "6.1.0-51-amd64", "", {"-o", "-"});
    CHECK(missing.status == 3);
    CHECK(missing.out.empty());
    CHECK_THAT(missing.err, Contains(": no BTF: no-release ("));
  }
}

TEST_CASE("cli_select: if nothing is found, the lines state what was tried") {
  const SelectPlace place;
  const std::string mint = "ID=linuxmint\nVERSION_ID=\"20\"\nID_LIKE=\"ubuntu\"\n";
  for (const std::string& form : forms) {
    CAPTURE(form);
    const CommandResult missing = place.find(form, "5.15.0-42-generic", mint, {"--build=#1 SMP"});
    CHECK(missing.status == 3);
    CHECK(missing.err.empty());
    CHECK_THAT(missing.out,
               StartsWith(place.reduced(form) + ": no BTF: no-release (") && Contains("\n  machine     x86_64\n") &&
                   Contains("\n  release     5.15.0-42-generic\n") && Contains("\n  build       #1 SMP\n") &&
                   Contains("\n  os-release  ID linuxmint, VERSION_ID 20, ID_LIKE ubuntu (") &&
                   Contains("\n  nearest     ubuntu/22.04/x86_64/5.15.0-40-generic.btf (not used)\n") &&
                   Contains("\n  nearest     ubuntu/22.04/x86_64/5.15.0-44-generic.btf (not used)\n"));

    const CommandResult other = place.find(form, "6.1.0-50-arm64", mint);
    CHECK(other.status == 3);
    CHECK_THAT(other.out, Contains("\n  refused     debian/12/arm64/6.1.0-50-arm64.btf: a kernel of arm64\n"));

    const CommandResult ambiguous = place.find(form, "5.4.0-42-generic", "ID=ubuntu\nVERSION_ID=\"19.10\"\n");
    CHECK_THAT(ambiguous.out, Contains(": no BTF: ambiguous (") &&
                                  Contains("\n  between     ubuntu/18.04/x86_64/5.4.0-42-generic.btf, "
                                           "ubuntu/20.04/x86_64/5.4.0-42-generic.btf\n"));

    const CommandResult unfit = place.find(form, "5.8.0-1-generic", "ID=arch\n");
    CHECK_THAT(unfit.out, Contains(": no BTF: other-distro (") &&
                              Contains("\n  refused     debian/10/x86_64/5.8.0-1-generic.btf: ID is debian, ") &&
                              Contains("\n  refused     ubuntu/20.04/x86_64/5.8.0-1-generic.btf: ID is ubuntu, "));

    const CommandResult strict = place.find(form, "6.1.0-50-amd64", mint, {"--strict"});
    CHECK_THAT(strict.out, Contains(": no BTF: strict (") &&
                               Contains("\n  refused     debian/12/x86_64/6.1.0-50-amd64.btf: ID is debian, "));
    const CommandResult machine = SelectPlace::run({place.reduced(form), "--machine=vax", "--release=6.1.0-50-amd64"});
    CHECK(machine.status == 3);
    CHECK_THAT(machine.out, Contains(": no BTF: unknown-machine (") && Contains("\n  machine     vax\n"));
  }
}

TEST_CASE("cli_select: --json has the kernels, the refused kernels and the nearest releases") {
  const SelectPlace place;
  for (const std::string& form : forms) {
    CAPTURE(form);
    const json found = document_of(place.find(form, "6.1.0-50-amd64", "ID=kali\nVERSION_ID=\"1\"\n", {"--json"}));
    CHECK(found.at("reduced") == place.reduced(form));
    CHECK(found.at("system") == json{{"machine", "x86_64"},
                                     {"release", "6.1.0-50-amd64"},
                                     {"id", "kali"},
                                     {"version_id", "1"},
                                     {"os_release", place.directory.file("os-release")}});
    CHECK(found.at("kernels") == json::array({{{"path", "debian/12/x86_64/6.1.0-50-amd64.btf"},
                                               {"architecture", "x86_64"},
                                               {"release", "6.1.0-50-amd64"},
                                               {"id", "debian"},
                                               {"version_id", "12"}}}));
    CHECK(found.at("refused") == json::array());
    CHECK(found.at("x86_64_for_i386") == false);
    CHECK_FALSE(found.contains("nearest"));
    CHECK_FALSE(found.contains("output"));
    const json missing = document_of(place.find(form, "6.1.0-50-arm64", "ID=debian\nVERSION_ID=12\n", {"--json"}));
    CHECK(missing.at("found") == false);
    CHECK(missing.at("kernels") == json::array());
    CHECK(missing.at("refused") ==
          json::array({{{"path", "debian/12/arm64/6.1.0-50-arm64.btf"}, {"reason", "a kernel of arm64"}}}));
    CHECK(missing.at("nearest").is_array());
    CHECK_FALSE(missing.contains("bytes"));
  }
}

TEST_CASE("cli_select: an i686 machine gets a kernel of x86_64 if there is none of i386, and the line states it") {
  const SelectPlace place;
  for (const std::string& form : forms) {
    CAPTURE(form);
    const CommandResult result = SelectPlace::run({place.reduced(form), "--machine=i686", "--release=6.1.0-50-amd64"});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains("; the BTF is that of an x86_64 kernel"));
    CHECK(document_of(SelectPlace::run({place.reduced(form), "--machine=i686", "--release=6.1.0-50-amd64", "--json"}))
              .at("x86_64_for_i386") == true);
  }
}

TEST_CASE("cli_select: words for machines are those of uname, Debian and Go") {
  const SelectPlace place;
  for (const char* word : {"aarch64", "arm64", "armv8l"}) {
    const CommandResult result =
        SelectPlace::run({place.reduced("tree"), std::string("--machine=") + word, "--release=6.1.0-50-arm64"});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains(": debian/12/arm64/6.1.0-50-arm64.btf: "));
  }
}

TEST_CASE("cli_select: without options the machine is this one, with its os-release") {
  utsname self{};
  REQUIRE(::uname(&self) == 0);
  const std::string release = self.release;
  const auto* const architecture = archive::find_architecture(self.machine);
  REQUIRE(architecture != nullptr);
  const TempDir directory;
  const std::string here = "some/1/" + std::string(architecture->name) + "/" + release + ".btf";
  put(directory.path() / "btfs" / here, content(1));
  put(directory.path() / "btfs/some/1/x86_64/1.0.0.btf", content(2));
  const std::string tree = directory.file("btfs");
  const bool has_os_release = fs::exists("/etc/os-release") || fs::exists("/usr/lib/os-release");

  const json own = document_of(SelectPlace::run({tree, "--json"}));
  CHECK(own.at("reason") == "release-only");
  CHECK(own.at("kernels").at(0).at("path") == here);
  CHECK(own.at("system").at("machine") == self.machine);
  CHECK(own.at("system").at("release") == release);
  CHECK(own.at("system").at("build") == self.version);
  CHECK(own.at("system").contains("os_release") == has_os_release);
  // The same values on the command line are this machine, too.
  const json same =
      document_of(SelectPlace::run({tree, "--json", std::string("--machine=") + self.machine, "--release=" + release}));
  CHECK(same.at("system") == own.at("system"));

  // Another kernel is not one of this distribution, and has another build.
  const json other = document_of(SelectPlace::run({tree, "--json", "--machine=x86_64", "--release=1.0.0"}));
  CHECK(other.at("system") == json{{"machine", "x86_64"}, {"release", "1.0.0"}});
  CHECK(other.at("reason") == "release-only");
  const CommandResult missing = SelectPlace::run({tree, "--machine=x86_64", "--release=1.0.1"});
  CHECK(missing.status == 3);
  CHECK_THAT(missing.out, Contains("\n  build       unknown\n") &&
                              Contains("\n  os-release  unknown (not that of this machine; --os-release names one)\n"));
  // Without --machine it is that of this machine.
  CHECK(document_of(SelectPlace::run({tree, "--json", "--release=1.0.1"})).at("system").at("machine") == self.machine);
}

TEST_CASE("cli_select: an os-release file that is missing or no file is an error, an empty one has no values") {
  const SelectPlace place;
  for (const std::string& form : forms) {
    CAPTURE(form);
    const Words words = {place.reduced(form), "--machine=x86_64", "--release=6.1.0-50-amd64"};
    const auto with = [&](const std::string& path) {
      Words all = words;
      all.push_back("--os-release=" + path);
      return SelectPlace::run(all);
    };
    check_one_error(with(place.directory.file("missing")), place.directory.file("missing") + ": cannot open");
    check_one_error(with(place.directory.path().string()), "a directory");
    const CommandResult empty = with(place.os_release(""));
    CHECK(empty.status == 0);
    CHECK_THAT(empty.out, Contains(": release-only ("));
  }
  const CommandResult from_stdin =
      SelectPlace::run({place.reduced("tree"), "--machine=x86_64", "--release=5.4.0-42-generic", "--os-release=-"},
                       {.stdin_path = place.os_release("ID=ubuntu\nVERSION_ID=20.04\n")});
  CHECK_THAT(from_stdin.out, Contains(": exact ("));
}

TEST_CASE("cli_select: a kernel whose path states no architecture or whose byte order is wrong is refused") {
  const SelectPlace place(std::vector<Kernel>{{"debian", "12", "x86_64", "6.1.0", 1}});
  put(place.tree / "debian/11/5.10.0.btf", content(2));
  const Bytes big = kernel_btf("eb");
  put(place.tree / "debian/11/x86_64/5.11.0.btf", big);
  put(place.tree / "debian/11/s390x/5.12.0.btf", big);
  for (const std::string form : {"tree", "archive"}) {
    CAPTURE(form);
    const CommandResult no_architecture = place.find(form, "5.10.0", "");
    CHECK(no_architecture.status == 3);
    CHECK_THAT(no_architecture.out, Contains("\n  refused     debian/11/5.10.0.btf: its path states no architecture"));
    const CommandResult other_order = place.find(form, "5.11.0", "");
    CHECK(other_order.status == 3);
    CHECK_THAT(other_order.out, Contains("\n  refused     debian/11/x86_64/5.11.0.btf: the BTF is big-endian, and "
                                         "kernels of x86_64 are little-endian\n"));
    CHECK(SelectPlace::run({place.reduced(form), "--machine=s390x", "--release=5.12.0"}).status == 0);
  }
}

TEST_CASE("cli_select: kernels of a bundle that differ in their build are distinguished by it") {
  const TempDir directory;
  const Bytes one = content(1);
  const Bytes other = content(2);
  archive::BundleKernel kernel = {
      .machine = archive::bundle_machine(*archive::find_architecture("x86_64"), ByteOrder::little),
      .release = "4.19.0-20-amd64",
      .id = "debian",
      .version_id = "10",
      .build = "#1 SMP Debian 4.19.235-1",
      .btf = one};
  std::vector<archive::BundleKernel> kernels = {kernel};
  kernel.build = "#1 SMP Debian 4.19.249-2";
  kernel.btf = other;
  kernels.push_back(kernel);
  const std::string bundle = directory.write("btfs.bundle", archive::bundle_of(kernels));
  const std::string os_release = directory.write("os-release", "ID=debian\nVERSION_ID=10\n");
  const auto find = [&](const Words& more) {
    Words words = {bundle, "--machine=x86_64", "--release=4.19.0-20-amd64", "--os-release=" + os_release};
    words.insert(words.end(), more.begin(), more.end());
    return SelectPlace::run(words);
  };
  const CommandResult found = find({"--build=#1 SMP Debian 4.19.249-2", "-o", directory.file("out.btf")});
  CHECK(found.status == 0);
  CHECK_THAT(found.out, Contains("/4.19.0-20-amd64.btf (build #1 SMP Debian 4.19.249-2): exact (") &&
                            Contains("; only kernels of this build count -> "));
  CHECK((contents_of(directory.file("out.btf")) == text_of(other)));
  const CommandResult ambiguous = find({"--build=#2"});
  CHECK(ambiguous.status == 3);
  CHECK_THAT(ambiguous.out, Contains(": no BTF: ambiguous (") && Contains(" (build #1 SMP Debian 4.19.235-1), ") &&
                                Contains(" (build #1 SMP Debian 4.19.249-2)\n"));
  const json document = document_of(find({"--build=#1 SMP Debian 4.19.235-1", "--json"}));
  CHECK(document.at("same_build") == true);
  CHECK(document.at("refused").size() == 1);
  CHECK(document.at("kernels").at(0).at("build") == "#1 SMP Debian 4.19.235-1");
}

TEST_CASE("cli_select: links in a tar that was packed are kernels") {
  const SelectPlace place(std::vector<Kernel>{{"debian", "12", "x86_64", "6.1.0", 1}});
  fs::create_symlink("6.1.0.btf", place.tree / "debian/12/x86_64/6.2.0.btf");
  const std::string pack = place.directory.file("links.pack");
  REQUIRE(run_min_btf({"pack", pack, place.reduced("archive")}).status == 0);
  for (const char* release : {"6.1.0", "6.2.0"}) {
    const CommandResult result = SelectPlace::run({pack, "--machine=x86_64", std::string("--release=") + release});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains(": debian/12/x86_64/" + std::string(release) + ".btf: release-only ("));
  }
}

TEST_CASE("cli_select: quotes around ID and vmlinux- before a release are left off") {
  const SelectPlace place(std::vector<Kernel>{{"debian", "12", "x86_64", "6.1.0", 1}});
  put(place.tree / "\"centos\"/8/x86_64/vmlinux-6.1.0.btf", content(2));
  put(place.tree / "ubuntu/20.04/x86_64/vmlinux-5.4.0-42-generic.btf", content(3));
  for (const std::string form : {"tree", "archive", "pack"}) {
    CHECK(document_of(place.find(form, "6.1.0", "ID=centos\nVERSION_ID=8\n", {"--json"})).at("reason") == "exact");
    // A release finds the only kernel with it, as in a bundle that is shipped from this tree.
    CHECK(document_of(place.find(form, "5.4.0-42-generic", "", {"--json"})).at("reason") == "release-only");
  }
}

TEST_CASE("cli_select: a tree is read only where the answer needs it") {
  const SelectPlace place;
  // Files of other releases and machines are damaged, or cannot be opened.
  put(place.tree / "ubuntu/20.04/x86_64/5.4.0-43-generic.btf", "damaged");
  put(place.tree / "ubuntu/20.04/arm64/5.4.0-42-generic.btf", "damaged");
  put(place.tree / "ubuntu/22.04/x86_64/5.15.0-70-generic.btf", "damaged");
  put(place.tree / "README.txt", "text");
  fs::create_symlink("nowhere", place.tree / "ubuntu/20.04/x86_64/5.4.0-44-generic.btf");
  for (const std::string form : {"tree", "archive"}) {
    CAPTURE(form);
    const std::string ubuntu = "ID=ubuntu\nVERSION_ID=\"20.04\"\n";
    CHECK(place.find(form, "5.4.0-42-generic", ubuntu).status == 0);
    CHECK(place.find(form, "5.15.0-42-generic", "ID=ubuntu\nVERSION_ID=22.04\n", {"--nearest"}).status == 0);
    // Those that the answer needs are errors.
    check_one_error(place.find(form, "5.4.0-43-generic", ubuntu), "ubuntu/20.04/x86_64/5.4.0-43-generic.btf");
    check_one_error(place.find(form, "5.4.0-44-generic", ubuntu), "ubuntu/20.04/x86_64/5.4.0-44-generic.btf");
    check_one_error(place.find(form, "5.15.0-65-generic", "ID=ubuntu\nVERSION_ID=22.04\n", {"--nearest"}),
                    "ubuntu/22.04/x86_64/5.15.0-70-generic.btf");
  }
}

TEST_CASE("cli_select: compressed files, tars of one file and links are read, and one path has one content") {
  const SelectPlace place(std::vector<Kernel>{{"debian", "12", "x86_64", "6.1.0", 1}});
  put(place.tree / "debian/12/x86_64/6.2.0.btf.xz", compressed(content(2), Compression::xz));
  put(place.tree / "debian/12/x86_64/6.3.0.btf.tar.gz",
      compressed(TarForge().file("6.3.0.btf", content(3)).bytes(), Compression::gzip));
  fs::create_symlink("6.1.0.btf", place.tree / "debian/12/x86_64/6.4.0.btf");
  put(place.tree / "debian/12/x86_64/6.5.0.btf", content(5));
  put(place.tree / "debian/12/x86_64/6.5.0.btf.gz", compressed(content(6), Compression::gzip));
  for (const std::string form : {"tree", "archive"}) {
    for (const auto& [release, number] :
         std::vector<std::pair<std::string, std::uint32_t>>{{"6.1.0", 1}, {"6.2.0", 2}, {"6.3.0", 3}, {"6.4.0", 1}}) {
      CAPTURE(form, release);
      REQUIRE(place.find(form, release, "", {"-o", place.output}).status == 0);
      CHECK((contents_of(place.output) == text_of(content(number))));
    }
    check_one_error(place.find(form, "6.5.0", ""), "with different contents");
  }
}

TEST_CASE("cli_select: a bundle and an archive may be compressed and come through a pipe or standard input") {
  const SelectPlace place;
  const std::string bundle = contents_of(place.reduced("bundle"));
  std::vector<std::string> files = {place.reduced("bundle"), place.reduced("archive")};
  for (const Compression compression : all_compressions) {
    files.push_back(place.directory.write("btfs.bundle." + name_of(compression), compressed(bundle, compression)));
  }
  const Words words = {"--machine=x86_64", "--release=6.1.0-50-amd64", "-o", place.output};
  for (const std::string& file : files) {
    CAPTURE(file);
    for (const std::string& reduced : {file, std::string("-"), std::string("/dev/fd/0")}) {
      Words all = words;
      all.push_back(reduced);
      CHECK(SelectPlace::run(all, {.stdin_path = file}).status == 0);
      CHECK((contents_of(place.output) == text_of(content(8))));
    }
    const CommandResult piped = run_command(
        {"sh", "-c",
         "cat '" + file + "' | " + TEST_BINARY + " select --machine=x86_64 --release=6.1.0-50-amd64 -o - -"});
    CHECK(piped.status == 0);
    CHECK((piped.out == text_of(content(8))));
  }
}

TEST_CASE("cli_select: a damaged REDUCED, or one of another kind, is one error") {
  const SelectPlace place;
  const auto find = [](const std::string& file) {
    return SelectPlace::run({file, "--machine=x86_64", "--release=6.1.0-50-amd64"});
  };
  std::string bundle = contents_of(place.reduced("bundle"));
  check_one_error(find(place.directory.write("cut", bundle.substr(0, bundle.size() - 1))), "the bundle is truncated");
  std::string changed = bundle;
  changed.back() = static_cast<char>(changed.back() ^ 1);  // in a content that is not the answer
  check_one_error(find(place.directory.write("changed", changed)), "the bundle is damaged");
  std::string newer = bundle;
  newer[8] = 2;
  check_one_error(find(place.directory.write("newer", newer)), "newer format");
  const Bytes packed = compressed(bundle, Compression::gzip);
  check_one_error(find(place.directory.write("cut.gz", std::span(packed).first(packed.size() / 2))), "cut.gz");
  const std::string tar = contents_of(place.reduced("archive"));
  check_one_error(find(place.directory.write("cut.tar.gz", tar.substr(0, tar.size() / 2))), "cut.tar.gz");
  const std::string pack = contents_of(place.reduced("pack"));
  check_one_error(find(place.directory.write("cut.pack", pack.substr(0, pack.size() / 2))), "cut.pack");

  check_one_error(find(place.directory.write("text", "text\n")), "not BTF, but a text file");
  check_one_error(find(place.directory.file("missing")), "cannot open");
  check_one_error(find(bpf_object("basic")), "not BTF, but ");
  fs::create_directory(place.directory.path() / "empty");
  check_one_error(find(place.directory.file("empty")), "has no file that is named like a BTF");
  const std::string btf = place.directory.write("6.1.0.btf", content(1));
  const CommandResult nameless = SelectPlace::run({"-"}, {.stdin_path = btf});
  check_one_error(nameless, "whose kernel is not known");
}

TEST_CASE("cli_select: an output that cannot be written is one error, and the old file stays") {
  const SelectPlace place;
  const auto write = [&](const std::string& form, const std::string& output) {
    return place.find(form, "6.1.0-50-amd64", "", {"-o", output});
  };
  for (const std::string& form : forms) {
    CAPTURE(form);
    check_one_error(write(form, "/dev/full"), "/dev/full: cannot write");
    check_one_error(write(form, place.directory.file("missing/x.btf")), "missing/x.btf: cannot ");
    check_one_error(write(form, "/proc/x.btf"), "/proc/x.btf: cannot ");
  }
  const SmallDisk disk;
  if (!disk.is_mounted()) return skip_test("a tmpfs cannot be mounted");
  const std::string output = disk.directory().write("out", "old");
  try {
    static_cast<void>(disk.directory().write("filler", std::string(1U << 20U, 'x')));
  } catch (const std::runtime_error&) {  // as intended
  }
  for (const std::string& form : forms) {
    CAPTURE(form);
    check_one_error(write(form, output), "No space left on device");
    CHECK(contents_of(output) == "old");
    CHECK(disk.directory().entries() == Words{"filler", "out"});
  }
}

TEST_CASE("cli_select: wrong words are usage errors") {
  const SelectPlace place;
  const std::string tree = place.tree.string();
  check_usage_error({"select"}, "select needs a REDUCED");
  check_usage_error({"select", tree, "x"}, "select takes one REDUCED, but has 'x'");
  check_usage_error({"select", "--release", "", tree}, "--release: the value is empty");
  check_usage_error({"select", "--relaese=1", tree}, "did you mean '--release'?");
  check_usage_error({"select", "--release=" + std::string(65, '1'), tree}, "--release: ");
  check_usage_error({"select", "--machine=" + std::string(65, 'x'), tree}, "--machine: ");
  const json both = document_of(run_min_btf({"select", "--json", "-o", "-", tree}));
  CHECK(both.at("error").at("message") == "--json and the BTF cannot both go to standard output; name another file");
  check_usage_error({"select", "-o", tree, tree}, "is a directory");
  check_usage_error({"select", "-o", tree + "/x.btf", tree}, "would be in REDUCED");
  const std::string bundle = place.reduced("bundle");
  check_usage_error({"select", "-o", bundle, bundle}, "is REDUCED");
  check_usage_error({"select", "--os-release=-", "-"}, "standard input can be read only once");
  CHECK(run_on_terminal({"select", "--machine=x86_64", "--release=6.1.0-50-amd64", "-o", "-", tree}).status == 2);
  CHECK_THAT(run_min_btf({"help", "select"}).out, StartsWith("Usage: min-btf select ") && Contains("--os-release"));
}

TEST_CASE("cli_select: an interrupted run leaves the old output or the new one") {
  const SelectPlace place;
  const Words words = {"select", place.reduced("pack"), "--machine=x86_64", "--release=6.1.0-50-amd64",
                       "-o",     place.output};
  REQUIRE(run_min_btf(words).status == 0);
  const std::string complete = contents_of(place.output);
  const auto whole = time_of(words);
  const Words entries = place.directory.entries();
  int interrupted = 0;
  for (int i = 0; i < 40; ++i) {
    put(place.output, "old");
    const CommandResult result = run_and_signal(words, whole * i / 40, SIGINT);
    const std::string now = contents_of(place.output);
    CAPTURE(i, result.status, result.err);
    CHECK((now == "old" || now == complete));
    if (result.status == 130) {
      ++interrupted;
      CHECK_THAT(result.err, StartsWith("min-btf: interrupted"));
      if (now == "old") CHECK(count_of(result.err, "the output is written") == 0);
      if (now == complete) CHECK(count_of(result.err, "nothing was written") == 0);
    }
    CHECK(place.directory.entries() == entries);
  }
  CHECK(interrupted > 0);
}

TEST_CASE("cli_select: names from REDUCED and from os-release do not control the terminal") {
  const SelectPlace place(std::vector<Kernel>{{"debian", "12", "x86_64", "6.1.0", 1}});
  put(place.tree / "a\x1b[2J/1/x86_64/6.2.0.btf", content(2));
  put(place.tree / "b\n/1/x86_64/6.2.0.btf", content(3));
  const CommandResult result = place.find("tree", "6.2.0", "ID=\"c\x1b[2J\"\n");
  CHECK(result.status == 3);
  CHECK(result.out.find('\x1b') == std::string::npos);
  CHECK_THAT(result.out, Contains("\\x1b[2J") && Contains("b\\x0a/1/x86_64/6.2.0.btf"));
}
