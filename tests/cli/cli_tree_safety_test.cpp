// SPDX-License-Identifier: BSD-2-Clause
// Hostile inputs, interruptions and a full disk: each path of OUTPUT has its old or its new contents, and they are
// complete.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/open_files.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
using std::chrono::microseconds;
namespace fs = std::filesystem;

namespace {

/// Returns the paths in `found` with neither their old nor their new contents, and the old paths that are missing.
std::vector<std::string> torn(const Contents& found, const Contents& before, const Contents& wanted) {
  const auto holds = [](const Contents& contents, const std::pair<const std::string, std::string>& entry) {
    const auto same = contents.find(entry.first);
    return same != contents.end() && same->second == entry.second;
  };
  std::vector<std::string> result;
  for (const auto& entry : found) {
    if (!holds(before, entry) && !holds(wanted, entry)) result.push_back(entry.first);
  }
  for (const auto& [path, contents] : before) {
    if (!found.contains(path)) result.push_back(path + ": gone");
  }
  return result;
}

/// Two generations of outputs, and the result of a fresh run for each.
struct Generations : TreePlace {
  std::vector<std::vector<std::string>> commands;
  std::vector<fs::path> fresh;
  std::vector<Contents> wanted;

  Generations() {
    put_kernels(in);
    for (const std::string& object : {basic, ambiguous}) {
      fresh.push_back(directory.path() / ("fresh-" + std::to_string(fresh.size())));
      REQUIRE(run_min_btf({"gen", "-q", in, fresh.back(), object}).status == 0);
      wanted.push_back(contents_below(fresh.back()));
      commands.push_back({"gen", "-q", in, out, object});
    }
    REQUIRE(differences(wanted[0], wanted[1]).size() == wanted[0].size());
    REQUIRE(links_in(fresh[0]) != links_in(fresh[1]));
  }

  /// Returns the median duration of seven runs that change every output.
  [[nodiscard]] microseconds duration() const {
    std::array<microseconds, 7> times{};
    for (std::size_t i = 0; i < times.size(); ++i) times.at(i) = time_of(commands[i % 2]);
    std::ranges::sort(times);
    return times[times.size() / 2];
  }
};

}  // namespace

TEST_CASE("cli_tree_safety: members of a tar that lead out of it are refused by name, and written nowhere") {
  const TreePlace place;
  const auto kernel = small_kernel({});
  const std::string far = place.directory.file("far");
  fs::create_directory(far);
  const std::vector<std::string> hostile = {"../evil.btf", "a/../../evil.btf", far + "/evil.btf", "a/..", "//evil.btf"};
  TarForge tar;
  for (const std::string& name : hostile) tar.file(name, kernel);
  tar.header({.name = "", .size = kernel.size(), .link = ""}).contents(kernel);
  tar.symlink("out", far).file("out/through.btf", kernel);
  tar.symlink("up", "../..").file("up/through.btf", kernel);
  tar.hardlink("passwd.btf", "/etc/passwd").symlink("shadow.btf", "/etc/shadow");
  tar.header({.name = "device.btf", .type = '3', .link = ""});
  tar.file("a\nb/good.btf", kernel);
  const std::string archive = place.directory.write("hostile.tar", tar.bytes());
  fs::remove(place.in);
  fs::create_directories(place.in / "deep/er");
  put(place.in / "deep/er/hostile.tar", tar.bytes());

  for (const std::string& input : {archive, place.in.string()}) {
    const CommandResult result = run_min_btf({"gen", input, place.out, place.basic});
    CAPTURE(result.err);
    CHECK(result.status == 1);
    const std::vector<std::string> lines = lines_in(result.err);
    REQUIRE(lines.size() == hostile.size() + 1);
    const std::string name = input == archive ? archive : input + "/deep/er/hostile.tar";
    for (const std::string& line : lines) {
      CHECK_THAT(line, StartsWith("min-btf: error: " + name + ": ") && Contains(": refused: "));
    }
    for (const std::string& member : hostile) CHECK(count_of(result.err, name + ": " + member + ": refused: ") == 1);
    const std::string below = input == archive ? "" : "deep/er/";
    std::vector<std::string> written;
    for (const auto& [path, contents] : contents_below(place.out)) written.push_back(path);
    CHECK(written ==
          std::vector<std::string>{below + "a\nb/good.btf", below + "out/through.btf", below + "up/through.btf"});
    CHECK(fs::is_empty(far));
    CHECK(fs::is_directory(fs::symlink_status(place.out / below / "out")));
    fs::remove_all(place.out);
  }
  CHECK(place.directory.entries() == std::vector<std::string>{"far", "hostile.tar", "in"});
}

