// SPDX-License-Identifier: BSD-2-Clause
// The completions, run by the shells themselves: bash and zsh complete what is typed in a terminal, and fish prints its
// completions.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <utility>

#include "commands/commands.hpp"
#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

using Offered = std::set<std::string>;

/// A command line: what is typed before the word that is completed, and the word so far.
struct Typed {
  std::string before;
  std::string word;
};

bool has_file(const std::string& path) { return fs::exists(path); }

bool has_program(const std::string& program) { return run_command({"sh", "-c", "command -v " + program}).status == 0; }

/// Returns the words of a command line, without backslashes before blanks.
Offered words_of_line(const std::string& line) {
  Offered words;
  std::string word;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i == line.size() || line[i] == ' ') {
      if (!word.empty()) words.insert(word);
      word.clear();
    } else {
      if (line[i] == '\\' && i + 1 < line.size()) ++i;
      word += line[i];
    }
  }
  return words;
}

/// Returns words without what the shells add in different ways: "=" behind an option, "/" behind a directory, ","
/// behind a word of a list, and the option before a value.
Offered plain(const Offered& words) {
  static const std::regex option("^--[a-z-]+=(?=.)");
  Offered result;
  for (std::string word : words) {
    word = std::regex_replace(word, option, "");
    if (word.ends_with('=') || word.ends_with('/') || word.ends_with(',')) word.pop_back();
    result.insert(word);
  }
  return result;
}

/// A directory with files to complete, a home without settings of a user, and the completions where the shells load
/// them from.
class Shells {
 public:
  Shells() {
    for (const char* name : {"work/some kernels", "work/objects"}) fs::create_directories(directory_.path() / name);
    for (const char* name : {"work/some kernels/old kernel.btf", "work/some.btf", "work/-me"}) {
      (void)directory_.write(name, "");
    }
    install("min-btf", "home/share/bash-completion/completions");
    install("_min-btf", "home/functions");
    install("min-btf.fish", "home/share/fish/vendor_completions.d");
    (void)directory_.write("home/bashrc", R"sh(
bind '"\C-b": insert-completions'
bind -x '"\C-e": printf "%s\0" "$READLINE_LINE" >"$LINES_TO"; READLINE_LINE=; READLINE_POINT=0'
source /usr/share/bash-completion/bash_completion
printf '\0' >"$LINES_TO"
)sh");
    (void)directory_.write("home/.zshrc", R"sh(
fpath=($HOME/functions $fpath)
autoload -Uz compinit
compinit -D -u
zstyle ':completion:all::::' completer _all_matches _complete
zstyle ':completion:all:*' old-matches false
zstyle ':completion:all:*' insert true
zle -C all complete-word _generic
bindkey '^B' all
write-line() { print -rn -- "$BUFFER"$'\0' >$LINES_TO; BUFFER= }
zle -N write-line
bindkey '^E' write-line
print -n '\0' >$LINES_TO
)sh");
  }

  /// Returns what the shell offers for each line. Empty: the shell is not installed, and a reason was printed.
  std::vector<Offered> offered(const std::string& shell, const std::vector<Typed>& lines) {
    if (!is_installed(shell)) return {};
    return shell == "fish" ? offered_by_fish(lines) : offered_in_terminal(shell, lines);
  }

  /// Returns the command lines after a tab at the end of each.
  std::vector<std::string> after_tab(const std::string& shell, const std::vector<std::string>& lines) {
    if (!is_installed(shell)) return {};
    std::string typed;
    for (const std::string& line : lines) typed += line + "\t\n";
    return typed_in_terminal(shell, typed, lines.size());
  }

 private:
  void install(const std::string& name, const std::string& where) {
    fs::create_directories(directory_.path() / where);
    fs::copy_file(fs::path(TEST_BINARY).parent_path() / "manual" / name, directory_.path() / where / name);
  }

  /// fish has completions of programs in PATH only.
  static std::string path_with_min_btf() {
    const char* const path = std::getenv("PATH");
    return "PATH=" + fs::path(TEST_BINARY).parent_path().string() + ":" + (path == nullptr ? "" : path);
  }

