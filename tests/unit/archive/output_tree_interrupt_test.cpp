// SPDX-License-Identifier: BSD-2-Clause
// Interrupted runs: killed before each rename and at random moments, or ended by a signal.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "io/interrupt.hpp"
#include "minbtf/error.hpp"
#include "support/os/rename_watch.hpp"
#include "support/os/temp_dir.hpp"
#include "support/output_tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::Output;
using archive::OutputTree;
using archive::PublishReport;
namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;
using Microseconds = std::chrono::microseconds;

// A directory in memory. On a disk a run spends nearly all its time waiting for the disk, and the tests take long.
class FastDirectory {
 public:
  FastDirectory() {
    if (::access("/dev/shm", W_OK) != 0) return;
    std::string name = "/dev/shm/min-btf-test.XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  FastDirectory(const FastDirectory&) = delete;
  FastDirectory& operator=(const FastDirectory&) = delete;
  ~FastDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path path() const { return path_.empty() ? instead_.path() : path_; }

 private:
  TempDir instead_;
  fs::path path_;
};

// Returns the contents of one of two sets, A or B. Each text names its set, and its path or its group: the paths of a
// group have equal contents. The two sets have different groups, and each has a few paths that the other has not.
Texts texts_of(char set) {
  Texts texts;
  for (std::size_t i = 0; i < 60; ++i) {
    if (i % 10 == (set == 'A' ? 3U : 7U)) continue;
    const std::string directory = std::array{"", "debian/12/", "debian/13/", "new/x/", "z/"}[i % 5];
    const std::string path = directory + std::to_string(100 + i * 29 % 60) + ".btf";
    const std::size_t group = (set == 'A' ? i : i + 2) / 4;
    const bool is_shared = (set == 'A' ? i : i + 1) % 3 != 0;
    // Paths of only one set are in a directory of their own.
    texts[i % 10 == 3 || i % 10 == 7 ? std::string(1, set) + "-only/" + path : path] =
        std::string(1, set) + (is_shared ? " group " + std::to_string(group) : " " + path) +
        std::string(500 + 100 * group, set);
  }
  return texts;
}

const Texts texts_a = texts_of('A');
const Texts texts_b = texts_of('B');

// Number of paths by what a reader of the path gets.
struct Seen {
  std::size_t of_a = 0;
  std::size_t of_b = 0;
  std::size_t wrong = 0;
  std::size_t lacking = 0;  ///< missing, although both sets have the path
  std::size_t unfinished = 0;
};

Seen look(const fs::path& root) {
  Seen seen;
  Texts all = texts_a;
  all.insert(texts_b.begin(), texts_b.end());
  for (const auto& [path, text] : all) {
    const auto now = read_through(root / path);
    const auto a = texts_a.find(path);
    const auto b = texts_b.find(path);
    if (!now) {
      if (a != texts_a.end() && b != texts_b.end()) ++seen.lacking;
    } else if (a != texts_a.end() && *now == a->second) {
      // A path of only one set does not show the state of the other paths.
      if (b != texts_b.end()) ++seen.of_a;
    } else if (b != texts_b.end() && *now == b->second) {
      if (a != texts_a.end()) ++seen.of_b;
    } else {
      ++seen.wrong;
    }
  }
  seen.unfinished = leftovers_in(root).size();
  return seen;
}

// Publishes to the tree of an interrupted run and removes the stale outputs. The tree must then be like a new one.
void check_recovers(const fs::path& root, const std::vector<Output>& outputs, const fs::path& fresh) {
  OutputTree tree(root);
  const PublishReport report = tree.publish(outputs, output_time);
  CHECK(report.warnings.empty());
  for (const std::string& path : report.stale) {
    const auto& owner = texts_a.contains(path) ? texts_a : texts_b;
    CHECK(read_through(root / path) == owner.at(path));
  }
  std::vector<archive::ManifestOutput> stale;
  for (const std::string& path : report.stale) stale.push_back(listed(root, path));
  CHECK(tree.prune(stale) == stale.size());
  CHECK(listing(root) == listing(fresh));
  CHECK(tar_of(root) == tar_of(fresh));
}

// Makes each rename take a time that a process on another core, or one that waits for this core, can hit. Without it, a
// signal of another process hardly ever comes between two renames.
class SlowRenames {
 private:
  RenameWatch watch_{[](const std::string&) {
    std::this_thread::sleep_for(Microseconds(200));
    return 0;
  }};
};

// Publishes the two sets in turn until the process is killed.
[[noreturn]] void publish_forever(const fs::path& root, bool begin_with_b) {
  const SlowRenames slow;
  const auto a = outputs_of(texts_a);
  const auto b = outputs_of(texts_b);
  try {
    for (bool is_b = begin_with_b;; is_b = !is_b) publish(root, is_b ? b : a);
  } catch (...) {
    ::_exit(99);
  }
}

// Returns the mean duration of one run with slow renames.
Microseconds duration_of_one(const fs::path& root) {
  const SlowRenames slow;
  const auto a = outputs_of(texts_a);
  const auto b = outputs_of(texts_b);
  publish(root, b);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) {
    publish(root, a);
    publish(root, b);
  }
  return std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - start) / 10;
}