TEST_CASE("cli_tree_safety: exceeding a limit is one error that names the option, and the other kernels are reduced") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "big.btf", small_kernel({.unasked = 1}));
  fs::resize_file(place.in / "big.btf", 100'000);
  put(place.in / "bomb.btf.gz", compressed(contents_of(place.in / "big.btf"), Compression::gzip));
  TarForge tar;
  for (int i = 0; i < 20; ++i) tar.file("t/" + std::to_string(i) + ".txt", "text");
  put(place.in / "many.tar", tar.file("t/last.btf", small_kernel({.task = 1})).bytes());
  put(place.in / "long/long/long/long/long/x.btf", small_kernel({.task = 2}));
  const auto errors_with = [&](const std::string& option) {
    fs::remove_all(place.out);
    const CommandResult result = place.gen({option});
    CHECK(result.status == 1);
    CHECK(contents_of(place.out / "a.btf") == reduced({place.basic}, small_kernel({})));
    for (const std::string& line : lines_in(result.err)) {
      CHECK_THAT(line, StartsWith("min-btf: error: ") && Contains(option.substr(0, option.find('='))));
    }
    return lines_in(result.err).size();
  };
  CHECK(errors_with("--max-kernel-size=50K") == 2);
  CHECK(errors_with("--max-members=20") == 1);
  CHECK(errors_with("--max-path=20") == 1);
  for (const char* option : {"--max-kernel-size=0", "--max-kernel-size=1X", "--max-members=-1", "--max-path=", "-j0"}) {
    check_usage_error({"gen", place.in, place.out, place.basic, option}, "");
  }
}

TEST_CASE("cli_tree_safety: after a kill at any moment, every path has its old or its new contents") {
  const Generations place;
  const microseconds duration = place.duration();
  REQUIRE(run_min_btf(place.commands[1]).status == 0);
  constexpr std::size_t kills = 50;
  std::size_t early = 0, staging = 0, publishing = 0, late = 0;
  Contents before = contents_below(place.out);
  for (std::size_t i = 0; i < kills; ++i) {
    const std::size_t generation = i % 2;
    // Half of the kills are spread over the complete run, half over the short time in which outputs are moved to their
    // names. The moments are not in the order of time, so that a run finds the leftovers of earlier and of later kills.
    const std::size_t when = (i / 2 * 11 + 5) % (kills / 2);
    const CommandResult result =
        i % 4 < 2 ? run_and_signal(place.commands[generation], duration * when / (kills / 2), SIGKILL)
                  : run_and_kill_after_moves(place.commands[generation], place.out, 1 + 4 * when);
    CAPTURE(i, generation, when, result.status, result.err);
    CHECK((result.status == 0 || result.signal == SIGKILL));
    const Contents found = contents_below(place.out);
    CHECK(torn(found, before, place.wanted[generation]) == Words{});
    if (result.status == 0) {
      ++late;
      CHECK(is_same_tree(place.out, place.fresh[generation]));
    } else if (found != before) {
      ++publishing;
    } else if (!unfinished(place.out).empty()) {
      ++staging;
    } else {
      ++early;
    }
    before = found;
  }
  WARN(std::to_string(kills) + " kills: " + std::to_string(early) + " before anything was written, " +
       std::to_string(staging) + " before the first output had its name, " + std::to_string(publishing) +
       " between outputs or behind the last; " + std::to_string(late) + " came too late");
  CHECK(publishing >= 5);
  for (const std::size_t generation : {0U, 1U, 0U}) {
    REQUIRE(run_min_btf(place.commands[generation]).status == 0);
    CHECK(is_same_tree(place.out, place.fresh[generation]));
  }
}