  static bool is_installed(const std::string& shell) {
    std::string missing;
    if (!has_program(shell)) missing = shell;
    if (shell != "fish" && !has_program("python3")) missing = "python3";
    if (shell == "bash" && !has_file("/usr/share/bash-completion/bash_completion")) missing = "bash-completion";
    if (!missing.empty()) skip_test(missing + " is not installed");
    return missing.empty();
  }

  std::vector<std::string> typed_in_terminal(const std::string& shell, const std::string& typed, std::size_t lines) {
    const std::string rcfile = directory_.file(shell == "bash" ? "home/bashrc" : "home/.zshrc");
    const CommandResult result =
        run_command({"python3", "-B", std::string(TEST_SOURCE_DIR) + "/tests/cli/complete_in_shell.py", shell, rcfile,
                     directory_.file("work")},
                    {.stdin_path = directory_.write("typed", typed)});
    CAPTURE(result.err);
    constexpr int no_terminal = 77;
    if (result.status == no_terminal) {
      skip_test("no terminal for " + shell + ": " + lines_in(result.err).front());
      return {};
    }
    REQUIRE(result.status == 0);
    std::vector<std::string> completed = lines_in(result.out);
    REQUIRE(completed.size() == lines);
    return completed;
  }

  std::vector<Offered> offered_in_terminal(const std::string& shell, const std::vector<Typed>& lines) {
    std::string typed;
    for (const Typed& line : lines) typed += line.before + line.word + "\n";
    const std::vector<std::string> completed = typed_in_terminal(shell, typed, lines.size());
    std::vector<Offered> all;
    for (std::size_t i = 0; i < completed.size(); ++i) {
      CAPTURE(shell, completed[i]);
      REQUIRE(completed[i].starts_with(lines[i].before));
      // Without a completion, the line stays as it is.
      const bool is_same = completed[i] == lines[i].before + lines[i].word;
      all.push_back(is_same ? Offered{} : plain(words_of_line(completed[i].substr(lines[i].before.size()))));
    }
    return all;
  }

  /// Returns the last token of a line without backslashes. fish 4 also offers words that only have its characters in
  /// this order; such words are left out here.
  static std::string typed_token(const Typed& line) {
    const std::size_t blank = line.before.rfind(' ');
    std::string token = line.before.substr(blank + 1) + line.word;
    std::erase(token, '\\');
    return token;
  }

  std::vector<Offered> offered_by_fish(const std::vector<Typed>& lines) {
    std::string script;
    for (const Typed& line : lines) {
      const std::string text = std::regex_replace(line.before + line.word, std::regex(R"(['\\])"), R"(\$&)");
      script += "complete -C '" + text + "'\necho =\n";
    }
    const CommandResult result =
        run_command({"env", "HOME=" + directory_.file("home"), "XDG_DATA_HOME=" + directory_.file("home/share"),
                     "XDG_CONFIG_HOME=" + directory_.file("home/config"), path_with_min_btf(), "TERM=xterm",
                     "LC_ALL=C.UTF-8", "fish", directory_.write("script.fish", script)},
                    {.directory = directory_.file("work")});
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    std::vector<Offered> all(1);
    for (const std::string& line : lines_in(result.out)) {
      if (line == "=") {
        all.back() = plain(all.back());
        all.emplace_back();
      } else if (line.starts_with(typed_token(lines[all.size() - 1]))) {
        all.back().insert(line.substr(0, line.find('\t')));
      }
    }
    all.pop_back();
    REQUIRE(all.size() == lines.size());
    return all;
  }

  TempDir directory_;
};

struct Case {
  Typed typed;
  Offered expected;
};

