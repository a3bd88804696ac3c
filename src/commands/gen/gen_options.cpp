// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/gen_options.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "cli/command_line.hpp"
#include "cli/keep_options.hpp"
#include "cli/module_options.hpp"
#include "cli/object_options.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

namespace {

/// Returns nothing without --format. Throws UsageError.
std::optional<PackageForm> format_of(const ParsedLine& line) {
  if (!line.has("format")) return std::nullopt;
  return line.choice("format", package_forms);
}

constexpr std::array conditions = {Condition::ambiguous, Condition::fails, Condition::poisoned,
                                   Condition::no_relocations};

using archive::Dedupe;
using archive::EqualOutputs;

constexpr std::array links_words = {OptionWord<EqualOutputs>{"symlink", EqualOutputs::symlink},
                                    OptionWord<EqualOutputs>{"copy", EqualOutputs::copy}};
constexpr std::array dedupe_words = {OptionWord<Dedupe>{"content", Dedupe::content},
                                     OptionWord<Dedupe>{"answers", Dedupe::answers},
                                     OptionWord<Dedupe>{"off", Dedupe::off}};

GenTreeOptions take_tree_options(const ParsedLine& line) {
  GenTreeOptions options{tree_options_of(line)};
  options.equal = line.choice("links", links_words);
  options.dedupe = line.choice("dedupe", dedupe_words);
  options.manifest = output_word(line.word("manifest").value_or(""));
  options.manifest_sha256 = line.has("manifest-sha256");
  if (options.manifest_sha256 && options.manifest.empty()) {
    throw UsageError(
        fmt::format("--manifest-sha256 needs --manifest: the digests are in the manifest{}", line.see_help()));
  }
  options.cache = line.word("cache").value_or("");
  options.prune = line.has("prune");
  options.only_for_directory = line.first_of({"links", "prune"});
  if (options.prune && options.manifest.empty()) {
    throw UsageError(
        fmt::format("--prune needs --manifest, which lists the outputs of the last run{}", line.see_help()));
  }
  if (options.only_for_many.empty()) {
    options.only_for_many = line.first_of({"links", "dedupe", "manifest", "manifest-sha256", "cache", "prune"});
  }
  return options;
}

/// bpftool's name for what `gen` does. A kernel file of this name is given as ./min_core_btf.
constexpr const char* bpftool_name = "min_core_btf";

/// Returns true if `word` is probably a mistyped or shortened bpftool_name.
bool is_near_bpftool_name(const std::string& word) {
  constexpr std::size_t max_typing_errors = 3;
  return word.starts_with("min_core") || edit_distance(word, bpftool_name) <= max_typing_errors;
}

/// Throws UsageError if the first argument is a subcommand of 'bpftool gen', or near min_core_btf, and not a file.
void refuse_bpftool_word(const std::vector<std::string>& words, const std::string& see_help) {
  std::error_code error;
  if (words.empty() || std::filesystem::exists(words.front(), error)) return;
  if (is_near_bpftool_name(words.front())) {
    throw UsageError(
        fmt::format("INPUT '{}' does not exist; did you mean '{}'?{}", words.front(), bpftool_name, see_help));
  }
  for (const char* word : {"skeleton", "subskeleton", "object"}) {
    if (words.front() != word) continue;
    throw UsageError(fmt::format(
        "'gen {}' is bpftool's: run 'bpftool gen {} ...' (see 'min-btf help gen' for what gen does here)", word, word));
  }
}

}  // namespace

const CommandLine& gen_command_line() {
  // clang-format off
  static const CommandLine line("gen", {
      {"Options", {
          help_option(),
          {"verbose,v", "",
           "for one kernel, print the outcome of each relocation; for many kernels,\n"
           "print a line for each kernel; print all warnings of a long list"},
          {"quiet,q", "", "print errors only, and the warning that go:embed would lose outputs"},
          json_option(),
          {"format", one_of("FORM", words_of(package_forms)),
           "form of OUTPUT, if its name has no suffix such as .tar.gz (as -):\n"
           "  tar, tar.gz, tar.xz, tar.zst: an archive of regular files\n"
           "  bundle, bundle.gz, bundle.xz, bundle.zst: a bundle\n"
           "  btf.gz, btf.xz, btf.zst: the compressed BTF of one kernel"},
          {"verify", "",
           "compare each result with its kernel before it is written, as\n"
           "'min-btf verify' does; reduces again what is in the cache"},
          {"fail-on", list_of("LIST", condition_words(conditions)),
           "write OUTPUT, and exit with status 3 if a condition in LIST is met\n"
           "(separated by commas; repeatable):\n"
           "  ambiguous: a relocation fails because candidates disagree\n"
           "  fails: a relocation fails, for any reason\n"
           "  poisoned: a relocation has no target\n"
           "  no-relocations: an object has no relocations", true},
          include_object_option(),
          exclude_object_option(),
          keep_option("also keep what user space looks up by name, such as\n"
                      "'enum:skb_drop_reason', 'struct:sock', 'struct:sock.sk_rcvbuf'; KIND is\n"
                      "struct, union, enum, typedef, int or float; @FILE: a file with one in a\n"
                      "line; repeatable; with --keep, there may be no OBJECT"),
          {"keep-layout", "",
           "write sizes, names and declarations that no relocation reads as the\n"
           "kernel has them, for programs other than loaders that read OUTPUT;\n"
           "without it they are the same for all kernels"}}},
      module_option_group(),
      tree_option_group("Options if INPUT is a directory or an archive of kernels", {
          {"links", one_of("KIND", words_of(links_words)),
           "write outputs with equal contents as\n"
           "  symlink: relative symbolic links to the first of them (default)\n"
           "  copy: separate files"},
          {"dedupe", one_of("HOW", words_of(dedupe_words)),
           "find outputs that can be equal:\n"
           "  content: those with equal contents (default)\n"
           "  answers: also give kernels on which all relocations resolve alike the\n"
           "    output of the first of them\n"
           "  off: do not look for them"},
          {"manifest", file("FILE"),
           "write the manifest: JSON with the source and the SHA-256 of each output"},
          {"manifest-sha256", "", "add the SHA-256 of each source and object to the manifest"},
          {"prune", "",
           "remove outputs that the manifest FILE of the last run lists and this run\n"
           "does not make"},
          {"cache", directory("DIR"), "keep results in the directory DIR, and use those that are there"}})},
      {{file("INPUT")}, {file("OUTPUT")}, {file("OBJECT"), true}},
      bpftool_name);
  // clang-format on
  return line;
}