template <typename Body>
int end_in_the_middle(const Body& body, Microseconds delay, int signal) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Without this, Catch2's handlers would report an early signal as a crash of the test.
    io::handle_interrupts();
    const char ready = 'r';
    if (::write(pipe[1], &ready, 1) != 1) ::_exit(98);
    body();
    ::_exit(0);
  }
  char ready = 0;
  CHECK(::read(pipe[0], &ready, 1) == 1);
  std::this_thread::sleep_for(delay);
  ::kill(child, signal);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return status;
}

}  // namespace

TEST_CASE("output_tree_interrupt: killed before any rename, every path has its old or new contents") {
  const FastDirectory directory;
  const fs::path root = directory.path() / "out";
  const fs::path fresh = directory.path() / "fresh";
  const bool exists = GENERATE(true, false);
  publish(fresh, outputs_of(texts_b));
  std::size_t renames = 0;
  for (bool is_killed = true; is_killed; ++renames) {
    fs::remove_all(root);
    if (exists) publish(root, outputs_of(texts_a));
    const int status = in_child([&] {
      std::size_t count = 0;
      const RenameWatch watch([&](const std::string&) {
        if (count++ == renames) ::raise(SIGKILL);
        return 0;
      });
      publish(root, outputs_of(texts_b));
    });
    is_killed = WIFSIGNALED(status);
    if (!is_killed) CHECK(WEXITSTATUS(status) == 0);
    const Seen seen = look(root);
    CHECK(seen.wrong == 0);
    if (exists) CHECK(seen.lacking == 0);
    CHECK((seen.unfinished > 0) == is_killed);
    if (renames == 0) CHECK(seen.of_b == 0);
    if (!is_killed) CHECK((seen.of_a == 0 && seen.lacking == 0));
    check_recovers(root, outputs_of(texts_b), fresh);
  }
  // A new tree needs fewer renames: a new directory appears with all its files by one rename.
  CHECK(renames > (exists ? 50 : 10));
}

TEST_CASE("output_tree_interrupt: killed at random moments, every path has its old or new contents") {
  const FastDirectory directory;
  const fs::path root = directory.path() / "out";
  const fs::path fresh_a = directory.path() / "a";
  const fs::path fresh_b = directory.path() / "b";
  publish(fresh_a, outputs_of(texts_a));
  publish(fresh_b, outputs_of(texts_b));
  const Microseconds duration = duration_of_one(directory.path() / "measured");
  std::mt19937 random(1);
  std::uniform_int_distribution<long> delays(0, 2 * duration.count());

  constexpr int wanted_kills = 50;
  constexpr int max_kills = 500;
  int kills = 0;
  int unfinished = 0;
  int mixed = 0;
  int between = 0;
  for (; kills < wanted_kills || (kills < max_kills && (unfinished < 5 || mixed < 3)); ++kills) {
    const bool is_fresh = kills % 10 == 0;
    if (is_fresh) fs::remove_all(root);
    const bool begin_with_b = !is_fresh && look(root).of_b == 0;
    const int status =
        end_in_the_middle([&] { publish_forever(root, begin_with_b); }, Microseconds(delays(random)), SIGKILL);
    REQUIRE(WIFSIGNALED(status));
    const Seen seen = look(root);
    CHECK(seen.wrong == 0);
    if (!is_fresh) CHECK(seen.lacking == 0);
    const bool is_mixed = (seen.of_a > 0) + (seen.of_b > 0) + (seen.lacking > 0) > 1;
    mixed += is_mixed;
    unfinished += !is_mixed && seen.unfinished > 0;
    between += !is_mixed && seen.unfinished == 0;
    const bool then_b = kills % 2 == 0;
    check_recovers(root, outputs_of(then_b ? texts_b : texts_a), then_b ? fresh_b : fresh_a);
  }
  std::printf("%d kills, a run taking %ld us: %d between renames, %d while files were written, %d between runs\n",
              kills, static_cast<long>(duration.count()), mixed, unfinished, between);
  // Otherwise no run was killed during its work, and the test has shown nothing.
  CHECK(unfinished > 0);
  CHECK(mixed > 0);
}