TEST_CASE(
    "cli_tree_safety: after a kill of a run with changed inputs, paths that are no outputs any more keep their "
    "contents") {
  const Generations place;
  const fs::path changed = place.directory.path() / "changed";
  put_kernels(changed, true);
  const fs::path fresh = place.directory.path() / "fresh-changed";
  REQUIRE(run_min_btf({"gen", "-q", changed, fresh, place.ambiguous}).status == 0);
  const Contents wanted = contents_below(fresh);
  const std::vector<std::string> command = {"gen", "-q", changed, place.out, place.ambiguous};
  const microseconds duration = place.duration();
  constexpr std::size_t kills = 12;
  for (std::size_t i = 0; i < kills; ++i) {
    fs::remove_all(place.out);
    REQUIRE(run_command({"cp", "-a", place.fresh[0], place.out}).status == 0);
    const CommandResult result = i % 3 == 0 ? run_and_signal(command, duration * (i + 1) / kills, SIGKILL)
                                            : run_and_kill_after_moves(command, place.out, 1 + 10 * i);
    const Contents found = contents_below(place.out);
    CAPTURE(i, result.status);
    CHECK(torn(found, place.wanted[0], wanted) == Words{});
    REQUIRE(run_min_btf(command).status == 0);
    Contents expected = place.wanted[0];
    for (const auto& [path, contents] : wanted) expected[path] = contents;
    CHECK(differences(contents_below(place.out), expected) == Words{});
  }
}

TEST_CASE(
    "cli_tree_safety: an interrupted run leaves the old tree or the new tree, no temporary files, and a document") {
  const Generations place;
  const microseconds duration = place.duration();
  REQUIRE(run_min_btf(place.commands[1]).status == 0);
  constexpr int signals = 24;
  int interrupted = 0;
  std::vector<std::string> faults;
  std::size_t now = 1;
  for (int i = 0; i < signals; ++i) {
    const std::size_t next = 1 - now;
    std::vector<std::string> command = place.commands[next];
    command.push_back("--json");
    const int signal = i % 2 == 0 ? SIGINT : SIGTERM;
    const CommandResult result = run_and_signal(command, duration * ((i * 7 + 3) % signals) / signals, signal);
    CAPTURE(i, result.status, result.err, result.out);
    // A signal before main() has its default effect.
    CHECK((result.status == 0 || result.status == 130 || result.signal == signal));
    if (result.status >= 0) CHECK(document_of(result).at("status") == (result.status == 0 ? "done" : "interrupted"));
    if (result.status == 130) ++interrupted;
    // The message and the document must state what happened to the output.
    const std::string said = result.err + result.out;
    const bool is_old = is_same_tree(place.out, place.fresh[now]);
    const bool is_new = is_same_tree(place.out, place.fresh[next]);
    const std::string when = "signal " + std::to_string(i) + ", status " + std::to_string(result.status) + ": ";
    if (!unfinished(place.out).empty()) faults.push_back(when + "unfinished files are left");
    if (!is_new && (!is_old || result.status == 0)) faults.push_back(when + "the tree is not as it should be");
    if (!is_old && said.find("nothing was written") != std::string::npos) faults.push_back(when + "that is not so");
    if (!is_new && said.find("are written") != std::string::npos) faults.push_back(when + "nothing is");
    if (is_new) now = next;
    if (!is_old && !is_new) REQUIRE(run_min_btf(place.commands[now]).status == 0);
  }
  CHECK(faults == Words{});
  CHECK(interrupted > 0);
}

