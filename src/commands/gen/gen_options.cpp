#include "commands/gen/gen_options.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "cli/command_line.hpp"
#include "cli/object_options.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

namespace {

constexpr std::array conditions = {Condition::ambiguous, Condition::fails, Condition::poisoned,
                                   Condition::no_relocations};

GenTreeOptions take_tree_options(const ParsedLine& line) {
  GenTreeOptions options{tree_options_of(line)};
  using archive::Dedupe;
  using archive::EqualOutputs;
  options.equal =
      line.choice<EqualOutputs>("links", {{"symlink", EqualOutputs::symlink}, {"copy", EqualOutputs::copy}});
  options.dedupe = line.choice<Dedupe>("dedupe", {{"content", Dedupe::content}, {"off", Dedupe::off}});
  options.manifest = output_word(line.word("manifest").value_or(""));
  options.manifest_sha256 = line.has("manifest-sha256");
  if (options.manifest_sha256 && options.manifest.empty()) {
    throw UsageError(
        fmt::format("--manifest-sha256 needs --manifest, where the digests are written{}", line.see_help()));
  }
  options.cache = line.word("cache").value_or("");
  options.prune = line.has("prune");
  if (options.prune && options.manifest.empty()) {
    throw UsageError(fmt::format("--prune needs --manifest, which tells what the last run made{}", line.see_help()));
  }
  return options;
}

std::string tree_word(const ParsedLine& line) {
  const std::string word = tree_word_of(line);
  return word.empty() ? line.first_of({"links", "dedupe", "manifest", "manifest-sha256", "cache", "prune"}) : word;
}

/// bpftool's other words behind `gen`. A kernel's file may be called so.
void refuse_bpftool_word(const std::vector<std::string>& words) {
  std::error_code error;
  if (words.empty() || std::filesystem::exists(words.front(), error)) return;
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
          {"help,h", "", "print this help"},
          {"verbose,v", "",
           "print what each relocation resolved to; for many kernels, a line for each\n"
           "kernel instead, and every warning of long lists"},
          {"quiet,q", "", "print nothing but errors"},
          {"json", "", "print one JSON document to stdout, whatever happens"},
          {"verify", "",
           "compare each result with its kernel before it is published, as\n"
           "'min-btf verify' does; results from the cache are not taken, but made\n"
           "again and kept there"},
          {"fail-on", "LIST",
           "write OUTPUT, but exit with status 3 if one of these holds\n"
           "(separated by commas):\n"
           "  ambiguous: candidates for a relocation disagree\n"
           "  fails: a relocation fails, for whatever reason\n"
           "  poisoned: a relocation has no target\n"
           "  no-relocations: an object has no relocation", true},
          include_object_option(),
          exclude_object_option()}},
      tree_option_group("Options if INPUT is a directory or an archive of kernels", {
          {"links", "KIND",
           "what outputs with equal contents are:\n"
           "  symlink: relative links to the first of them (default)\n"
           "  copy: files of their own"},
          {"dedupe", "HOW", "equal contents are found: content (default); off, not at all"},
          {"manifest", "FILE", "write what was made of what, in JSON, with the SHA-256 of each output"},
          {"manifest-sha256", "", "with the SHA-256 of each source and object too"},
          {"prune", "", "remove outputs that FILE of the last run lists and this run did not make"},
          {"cache", "DIR", "keep results there, and take those that are there"}})},
      // bpftool's name for the job; a kernel file that is called so can be given as ./min_core_btf.
      "min_core_btf");
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
  options.fail_on = parse_conditions(line.all("fail-on"), conditions, line.see_help());
  options.object_selection = object_selection_of(line);
  options.tree = take_tree_options(line);
  options.tree_word = tree_word(line);
  const std::vector<std::string>& words = line.words();
  refuse_bpftool_word(words);
  line.check_files(words, 3, "INPUT, OUTPUT and at least one OBJECT");
  InputWords inputs(line);
  options.input = inputs.file(words[0]);
  options.output = output_word(words[1]);
  options.objects = inputs.files({words.begin() + 2, words.end()});
  return options;
}

std::string gen_help() {
  std::ostringstream text;
  text << "Usage: min-btf gen [OPTION...] INPUT OUTPUT OBJECT...\n"
          "       min-btf gen min_core_btf INPUT OUTPUT OBJECT...   (the same, in bpftool's words)\n"
          "\n"
          "Writes to OUTPUT what the OBJECTs need of the kernel BTF in INPUT: libbpf relocates their\n"
          "programs, all of them or some, with OUTPUT as it does with INPUT.\n"
          "\n"
          "  INPUT   a kernel: raw BTF, or an ELF file with a .BTF section (vmlinux), also compressed\n"
          "          (xz, gzip, zstd, bzip2, lz4) or in a tar. Or many kernels: a directory of such\n"
          "          files, as BTFHub's archive is, or a tar of them.\n"
          "  OUTPUT  of a kernel: a file; in a directory, the file called as INPUT is. A name ending\n"
          "          in / is a directory that is made. A pipe or device is written to. INPUT itself is\n"
          "          replaced, unless it is an ELF file. A file that cannot be replaced, as one mounted\n"
          "          into a container, is written in place.\n"
          "          Of many kernels: a directory, with INPUT's tree of .btf files.\n"
          "          Packages are not written: x.tar.gz and x.btf.xz are refused.\n"
          "  OBJECT  a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
          "  -       stdin as INPUT or one OBJECT, stdout as OUTPUT or --manifest; a file of that\n"
          "          name is ./-\n"
          "\n"
       << gen_command_line().options_help()
       << "\n"
          "Exit status: 0 done; 1 an input failed (others were still done) or OUTPUT could not be\n"
          "written; 2 wrong usage; 3 done, and a --fail-on condition holds; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf gen --fail-on=ambiguous 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n"
          "  min-btf gen --arch=x86_64 --cache ~/.cache/min-btf btfhub-archive/ btfs/ dist/tool.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
