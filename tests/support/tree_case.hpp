// What the tests of whole trees of kernels share: small kernels that differ as wanted, trees of files, and what is in
// them.
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

// gcc says it in one way, clang in the other.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool under_address_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool under_address_sanitizer = true;
#else
inline constexpr bool under_address_sanitizer = false;
#endif
#else
inline constexpr bool under_address_sanitizer = false;
#endif

struct SmallKernel {
  std::uint32_t task = 0;      ///< where `struct task_struct` has its members: what the object `basic` asks for
  std::uint32_t disputed = 0;  ///< and `struct disputed`, for `ambiguous`
  std::uint32_t unasked = 0;   ///< a type that nobody asks for: results are equal, kernels are not
  bool is_tiny = false;        ///< without `struct disputed`
};

[[nodiscard]] std::vector<std::uint8_t> small_kernel(const SmallKernel& kernel);

/// Writes a file, and makes the directories that it is in.
void put(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
void put(const std::filesystem::path& path, std::string_view contents);

/// `path` with its relative path -> contents, of all regular files and links to such; read through links. Files whose
/// names are temporary ones are not among them.
using Contents = std::map<std::string, std::string>;
[[nodiscard]] Contents contents_below(const std::filesystem::path& root);

/// "PATH: missing", "PATH: not expected", "PATH: other contents"
[[nodiscard]] std::vector<std::string> differences(const Contents& found, const Contents& expected);

/// Relative paths of everything that has a name which only unfinished things have.
[[nodiscard]] std::vector<std::string> unfinished(const std::filesystem::path& root);

/// Relative path -> what the link says, of all symbolic links.
[[nodiscard]] std::map<std::string, std::string> links_in(const std::filesystem::path& root);

/// The bytes of `tar --sort=name` of the directory: contents, links, modes, times.
[[nodiscard]] std::string tar_bytes(const std::filesystem::path& root);

[[nodiscard]] bool is_same_tree(const std::filesystem::path& one, const std::filesystem::path& other);

/// A small BTFHub: 96 kernels in eight directories. For `basic` other ones are equal to each other than for
/// `ambiguous`, so that with the objects the links change as well. With `change`, the last directory has other names.
void put_kernels(const std::filesystem::path& root, bool change = false);

/// A directory with an empty input in it, and a place for the output.
struct TreePlace {
  TempDir directory;
  std::filesystem::path in = directory.path() / "in";
  std::filesystem::path out = directory.path() / "out";
  std::string basic = bpf_object("basic");
  std::string ambiguous = bpf_object("ambiguous");

  TreePlace();

  /// `min-btf gen in out basic` with more arguments.
  [[nodiscard]] CommandResult gen(std::vector<std::string> more = {}) const;
};

struct MeasuredRun {
  int status = -1;
  long peak_kib = 0;  ///< largest resident set
  std::chrono::duration<double> cpu{};
};

/// Runs the tool, with its output thrown away.
[[nodiscard]] MeasuredRun run_measured(std::vector<std::string> arguments);

struct TerminalRun {
  int status = -1;
  std::string text;  ///< all that came to the terminal, which is stdin, stdout and stderr
};

[[nodiscard]] TerminalRun run_on_terminal(std::vector<std::string> arguments);

/// Sends `signal` after that time, if the run is not over by then.
[[nodiscard]] CommandResult run_and_signal(const std::vector<std::string>& arguments, std::chrono::microseconds delay,
                                           int signal);

/// Kills the run (SIGKILL) once it has moved that many things to their names in directories that `root` has now.
[[nodiscard]] CommandResult run_and_kill_after_moves(const std::vector<std::string>& arguments,
                                                     const std::filesystem::path& root, std::size_t moves);

/// How long the run takes. Throws if it fails.
[[nodiscard]] std::chrono::microseconds time_of(const std::vector<std::string>& arguments);

}  // namespace minbtf::test
