#include "cli/dump_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/tree_options.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

namespace {

enum class Format { c, json };

bool wants_json(const ParsedLine& line) {
  const auto format = line.choice<Format>("format", {{"c", Format::c}, {"json", Format::json}});
  if (format == Format::c && line.has("format") && line.has("json")) {
    throw UsageError(fmt::format("--json and --format=c contradict each other{}", line.see_help()));
  }
  return format == Format::json || line.has("json");
}

}  // namespace

const CommandLine& dump_command_line() {
  // clang-format off
  static const CommandLine line("dump", {
      {"Options", {
          {"help,h", "", "print this help"},
          {"format", "FORMAT", "c (default), or json"},
          {"json", "", "--format=json, and one JSON document whatever happens"},
          kernel_size_option()}}});
  // clang-format on
  return line;
}

DumpOptions dump_options(const ParsedLine& line) {
  DumpOptions options;
  options.json = wants_json(line);
  options.limits = limits_of(line);
  const std::vector<std::string>& words = line.words();
  if (std::ranges::find(words, "") != words.end()) {
    throw UsageError(fmt::format("FILE or TYPE is empty{}", line.see_help()));
  }
  line.check_files(words, 1, "a FILE");
  options.file = words.front();
  options.type.assign(words.begin() + 1, words.end());
  return options;
}

std::string dump_help() {
  std::ostringstream text;
  text << "Usage: min-btf dump [OPTION...] FILE [TYPE]\n"
          "\n"
          "Prints BTF in C or JSON: all types, or TYPE with what it needs.\n"
          "\n"
          "  FILE    raw BTF, or an ELF file with a .BTF section (vmlinux, a BPF object), also compressed\n"
          "          (xz, gzip, zstd, bzip2, lz4) or in a tar by itself; /sys/kernel/btf/vmlinux, /dev/stdin\n"
          "  TYPE    a name (task_struct), a kind and a name (struct task_struct, union, enum, typedef,\n"
          "          func, var, int, float, fwd, datasec), or an id (123)\n"
          "\n"
       << dump_command_line().options_help()
       << "\n"
          "All types in C can be included as vmlinux.h: they are what 'bpftool btf dump file FILE\n"
          "format c' prints. Of several types of one kind and name, C shows the first, and the ids of\n"
          "the others; JSON has them all. Fields of the JSON are those of 'bpftool -j btf dump'.\n"
          "\n"
          "Exit status: 0 done; 1 FILE cannot be read, has no such TYPE, or cannot be written in C;\n"
          "2 wrong usage; 130 interrupted. A reader that has enough, such as head, ends it silently.\n"
          "\n"
          "Examples:\n"
          "  min-btf dump /sys/kernel/btf/vmlinux >vmlinux.h\n"
          "  min-btf dump 5.4.0-42-generic.btf.tar.xz struct task_struct\n"
          "  min-btf dump --format=json min.btf\n";
  return text.str();
}

}  // namespace minbtf::cli