TEST_CASE("cli_tree_safety: on a full disk the old tree stays byte for byte, and with enough space the run succeeds") {
  const Generations place;
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  // Each file takes one of 16 pages. The second generation has room in place of the first, but not beside it.
  static_cast<void>(disk.directory().write("filler", std::string(20'000, 'x')));
  const fs::path out = disk.directory().path() / "out";
  const auto in = place.in / "distribution-0/x86_64-0";
  REQUIRE(run_min_btf({"gen", "-q", in, out, place.ambiguous}).status == 0);
  const std::string before = tar_bytes(out);
  for (const char* kind : {"--links=copy", "--links=symlink"}) {
    const CommandResult result = run_min_btf({"gen", "-q", in, out, place.basic, kind});
    CAPTURE(result.err);
    CHECK(result.status == 1);
    CHECK(lines_in(result.err).size() == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + out.string() + "/") && Contains("No space left on device"));
    CHECK((tar_bytes(out) == before));
    CHECK(unfinished(out) == Words{});
    const CommandResult made = run_min_btf({"gen", "-q", in, disk.directory().file("new/a"), place.basic});
    CHECK(made.status == 1);
    CHECK(disk.directory().entries() == std::vector<std::string>{"filler", "out"});
  }
  fs::remove(disk.directory().path() / "filler");
  CHECK(run_min_btf({"gen", "-q", in, out, place.basic}).status == 0);
  CHECK(contents_below(out).size() == 12);
  CHECK((tar_bytes(out) != before));
}

TEST_CASE(
    "cli_tree_safety: a tree may not have the name of a package, and a new directory may not have the name of a file") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "b/b.btf", small_kernel({.task = 1}));
  const std::string tar = place.directory.file("many.tar");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", tar, "."}).status == 0);
  for (const std::string& input : {place.in.string(), tar}) {
    for (const char* name : {"x.tar.bz2", "x.btf.lz4", "x.zip", "x.ZIP", "x.tar.gz", "x.tgz"}) {
      const std::string output = place.directory.file(name);
      const bool is_written = std::string_view(name).ends_with("gz");
      if (!is_written) {
        check_usage_error(
            {"gen", input, output, place.basic},
            "OUTPUT " + output + ": the name is that of an archive or compressed file in a form that is not written");
      }
      fs::create_directory(output);  // as a user may have created it
      check_usage_error({"gen", input, output, place.basic},
                        "OUTPUT " + output + " is a directory with the name of an archive; to write the kernels into " +
                            "it, name " + output + "/");
      fs::remove(output);
      CHECK(run_min_btf({"gen", input, output + "/", place.basic}).status == 0);
      CHECK(contents_below(output).size() == 2);
      fs::remove_all(output);
    }
    for (const char* name : {"x.btf", "x.bpf.o", "x.json", "x.pack"}) {
      const std::string output = place.directory.file(name);
      check_usage_error({"gen", input, output, place.basic}, "OUTPUT " + output +
                                                                 ": the name is that of a file, and INPUT " + input +
                                                                 " is a directory or an archive; name a directory");
      CHECK_FALSE(fs::exists(output));
      put(output, "mine");
      check_usage_error({"gen", input, output, place.basic}, " is not a directory, and INPUT " + input);
      CHECK(contents_of(output) == "mine");
      fs::remove(output);
      fs::create_directory(output);  // as a user may have created it
      CHECK(run_min_btf({"gen", input, output, place.basic}).status == 0);
      fs::remove_all(output);
    }
    CHECK(run_min_btf({"gen", input, place.directory.file("v1.2"), place.basic}).status == 0);
    check_usage_error({"gen", "--manifest", place.directory.file("m.json.gz"), input, place.out, place.basic},
                      "m.json.gz: the name is that of an archive or compressed file, but JSON is written");
    check_usage_error({"gen", input, "/dev/stdout", place.basic}, "OUTPUT standard output is not a directory");
  }
}

