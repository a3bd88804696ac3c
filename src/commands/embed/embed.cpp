// SPDX-License-Identifier: BSD-2-Clause
#include "commands/embed/embed.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "cli/console.hpp"
#include "cli/standard_streams.hpp"
#include "commands/embed/embed_report.hpp"
#include "commands/embed/embed_target.hpp"
#include "commands/embed/embedding.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/read/buffer.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

const CommandLine& embed_command_line() {
  // clang-format off
  static const CommandLine line("embed", {
      {"Options", {
          help_option(),
          {"symbol", "NAME", "make the symbols NAME_start, NAME_end and NAME_size (default: those of\n"
                             "'ld -r -b binary', _binary_FILE_start, ..., without FILE's directory and\n"
                             "with _ for each byte of FILE that is no letter and no digit)"},
          {"target", one_of("ARCH", embed_target_names()), "make OUTPUT.o for ARCH: x86_64, arm64, arm, riscv64, s390x, ppc64le or\n"
                             "loongarch64 (default: the architecture of this machine)"},
          {"quiet,q", "", "do not print the line about OUTPUT"},
          json_option()}}},
      {{file("FILE")}, {file("OUTPUT")}});
  // clang-format on
  return line;
}

std::string embed_help() {
  return "Usage: min-btf embed [OPTION...] FILE OUTPUT.o\n"
         "       min-btf embed [OPTION...] FILE OUTPUT.S\n"
         "\n"
         "Writes an object or an assembler source with the bytes of FILE, for a program that has the bytes\n"
         "linked in: read-only data, a stack that is not executable, and no linker is needed.\n"
         "\n"
         "  FILE      any file of 1 byte to 2 GiB, such as min_core_btfs.tar.gz\n"
         "  -         standard input as FILE, for OUTPUT.o; --symbol is then needed\n"
         "  OUTPUT.o  an object for the linker\n"
         "  OUTPUT.S  a source for the assembler of any architecture. It includes FILE (.incbin) by the\n"
         "            path that the command line has: a relative path is relative to the directory in which\n"
         "            the assembler runs.\n"
         "\n" +
         embed_command_line().options_help() +
         "\n"
         "OUTPUT is replaced atomically.\n"
         "\n"
         "Exit status: 0 done; 1 FILE could not be read, or OUTPUT could not be written; 2 wrong usage;\n"
         "130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf embed min_core_btfs.tar.gz min_core_btfs.o\n"
         "  min-btf embed --target=arm64 --symbol=btfs btfs.tar.gz btfs.arm64.o\n"
         "  min-btf embed min_core_btfs.tar.gz min_core_btfs.S\n";
}

namespace {

constexpr std::size_t max_file_bytes = std::size_t{2} << 30U;

struct EmbedOptions {
  std::string file;
  std::string output;
  const EmbedTarget* target = nullptr;  ///< null for assembler source
  EmbeddedSymbols symbols;
  bool quiet = false;
  bool json = false;
};

/// Returns the target named `word`; that of this machine if there is no word. Throws UsageError.
const EmbedTarget& target_of(const std::optional<std::string>& word) {
  utsname machine{};
  if (!word && ::uname(&machine) != 0) throw UsageError("the architecture of this machine is unknown; give --target");
  const std::string name = word ? *word : machine.machine;
  if (const EmbedTarget* const target = find_embed_target(name)) return *target;
  throw UsageError(fmt::format("{} '{}' is not one of these: {}", word ? "--target:" : "the machine", name,
                               fmt::join(embed_target_names(), ", ")));
}

/// Returns the start of the symbols' names. Throws UsageError.
std::string prefix_of(const ParsedLine& line, const std::string& file) {
  if (const auto symbol = line.word("symbol")) {
    if (is_c_identifier(*symbol)) return *symbol;
    throw UsageError(
        fmt::format("--symbol: '{}' is not a name in C: letters, digits and _, and no digit at the start", *symbol));
  }
  if (file == io::standard_input_name) {
    throw UsageError(fmt::format("standard input has no name for the symbols; give --symbol{}", line.see_help()));
  }
  return binary_prefix(fs::path(file).filename().string());
}

EmbedOptions embed_options(const ParsedLine& line) {
  EmbedOptions options;
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 2, "FILE and OUTPUT");
  if (words.size() > 2) {
    throw UsageError(fmt::format("embed takes FILE and OUTPUT, but has '{}'{}", words[2], line.see_help()));
  }
  options.output = words[1];
  const bool is_object = options.output.ends_with(".o");
  if (!is_object && !options.output.ends_with(".S")) {
    throw UsageError(fmt::format("OUTPUT {} has to end in .o (an object) or .S (assembler source){}", options.output,
                                 line.see_help()));
  }
  if (!is_object && line.has("target")) {
    throw UsageError(fmt::format("--target is for OUTPUT.o; OUTPUT.S is for all architectures{}", line.see_help()));
  }
  if (is_object) options.target = &target_of(line.word("target"));
  options.file = InputWords(line).file(words[0]);
  if (!is_object && options.file == io::standard_input_name) {
    throw UsageError(fmt::format("OUTPUT.S includes FILE by its path, and standard input has none{}", line.see_help()));
  }
  options.symbols = symbols_with(prefix_of(line, options.file));
  return options;
}