void check(const std::string& shell, const std::vector<Case>& cases) {
  std::vector<Typed> lines;
  for (const Case& each : cases) lines.push_back(each.typed);
  Shells shells;
  const std::vector<Offered> offered = shells.offered(shell, lines);
  for (std::size_t i = 0; i < offered.size(); ++i) {
    CAPTURE(shell, cases[i].typed.before, cases[i].typed.word);
    CHECK(offered[i] == cases[i].expected);
  }
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      // Commands, and the options that stand in their place.
      {{"min-btf ", "in"}, {"inspect"}},
      {{"min-btf ", "ve"}, {"verify", "version"}},
      {{"min-btf ", "--"}, {"--help", "--version"}},
      {{"min-btf help ", "ver"}, {"verify", "version"}},
      {{"min-btf help ", "--"}, {"--json"}},
      {{"min-btf unknown ", "--"}, {}},
      // Options of the command only.
      {{"min-btf gen ", "--fo"}, {"--format"}},
      {{"min-btf gen a b ", "--ma"},
       {"--manifest", "--manifest-sha256", "--max-kernel-size", "--max-members", "--max-path"}},
      {{"min-btf check ", "--fo"}, {}},
      {{"min-btf gen --format tar --links=copy -v ", "--pr"}, {"--prune"}},
      // Words of options, behind = and as the next word.
      {{"min-btf gen --links=", ""}, {"symlink", "copy"}},
      {{"min-btf gen --links ", "s"}, {"symlink"}},
      {{"min-btf gen --format ", "bundle."}, {"bundle.gz", "bundle.xz", "bundle.zst"}},
      {{"min-btf ship --format ", "btf"}, {}},
      {{"min-btf verify --oracle=", ""}, {"libbpf"}},
      {{"min-btf verify --loaders=", ""}, {"native", "all"}},
      {{"min-btf dump --format ", ""}, {"c", "json"}},
      {{"min-btf embed --target=", "ri"}, {"riscv64"}},
      {{"min-btf btfgen -a ", ""}, {"x86_64", "arm64"}},
      {{"min-btf select --machine ", "aa"}, {"aarch64"}},
      // Lists.
      {{"min-btf gen --fail-on=", ""}, {"ambiguous", "fails", "poisoned", "no-relocations"}},
      {{"min-btf check --fail-on ", "k"}, {"kernel-btf"}},
      {{"min-btf check --fail-on=", "fails,po"}, {"fails,poisoned"}},
      {{"min-btf check --fail-on ", "fails,unguarded,po"}, {"fails,unguarded,poisoned"}},
      {{"min-btf ship --arch=", "arm64,x"}, {"arm64,x86_64"}},
      // Values that no shell can know.
      {{"min-btf gen --jobs=", ""}, {}},
      {{"min-btf gen --jobs ", ""}, {}},
      {{"min-btf gen -j ", ""}, {}},
      {{"min-btf ship --path=", ""}, {}},
      // Files and directories.
      {{"min-btf gen ", "so"}, {"some kernels", "some.btf"}},
      {{"min-btf gen a b ", "o"}, {"objects"}},
      {{"min-btf gen ", "some\\ kernels/o"}, {"some kernels/old kernel.btf"}},
      {{"min-btf gen --manifest=", "so"}, {"some kernels", "some.btf"}},
      {{"min-btf gen --manifest ", "some."}, {"some.btf"}},
      {{"min-btf gen --cache=", "so"}, {"some kernels"}},
      {{"min-btf gen --cache ", "so"}, {"some kernels"}},
      {{"min-btf objects -o ", "some."}, {}},
      {{"min-btf select -o ", "some."}, {"some.btf"}},
      {{"min-btf btfgen ", "so"}, {}},
      // Arguments that are words, and the options with which they are absent.
      {{"min-btf ship ", "b"}, {"bcc", "bpf-compatible", "btfhub", "bundle", "boot"}},
      {{"min-btf ship --arch x86_64 ", "t"}, {"tracee"}},
      {{"min-btf ship bcc ", "so"}, {"some kernels", "some.btf"}},
      {{"min-btf ship --path x ", "so"}, {"some kernels", "some.btf"}},
      {{"min-btf ship --path=x ", "bundl"}, {}},
      {{"min-btf dump some.btf ", "struc"}, {"struct"}},
      {{"min-btf dump some.btf struct ", "so"}, {}},
      {{"min-btf embed a b ", "so"}, {}},
      // Behind --, there are no options.
      {{"min-btf gen -- ", "-"}, {"-me"}},
      {{"min-btf ship -- ", "tra"}, {"tracee"}},
      {{"min-btf ship --arch x86_64 -- bcc ", "so"}, {"some kernels", "some.btf"}},
  };
  return all;
}