TEST_CASE("cli_tree_safety: a file, directory or link in the place of an output is an error, and nothing is changed") {
  const Generations place;
  REQUIRE(run_min_btf(place.commands[0]).status == 0);
  const fs::path directory = place.out / "distribution-0";
  const fs::path elsewhere = place.directory.path() / "elsewhere";
  fs::create_directory(elsewhere);
  SECTION("a directory") {
    fs::remove(directory / "x86_64-0/release-5.btf");
    fs::create_directories(directory / "x86_64-0/release-5.btf/mine");
  }
  SECTION("a file where a directory is needed") {
    fs::remove_all(directory);
    put(directory, "mine");
  }
  SECTION("a link to a directory elsewhere") {
    fs::remove_all(directory / "x86_64-1");
    fs::create_directory_symlink(elsewhere, directory / "x86_64-1");
  }
  const std::string before = tar_bytes(place.out);
  const CommandResult result = run_min_btf(place.commands[1]);
  CHECK(result.status == 1);
  CHECK(lines_in(result.err).size() == 1);
  CHECK_THAT(result.err, StartsWith("min-btf: error: " + directory.string()));
  CHECK((tar_bytes(place.out) == before));
  CHECK(fs::is_empty(elsewhere));
}

TEST_CASE("cli_tree_safety: a run waits for another run that writes to the tree, and prints this once") {
  const Generations place;
  REQUIRE(run_min_btf(place.commands[0]).status == 0);
  const std::string note =
      "min-btf: note: " + place.out.string() + ": another run is writing there; this one waits for it\n";
  for (const bool is_quiet : {false, true}) {
    const int other = ::open(place.out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
    const CommandOptions released{.while_running = [&](pid_t child) {
      CHECK(wait_until_it_waits_for(child, place.out));
      CHECK(is_same_tree(place.out, place.fresh[is_quiet ? 1 : 0]));
      ::close(other);
    }};
    std::vector<std::string> command = place.commands[is_quiet ? 0 : 1];
    if (!is_quiet) std::erase(command, "-q");
    const CommandResult result = run_min_btf(command, released);
    CHECK(result.status == 0);
    CHECK(count_of(result.err, note) == (is_quiet ? 0 : 1));
    CHECK(is_same_tree(place.out, place.fresh[is_quiet ? 0 : 1]));
  }
}

TEST_CASE(
    "cli_tree_safety: a run that is interrupted or killed while it waits for another run leaves the tree unchanged") {
  const Generations place;
  REQUIRE(run_min_btf(place.commands[0]).status == 0);
  const int other = ::open(place.out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGKILL}) {
    std::vector<std::string> command = place.commands[1];
    std::erase(command, "-q");
    std::chrono::steady_clock::time_point signalled;
    const CommandResult result = run_min_btf(command, {.while_running = [&](pid_t child) {
                                               CHECK(wait_until_it_waits_for(child, place.out));
                                               signalled = std::chrono::steady_clock::now();
                                               ::kill(child, signal);
                                             }});
    CAPTURE(signal, result.err);
    CHECK(std::chrono::steady_clock::now() - signalled < std::chrono::seconds(5));
    if (signal == SIGKILL) {
      CHECK(result.signal == SIGKILL);
    } else {
      CHECK(result.status == 130);
      CHECK_THAT(result.err, Catch::EndsWith("min-btf: interrupted; nothing was written\n"));
    }
    CHECK(is_same_tree(place.out, place.fresh[0]));
  }
  ::close(other);
  const CommandResult result = run_min_btf(place.commands[1]);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(is_same_tree(place.out, place.fresh[1]));
}