void refuse_places(const io::OutputFile& output, const EmbedOptions& options) {
  if (output.is_stdout() && options.json) {
    throw UsageError("--json and OUTPUT cannot both go to standard output; name another OUTPUT");
  }
  if (output.is_same_file(options.file)) {
    throw UsageError(fmt::format("OUTPUT {} is FILE {}", options.output, options.file));
  }
}

[[noreturn]] void refuse_empty_file(const std::string& name) {
  throw Error(ErrorKind::wrong_file, name, "", "an empty file, which is not embedded");
}

std::vector<std::uint8_t> object_of(io::InputFile& file, const EmbedOptions& options, EmbedReport& report) {
  io::Buffer memory;
  const std::span<const std::uint8_t> bytes = file.read_all(memory, max_file_bytes);
  if (bytes.empty()) refuse_empty_file(file.name());
  report.bytes = bytes.size();
  return embedding_object(bytes, options.symbols, *options.target, options.output);
}

std::vector<std::uint8_t> source_of(const io::InputFile& file, const EmbedOptions& options, EmbedReport& report) {
  if (!file.is_regular()) {
    throw Error(ErrorKind::wrong_file, file.name(), "", "not a regular file, which OUTPUT.S needs");
  }
  if (file.head().empty()) refuse_empty_file(file.name());
  if (file.size() > max_file_bytes) {
    throw Error(ErrorKind::unsupported, file.name(), "", fmt::format("over {} bytes, too large", max_file_bytes));
  }
  report.bytes = file.size();
  const std::string text = embedding_source(options.file, options.symbols);
  return {text.begin(), text.end()};
}

std::string line_of(const EmbedReport& report) {
  const std::string form = report.target.empty() ? "assembler source" : report.target;
  return fmt::format("{} -> {}: {} bytes, {}; symbols {}, {}, {}", shown_path(report.file), report.output, report.bytes,
                     form, report.symbols.start, report.symbols.end, report.symbols.size);
}

}  // namespace

void embed(const ParsedLine& line, Reply& reply) {
  const EmbedOptions options = embed_options(line);
  const auto report = std::make_shared<EmbedReport>();
  report->file = options.file;
  report->output = options.output;
  report->symbols = options.symbols;
  if (options.target != nullptr) report->target = options.target->name;
  reply.body = [report](Json& document) { add_embedding(*report, document); };
  reply.on_interrupt("nothing was written");

  std::error_code missing;
  if (fs::is_directory(options.output, missing)) {
    throw UsageError(fmt::format("OUTPUT {} is a directory, not a file", options.output));
  }
  const io::OutputFile output(options.output, "");
  io::InputFile file(options.file);
  refuse_places(output, options);
  reply.stdout_is_taken = output.is_stdout();
  const std::vector<std::uint8_t> bytes =
      options.target != nullptr ? object_of(file, options, *report) : source_of(file, options, *report);
  {
    // A file is either replaced or not: an interruption waits until that is certain. A reader of a pipe may never come.
    std::optional<io::InterruptsBlocked> until_certain;
    if (output.is_replaced()) {
      until_certain.emplace();
    } else {
      reply.on_interrupt("OUTPUT may be incomplete");
    }
    output.publish(bytes);
    reply.on_interrupt("OUTPUT is written");
  }
  if (!options.quiet) reply.text = printable(line_of(*report)) + "\n";
}

}  // namespace minbtf::cli