/// Returns the long options in a help text.
Offered options_of_help(const std::string& command) {
  static const std::regex option(R"(^  (?:-[A-Za-z] \[ )?(--[a-z0-9-]+))");
  Offered options;
  for (const std::string& line : lines_in(run_min_btf({"help", command}).out)) {
    std::smatch found;
    if (std::regex_search(line, found, option)) options.insert(found[1].str());
  }
  return options;
}

void check_all_options(const std::string& shell) {
  std::vector<Case> all;
  for (const cli::Command& command : cli::commands()) {
    const std::string name = command.name;
    all.push_back({{"min-btf " + name + " ", "--"}, options_of_help(name)});
  }
  check(shell, all);
}

}  // namespace

TEST_CASE("completion: bash offers commands, options, words, lists, files and directories") { check("bash", cases()); }
TEST_CASE("completion: zsh offers commands, options, words, lists, files and directories") { check("zsh", cases()); }
TEST_CASE("completion: fish offers commands, options, words, lists, files and directories") { check("fish", cases()); }

TEST_CASE("completion: bash offers all options of each help text") { check_all_options("bash"); }
TEST_CASE("completion: zsh offers all options of each help text") { check_all_options("zsh"); }
TEST_CASE("completion: fish offers all options of each help text") { check_all_options("fish"); }

TEST_CASE("completion: behind an option with a value and in a list, the next character follows without a blank") {
  const std::vector<std::string> typed = {"min-btf gen --form", "min-btf gen --fail-on=am", "min-btf gen --links=c",
                                          "min-btf gen some\\ k"};
  Shells shells;
  const std::vector<std::string> bash = shells.after_tab("bash", typed);
  if (!bash.empty()) {
    CHECK(bash == std::vector<std::string>{"min-btf gen --format=", "min-btf gen --fail-on=ambiguous",
                                           "min-btf gen --links=copy ", "min-btf gen some\\ kernels/"});
  }
  const std::vector<std::string> zsh = shells.after_tab("zsh", typed);
  if (!zsh.empty()) {
    CHECK(zsh == std::vector<std::string>{"min-btf gen --format=", "min-btf gen --fail-on=ambiguous,",
                                          "min-btf gen --links=copy ", "min-btf gen some\\ kernels/"});
  }
}

TEST_CASE("completion: the words of an option are those that its command takes") {
  // Without the inputs, a command with a valid word fails later.
  std::size_t words = 0;
  for (const cli::Command& command : cli::commands()) {
    Words arguments;
    for (const cli::ArgumentSpec& argument : command.command_line().arguments()) {
      const bool is_word = !argument.value.words.empty();
      arguments.push_back(is_word ? argument.value.words.front() : "/nonexistent/file.o");
    }
    if (command.name == std::string("btfgen")) arguments = {"-o", "/nonexistent/file.o"};
    for (const cli::OptionGroup& group : command.command_line().groups()) {
      for (const cli::OptionSpec& option : group.options) {
        if (option.value.words.empty()) continue;
        const auto run = [&](const std::string& word) {
          const bool is_arch = option.long_name() == "arch" && command.name == std::string("btfgen");
          Words line = {command.name, "--" + option.long_name() + "=" + word};
          if (command.name == std::string("btfgen") && !is_arch) line.emplace_back("--arch=arm64");
          return run_min_btf(joined(line, arguments));
        };
        for (const std::string& word : option.value.words) {
          const CommandResult result = run(word);
          CAPTURE(command.name, option.names, word, result.err);
          CHECK(result.status != 0);
          CHECK(result.err.find("'" + word + "'") == std::string::npos);
          ++words;
        }
        // `select --machine` and `--arch` of trees take any word; the other options name a wrong one.
        const bool is_open = option.long_name() == "machine" || option.long_name() == "arch";
        const CommandResult wrong = run("nonsense");
        CAPTURE(command.name, option.names, wrong.err);
        CHECK((is_open || (wrong.status == 2 && wrong.err.find("'nonsense'") != std::string::npos)));
      }
    }
  }
  CHECK(words > 80);
}