TEST_CASE("cli_tree_safety: a run does not wait for a lock that its parent process took for it") {
  const Generations place;
  REQUIRE(run_min_btf(place.commands[0]).status == 0);
  // As `flock OUTPUT min-btf ...` does.
  const CommandOptions locked{.in_child = [&] {
    const int fd = ::open(place.out.c_str(), O_RDONLY | O_DIRECTORY);
    if (fd < 0 || ::flock(fd, LOCK_EX) != 0) ::_exit(126);
  }};
  const CommandResult result = run_min_btf(place.commands[1], locked);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(is_same_tree(place.out, place.fresh[1]));
}

TEST_CASE("cli_tree_safety: several runs into one tree at the same time leave the complete tree of one of them") {
  const Generations place;
  for (int i = 0; i < 10; ++i) {
    // Every second time OUTPUT does not exist.
    if (i % 2 == 0) fs::remove_all(place.out);
    std::array<CommandResult, 4> results;
    std::vector<std::thread> runs;
    for (std::size_t run = 0; run < results.size(); ++run) {
      runs.emplace_back([&, run] { results.at(run) = run_min_btf(place.commands[run % 2]); });
    }
    for (std::thread& run : runs) run.join();
    for (const CommandResult& result : results) {
      CAPTURE(result.err);
      CHECK(result.status == 0);
    }
    CHECK((is_same_tree(place.out, place.fresh[0]) || is_same_tree(place.out, place.fresh[1])));
  }
}

TEST_CASE("cli_tree_safety: a run that waited prunes the outputs of the run before it") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "b.btf", small_kernel({.task = 1}));
  const std::string manifest = place.directory.file("m.json");
  const auto command = [&](const char* only) {
    return std::vector<std::string>{"gen",       "-q", "--prune", "--manifest", manifest,
                                    "--include", only, place.in,  place.out,    place.basic};
  };
  fs::create_directory(place.out);
  const int other = ::open(place.out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
  // The outputs and the manifest of the other run. They are put into place while this run waits.
  const fs::path made = place.directory.path() / "made";
  REQUIRE(run_min_btf({"gen", "-q", "--manifest", place.directory.file("made.json"), "--include", "a.btf", place.in,
                       made, place.basic})
              .status == 0);
  const CommandOptions released{.while_running = [&](pid_t child) {
    CHECK(wait_until_it_waits_for(child, place.out));
    fs::copy(made / "a.btf", place.out / "a.btf");
    fs::rename(place.directory.path() / "made.json", manifest);
    ::close(other);
  }};
  CHECK(run_min_btf(command("b.btf"), released).status == 0);
  std::vector<std::string> left;
  for (const auto& [path, contents] : contents_below(place.out)) left.push_back(path);
  CHECK(left == std::vector<std::string>{"b.btf"});
}

TEST_CASE("cli_tree_safety: the manifest may not be in INPUT, and its directory is checked first") {
  const TreePlace place;
  put(place.in / "d/a.btf", small_kernel({}));
  const std::string all = place.directory.file("all.tar");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", all, "."}).status == 0);
  const std::string before = contents_of(all);
  const std::string kernel = contents_of(place.in / "d/a.btf");
  for (const std::string& manifest : {all, (place.in / "d/a.btf").string(), (place.in / "m.json").string()}) {
    const std::string input = manifest == all ? all : place.in.string();
    const CommandResult result = run_min_btf({"gen", "--manifest", manifest, input, place.out.string(), place.basic});
    CAPTURE(manifest, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains("would be in INPUT"));
  }
  CHECK(place.gen({"--manifest", place.directory.file("missing/m.json")}).status == 1);
  CHECK((contents_of(all) == before));
  CHECK((contents_of(place.in / "d/a.btf") == kernel));
  CHECK_FALSE(fs::exists(place.out));
}

TEST_CASE("cli_tree_safety: a link in INPUT to OUTPUT is not followed") {
  const TreePlace place;
  put(place.in / "d/a.btf", small_kernel({}));
  fs::create_directory_symlink(place.out, place.in / "done");
  for (int i = 0; i < 2; ++i) {
    CHECK(place.gen().status == 0);
    CHECK(contents_below(place.out).size() == 1);
  }
}
