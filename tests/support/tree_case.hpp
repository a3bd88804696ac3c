// SPDX-License-Identifier: BSD-2-Clause
// Shared parts of the tests of trees of kernels: small kernels that differ in chosen ways, trees of files, and their
// contents.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/fixtures.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

struct SmallKernel {
  std::uint32_t task = 0;      ///< offset of the members of `struct task_struct`, which `basic` accesses, in words
  std::uint32_t disputed = 0;  ///< offset of the members of `struct disputed`, which `ambiguous` accesses, in words
  std::uint32_t unasked = 0;   ///< length of a type that no object uses: the kernels differ, their results are equal
  bool is_tiny = false;        ///< leave out `struct disputed`
  /// The name of `struct task_struct` has this flavor, such as "___x". libbpf does not compare flavors: kernels that
  /// differ in it have equal answers for `basic`, and reduced BTF that differs.
  std::string flavor = {};
};

[[nodiscard]] std::vector<std::uint8_t> small_kernel(const SmallKernel& kernel);

/// Returns a small kernel. Other numbers give other kernels, with other results for `basic`.
[[nodiscard]] std::vector<std::uint8_t> numbered_kernel(std::uint32_t number);

/// Writes a file and creates its directories.
void put(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
void put(const std::filesystem::path& path, std::string_view contents);

/// Relative path -> contents, of all regular files and links to regular files. Links are followed. Temporary files are
/// left out.
using Contents = std::map<std::string, std::string>;
[[nodiscard]] Contents contents_below(const std::filesystem::path& root);

[[nodiscard]] std::vector<std::string> paths_of(const Contents& contents);

/// Returns the differences: "PATH: missing", "PATH: not expected", "PATH: other contents".
[[nodiscard]] std::vector<std::string> differences(const Contents& found, const Contents& expected);

/// Returns the relative paths of everything that is named like a temporary file or directory.
[[nodiscard]] std::vector<std::string> unfinished(const std::filesystem::path& root);

/// Returns all symbolic links: relative path -> target as written in the link.
[[nodiscard]] std::map<std::string, std::string> links_in(const std::filesystem::path& root);

/// Returns the bytes of `tar --sort=name` of the directory: contents, links, modes, times.
[[nodiscard]] std::string tar_bytes(const std::filesystem::path& root);

[[nodiscard]] bool is_same_tree(const std::filesystem::path& one, const std::filesystem::path& other);

/// Writes a small BTFHub archive: 96 kernels in eight directories. The kernels with equal results are others for
/// `basic` than for `ambiguous`, so that other objects give other links. With `change`, the files of the last directory
/// have other names.
void put_kernels(const std::filesystem::path& root, bool change = false);

/// A directory with an empty input directory in it, and a path for the output.
struct TreePlace {
  TempDir directory;
  std::filesystem::path in = directory.path() / "in";
  std::filesystem::path out = directory.path() / "out";
  std::string basic = bpf_object("basic");
  std::string ambiguous = bpf_object("ambiguous");

  TreePlace();

  /// Runs `min-btf gen in out basic` with further arguments.
  [[nodiscard]] CommandResult gen(std::vector<std::string> more = {}) const;
};

struct MeasuredRun {
  int status = -1;
  long peak_kib = 0;  ///< largest resident set
  std::chrono::duration<double> cpu{};
};

/// Runs the tool and discards its output.
[[nodiscard]] MeasuredRun run_measured(std::vector<std::string> arguments);

struct TerminalRun {
  int status = -1;
  std::string text;  ///< everything written to the terminal, which is stdin, stdout and stderr
};

[[nodiscard]] TerminalRun run_on_terminal(std::vector<std::string> arguments);

/// Sends `signal` after `delay`, if the run has not ended by then.
[[nodiscard]] CommandResult run_and_signal(const std::vector<std::string>& arguments, std::chrono::microseconds delay,
                                           int signal);

/// Kills the run (SIGKILL) when it has moved `moves` files to their names in directories that exist below `root` at the
/// start.
[[nodiscard]] CommandResult run_and_kill_after_moves(const std::vector<std::string>& arguments,
                                                     const std::filesystem::path& root, std::size_t moves);

/// Returns the duration of the run. Throws if the run fails.
[[nodiscard]] std::chrono::microseconds time_of(const std::vector<std::string>& arguments);

}  // namespace minbtf::test