GenOptions gen_options(const ParsedLine& line) {
  GenOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  options.verify = line.has("verify");
  line.refuse_both("quiet", "verbose");
  options.fail_on = parse_conditions(line, conditions);
  options.object_selection = object_selection_of(line);
  options.format = format_of(line);
  options.tree = take_tree_options(line);
  const std::vector<std::string>& words = line.words();
  refuse_bpftool_word(words, line.see_help());
  options.keeps = keeps_of(line);
  if (line.has("keep-layout")) options.layout = Layout::kernel;
  line.check_files(words, options.keeps.empty() ? 3 : 2, "INPUT, OUTPUT and at least one OBJECT");
  InputWords inputs(line);
  options.input = inputs.file(words[0]);
  options.modules = module_options_of(line, inputs);
  options.output = output_word(words[1]);
  options.objects = inputs.files({words.begin() + 2, words.end()});
  return options;
}

std::string gen_help() {
  std::ostringstream text;
  text << "Usage: min-btf gen [OPTION...] INPUT OUTPUT OBJECT...\n"
          "       min-btf gen min_core_btf INPUT OUTPUT OBJECT...   (bpftool's name for the same)\n"
          "       min-btf gen --keep=KIND:NAME [OPTION...] INPUT OUTPUT [OBJECT...]\n"
          "       min-btf gen -B VMLINUX [--module FILE]... [OPTION...] INPUT OUTPUT OBJECT...\n"
          "\n"
          "Reduces the kernel BTF in INPUT to what the OBJECTs need, and writes it to OUTPUT. With OUTPUT,\n"
          "libbpf resolves every relocation of every subset of their programs as with INPUT.\n"
          "\n"
          "  INPUT   one kernel: raw BTF, or an ELF file with a .BTF section (vmlinux); may be compressed\n"
          "          (xz, gzip, zstd, bzip2, lz4) or in a tar. Or many kernels: a directory of such\n"
          "          files, such as BTFHub's archive, or a tar or pack ('min-btf help pack') of them.\n"
          "          A directory that has the BTF of one kernel and that of modules, such as\n"
          "          /sys/kernel/btf, is one kernel. With -B: a module or a directory of modules.\n"
          "  OUTPUT  for one kernel: a file, or a directory in which the file gets INPUT's name. A name\n"
          "          that ends in / is a directory that is created. May be a pipe or a device, or INPUT\n"
          "          itself, if that is not an ELF file. A file that cannot be replaced, such as a file\n"
          "          mounted into a container, is written in place.\n"
          "          For many kernels: a directory, which gets a .btf file for each kernel at the\n"
          "          kernel's path in INPUT; or x.tar, x.tar.gz, x.tar.xz, x.tar.zst: an archive of\n"
          "          these files; or x.bundle, x.bundle.gz, x.bundle.xz, x.bundle.zst: each distinct result\n"
          "          once and an index, in which a program finds the BTF of its kernel\n"
          "          (include/minbtf/bundle.h). The path of a kernel is ID/VERSION/ARCHITECTURE/RELEASE.\n"
          "          A bundle can also have one kernel, such as /sys/kernel/btf/vmlinux.\n"
          "          One kernel is compressed as x.btf.gz, x.btf.xz, x.btf.zst, and is a tar with one\n"
          "          file as x.btf.tar.xz. Other archives, such as x.zip, are refused.\n"
          "  OBJECT  a BPF ELF object, or a directory: all BPF objects (*.o) in it and below it;\n"
          "          {bpfarch} is the architecture of the kernel: 'build/{bpfarch}/tool.bpf.o'\n"
          "  -       standard input as INPUT or as one OBJECT, standard output as OUTPUT or as the\n"
          "          manifest; a file named - is given as ./-\n"
          "\n"
       << gen_command_line().options_help()
       << "\n"
          "Exit status: 0 done; 1 an input failed (the others were done), or OUTPUT could not be written;\n"
          "2 wrong usage; 3 done, and a condition of --fail-on is met; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf gen --fail-on=ambiguous 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n"
          "  min-btf gen --arch=x86_64 --cache ~/.cache/min-btf btfhub-archive/ btfs/ dist/tool.bpf.o\n"
          "  min-btf gen btfhub-archive/ btfs.tar.xz dist/tool.bpf.o\n"
          "  min-btf gen btfhub-archive/ btfs.bundle dist/tool.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
