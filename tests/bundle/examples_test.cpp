// SPDX-License-Identifier: BSD-2-Clause
// The programs in examples/libbpf and examples/go/exec_trace load their BPF object with BTF of the bundle that they
// carry, on a kernel whose own BTF is hidden. The commands of docs/bundle.md build and run them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <regex>

#include "bundle/hidden_btf.hpp"
#include "consumers/consumer_case.hpp"
#include "support/cli_case.hpp"
#include "support/os/skip.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

const fs::path source_dir = TEST_SOURCE_DIR;
const std::string own_btf = "/sys/kernel/btf/vmlinux";
const std::string debian_12 = "ID=debian\nVERSION_ID=\"12\"\n";

/// Returns the blocks of shell commands in a section of docs/bundle.md, in their order.
std::vector<std::string> commands_of(const std::string& section) {
  const std::string page = contents_of(source_dir / "docs/bundle.md");
  const std::string title = "\n## " + section + "\n";
  const std::size_t start = page.find(title);
  REQUIRE(start != std::string::npos);
  const std::string text = page.substr(start, page.find("\n## ", start + title.size()) - start);
  const std::string opening = "```sh\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    blocks.push_back(text.substr(at, text.find("```", at) - at));
  }
  return blocks;
}

/// A process in the events that an example prints.
struct Execution {
  int process = 0;
  int parent = 0;

  [[nodiscard]] bool is_own_parent() const { return process > 0 && process == parent; }
};

/// Returns the event of the program `path` in the output of an example.
std::optional<Execution> execution_of(const std::string& path, const std::string& output) {
  static const std::regex event(R"(exec: (.*): process (\d+), parent (\d+) \(.*\), PID namespace \d+)");
  for (std::sregex_iterator each(output.begin(), output.end(), event), end; each != end; ++each) {
    if ((*each)[1] == path) return Execution{std::stoi((*each)[2]), std::stoi((*each)[3])};
  }
  return std::nullopt;
}

/// Kernels of Debian 12 for a bundle: release -> BTF.
using Releases = std::vector<std::pair<std::string, std::vector<std::uint8_t>>>;

/// An example, in a copy of the files that the commands of docs/bundle.md use.
class Example {
 public:
  /// `section` of the page has the commands. The first block builds `program`, whose path is relative to the directory
  /// in which the commands are run.
  Example(const std::string& section, const fs::path& program)
      : blocks_(commands_of(section)), example_(directory_.path() / program) {
    fs::create_directory(root() / "include");
    fs::copy(source_dir / "include/minbtf", root() / "include/minbtf");
    fs::copy(source_dir / "examples", root() / "examples", fs::copy_options::recursive);
    fs::create_directory(root() / "bin");
    fs::create_symlink(TEST_BINARY, root() / "bin/min-btf");
    // No other process has this path in its event.
    fs::copy("/bin/true", traced_);
  }

  [[nodiscard]] const fs::path& root() const { return directory_.path(); }
  /// The program that run() and run_hidden() let the example run.
  [[nodiscard]] const std::string& traced() const { return traced_; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    return directory_.write(name, text);
  }

  /// Runs all blocks of the section, in one shell.
  [[nodiscard]] CommandResult run_page() const {
    std::string all;
    for (const std::string& block : blocks_) all += block;
    return run_commands(all);
  }

  /// Builds the example with a bundle of these kernels.
  void build(const Releases& kernels) const {
    const fs::path tree = root() / "kernels";
    const std::string machine = running_machine();
    fs::remove_all(tree);
    for (const auto& [release, btf] : kernels) {
      put(tree / "debian/12" / (machine == "aarch64" ? "arm64" : machine) / (release + ".btf"), btf);
    }
    REQUIRE_FALSE(blocks_.empty());
    const std::string& block = blocks_.front();
    const std::size_t at = block.find(own_btf);
    REQUIRE(at != std::string::npos);
    fs::remove(example_);
    const CommandResult built = run_commands(std::string(block).replace(at, own_btf.size(), tree.string()));
    CAPTURE(built.out, built.err);
    REQUIRE(built.status == 0);
    REQUIRE(fs::exists(example_));
    CHECK_THAT(built.err, !Catch::Contains("warning"));
  }

  /// Runs the example, which runs traced().
  [[nodiscard]] CommandResult run(std::vector<std::string> options) const { return run_command(command(options)); }
  /// As run(), without the BTF of the running kernel.
  [[nodiscard]] CommandResult run_hidden(std::vector<std::string> options) const {
    return run_without_btf(command(options));
  }

 private:
  [[nodiscard]] CommandResult run_commands(const std::string& commands) const {
    const std::string path = "PATH=" + (root() / "bin").string() + ":$PATH:/usr/sbin\n";
    // Nothing is downloaded, and all tests share the compiled packages.
    const std::string go = "export GOPROXY=off GOFLAGS= GOTOOLCHAIN=local GOCACHE=" TEST_GO_CACHE "\n";
    return run_command({"sh", "-e", "-c", path + go + commands}, {.directory = root().string()});
  }
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> options) const {
    options.insert(options.begin(), example_.string());
    options.push_back(traced_);
    return options;
  }

  TempDir directory_;
  std::vector<std::string> blocks_;
  fs::path example_;
  std::string traced_ = directory_.file("traced-program");
};

/// The kernel's BTF, with real_parent in the place of group_leader. A program that is relocated with it reports each
/// process as its own parent. With the right BTF, no process is.
std::vector<std::uint8_t> btf_with_own_parents() {
  const std::string bytes = contents_of(own_btf);
  const std::vector<std::uint8_t> btf(bytes.begin(), bytes.end());
  return with_swapped_members(btf, "real_parent", "group_leader");
}

std::vector<std::uint8_t> right_btf() {
  const std::string bytes = contents_of(own_btf);
  return {bytes.begin(), bytes.end()};
}

/// Checks that the example loaded with BTF for this reason, and traced its program.
Execution loaded(const Example& example, const CommandResult& result, const std::string& reason) {
  CAPTURE(reason, result.out, result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Catch::Contains("BTF: " + reason));
  CHECK_THAT(result.out, Catch::Contains("loaded: "));
  const std::optional<Execution> execution = execution_of(example.traced(), result.out);
  CHECK(execution);
  return execution.value_or(Execution());
}

/// Checks that the example ended with one error that has this reason, before it loaded its BPF object.
void check_refused(const CommandResult& result, const std::string& reason) {
  CAPTURE(reason, result.out, result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Catch::StartsWith("exec_trace: ") && Catch::Contains(reason));
  CHECK_THAT(result.err, !Catch::Contains("libbpf"));
  CHECK_THAT(result.out, !Catch::Contains("loaded"));
}

void check_choices(const Example& example) {
  // The bundle has another BTF for the running kernel than the kernel has.
  example.build({{running_release(), btf_with_own_parents()}, {"5.4.0-1-generic", right_btf()}});
  const std::string debian = example.write("debian", debian_12);
  const std::string other = example.write("other", "ID=alpine\nVERSION_ID=3.18\n");

  CHECK(loaded(example, example.run_hidden({"--os-release", debian}), "exact").is_own_parent());
  CHECK(loaded(example, example.run_hidden({"--os-release", debian, "--strict"}), "exact").is_own_parent());
  CHECK(loaded(example, example.run_hidden({"--os-release", other}), "release-only").is_own_parent());
  check_refused(example.run_hidden({"--os-release", other, "--strict"}), "strict");
  CHECK(loaded(example, example.run({"--os-release", debian, "--ignore-kernel-btf"}), "exact").is_own_parent());
  // The kernel's own BTF comes before the bundle, and a file that the user names before both.
  const CommandResult with_own_btf = example.run({"--os-release", debian});
  CHECK_THAT(with_own_btf.out, Catch::StartsWith("BTF: kernel-btf"));
  // cilium/ebpf 0.9 cannot read the kernel's own BTF if that has BTF_KIND_ENUM64.
  if (with_own_btf.err.find("unknown kind: Unknown (19)") == std::string::npos) {
    CHECK_FALSE(loaded(example, with_own_btf, "kernel-btf").is_own_parent());
  }
  const std::string right = example.root() / "right.btf";
  const std::string object = example.root() / "examples/exec_trace.bpf.o";
  REQUIRE(run_command({TEST_CLANG, "-target", "bpf", "-mcpu=v3", "-g", "-O2", "-c",
                       (example.root() / "examples/exec_trace.bpf.c").string(), "-o", object})
              .status == 0);
  REQUIRE(run_min_btf({"gen", own_btf, right, object}).status == 0);
  CHECK_FALSE(loaded(example, example.run_hidden({"--btf", right}), "user-path").is_own_parent());
  check_refused(example.run_hidden({"--btf", right + ".not"}), "right.btf.not");
}

/// Checks the instructions that the example prints: `line` matches one, with its value before and after.
void check_relocations(const Example& example, const std::regex& line) {
  const std::string debian = example.write("debian", debian_12);
  const CommandResult result = example.run_hidden({"--os-release", debian, "--relocations"});
  CAPTURE(result.out, result.err);
  const std::string output = result.out + result.err;
  std::size_t relocations = 0;
  std::size_t changed = 0;
  for (std::sregex_iterator each(output.begin(), output.end(), line), end; each != end; ++each) {
    ++relocations;
    if ((*each)[1] != (*each)[2]) ++changed;
  }
  CHECK(relocations == 7);
  CHECK(changed >= 4);
}

/// The running kernel's release with its first number replaced: by a lower and a higher number.
std::string release_with(const std::string& number) {
  const std::string release = running_release();
  return number + release.substr(release.find_first_not_of("0123456789"));
}

void check_other_kernels(const Example& example) {
  const std::string debian = example.write("debian", debian_12);
  const std::string lower = release_with("1");
  const std::string higher = release_with("99");
  example.build({{lower, btf_with_own_parents()}, {higher, btf_with_own_parents()}});
  check_refused(example.run_hidden({"--os-release", debian}), "no-release");
  CHECK(loaded(example, example.run_hidden({"--os-release", debian, "--nearest"}), "nearest").is_own_parent());
  example.build({{lower, btf_with_own_parents()}, {higher, right_btf()}});
  check_refused(example.run_hidden({"--os-release", debian, "--nearest"}), "no-release");
}

/// Runs all commands of the page for the example, which run it on `true`: `own` times with the kernel's own BTF, and
/// once with the BTF of the bundle.
void check_page(const Example& example, std::size_t own) {
  const CommandResult result = example.run_page();
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK(count_of(result.out, "BTF: kernel-btf") == own);
  CHECK(count_of(result.out, "BTF: exact") == 1);
  CHECK(count_of(result.out, "loaded: ") == own + 1);
  CHECK(count_of(result.out, "/true: process ") == own + 1);
}

Example libbpf_example() { return {"In C, with libbpf", "examples/libbpf/exec_trace"}; }
Example cilium_example() { return {"In Go, with cilium/ebpf", "examples/go/build/exec_trace"}; }

bool can_hide_btf() {
  const std::string obstacle = hiding_obstacle();
  if (!obstacle.empty()) skip_test(obstacle);
  return obstacle.empty();
}

bool has_cilium() {
  if (!has_go()) return false;
  if (fs::exists("/usr/share/gocode/src/github.com/cilium/ebpf/prog.go")) return true;
  skip_test("cilium/ebpf is not installed (Debian: golang-github-cilium-ebpf-dev)");
  return false;
}

}  // namespace

TEST_CASE("bundle: where the kernel's BTF is hidden, no place that libbpf and cilium/ebpf search has BTF") {
  if (!can_hide_btf()) return;
  CHECK(btf_left_without_btf().empty());
}

TEST_CASE("bundle: the libbpf example loads with the BTF that its bundle has for the running kernel") {
  if (!can_hide_btf()) return;
  const Example example = libbpf_example();
  check_choices(example);
  check_relocations(example, std::regex(R"(patched insn #\d+ \(.*\) imm (\d+) -> (\d+))"));
  check_other_kernels(example);
}

TEST_CASE("bundle: the cilium/ebpf example loads with the BTF that its bundle has for the running kernel") {
  if (!can_hide_btf() || !has_cilium()) return;
  const Example example = cilium_example();
  check_choices(example);
  check_relocations(example, std::regex(R"(relocation: trace_exec instruction \d+: (\d+) -> (\d+))"));
  check_other_kernels(example);
}

TEST_CASE("bundle: the commands of docs/bundle.md build and run the libbpf example") {
  if (!can_hide_btf()) return;
  check_page(libbpf_example(), 1);
}

TEST_CASE("bundle: the commands of docs/bundle.md build and run the cilium/ebpf example") {
  if (!can_hide_btf() || !has_cilium()) return;
  check_page(cilium_example(), 0);
}