TEST_CASE("output_tree_interrupt: SIGTERM or SIGINT at any time leaves the old tree or the new one") {
  const FastDirectory directory;
  const fs::path root = directory.path() / "out";
  const fs::path fresh = directory.path() / "fresh";
  const auto a = outputs_of(texts_a);
  const auto b = outputs_of(texts_b);
  publish(fresh, a);
  publish(fresh, b);
  const auto new_tree = listing(fresh);
  const Microseconds duration = duration_of_one(directory.path() / "measured");
  std::mt19937 random(1);
  std::uniform_int_distribution<long> delays(0, 2 * duration.count());
  // A signal that comes so late finds the run done, also on a loaded machine.
  const Microseconds late = 20 * duration + std::chrono::milliseconds(50);
  int old_trees = 0;
  int new_trees = 0;
  int signals = 0;
  for (; signals < 40 || (signals < 400 && (old_trees == 0 || new_trees == 0)); ++signals) {
    fs::remove_all(root);
    const bool exists = signals % 4 != 0;
    if (exists) publish(root, a);
    const auto old_tree = listing(root);
    const int status = end_in_the_middle(
        [&] {
          try {
            publish(root, b);
            // If the run is already done, the signal comes here.
            ::pause();
          } catch (...) {
            ::_exit(99);
          }
        },
        signals % 10 == 9 ? late : Microseconds(delays(random)), signals % 2 == 0 ? SIGTERM : SIGINT);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == io::interrupted_status);
    CHECK(leftovers_in(root).empty());
    const auto tree = listing(root);
    if (tree == old_tree) {
      ++old_trees;
    } else if (exists) {
      ++new_trees;
      CHECK(tree == new_tree);
    } else {
      CHECK(look(root).of_b > 0);
      CHECK(look(root).lacking == 0);
    }
  }
  std::printf("%d signals: %d old trees, %d new ones over old ones\n", signals, old_trees, new_trees);
  CHECK(old_trees > 0);
  CHECK(new_trees > 0);
}

TEST_CASE("output_tree_interrupt: a signal during the renames takes effect after the last rename") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of(texts_a));
  const int status = in_child([&] {
    io::handle_interrupts();
    const RenameWatch watch([&](const std::string&) {
      ::raise(SIGTERM);
      return 0;
    });
    publish(root, outputs_of(texts_b));
    ::_exit(98);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == io::interrupted_status);
  const Seen seen = look(root);
  CHECK(seen.of_a == 0);
  CHECK(seen.wrong + seen.lacking + seen.unfinished == 0);
  const auto tree = listing(root);
  publish(root, outputs_of(texts_b));
  CHECK(listing(root) == tree);
}

TEST_CASE("output_tree_interrupt: a pending signal stops a run before its first change, unless the signal is ignored") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  const bool exists = GENERATE(true, false);
  if (exists) publish(root, outputs_of(texts_a));
  const auto before = listing(root);
  const auto run = [&](bool is_ignored) {
    const int status = in_child([&] {
      io::handle_interrupts();
      if (is_ignored) ::signal(SIGHUP, SIG_IGN);
      const io::InterruptsBlocked blocked;
      ::raise(SIGHUP);
      try {
        publish(root, outputs_of(texts_b));
      } catch (const Error& error) {
        ::_exit(error.what() == root.string() + ": interrupted" ? 7 : 8);
      }
      ::_exit(0);
    });
    return WEXITSTATUS(status);
  };
  CHECK(run(false) == 7);
  CHECK(listing(root) == before);
  CHECK(run(true) == 0);
  CHECK(look(root).of_a == 0);
}
