// SPDX-License-Identifier: BSD-2-Clause
#include "commands/dump/dump.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/unpack/unpack.hpp"
#include "btf/kinds.hpp"
#include "btf/view.hpp"
#include "cli/batch_run.hpp"
#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/dump/dump_json.hpp"
#include "commands/dump/type_query.hpp"
#include "libbpf/c_dump.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

struct DumpOptions {
  bool json = false;
  std::string file;
  std::vector<std::string> type;  ///< words of TYPE; empty for all types
  TreeOptions tree;               ///< for a pack, bundle or tar
};

enum class Format { c, json };

constexpr std::array format_words = {OptionWord<Format>{"c", Format::c}, OptionWord<Format>{"json", Format::json}};

bool wants_json(const ParsedLine& line) {
  const auto format = line.choice("format", format_words);
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
          help_option(),
          {"format", one_of("FORMAT", words_of(format_words)), "print c (default) or json"},
          {"json", "", "print one JSON document on standard output, also if the run fails; has the\n"
                       "fields of --format=json"},
          kernel_size_option()}},
      selection_option_group("Options if FILE is a pack, bundle or tar: they must select one kernel")},
      {{file("FILE")}, {one_of("TYPE", kinds_with_names())}});
  // clang-format on
  return line;
}

std::string dump_help() {
  std::ostringstream text;
  text << "Usage: min-btf dump [OPTION...] FILE [TYPE]\n"
          "\n"
          "Prints BTF in C or JSON: all types, or TYPE and the types that it needs.\n"
          "\n"
          "  FILE    raw BTF (/sys/kernel/btf/vmlinux), or an ELF file with a .BTF section (vmlinux, a BPF\n"
          "          object); may be compressed (xz, gzip, zstd, bzip2, lz4), or alone\n"
          "          in a tar. Or a pack ('min-btf help pack'), bundle or tar of kernels, from which --include,\n"
          "          --exclude and --arch select one kernel. In a pack, ids are not those of the kernel. A pack\n"
          "          of types only has no functions, no variables, and no types without a name to which no\n"
          "          type refers.\n"
          "  -       standard input as FILE; a file named - is given as ./-\n"
          "  TYPE    a name (task_struct), a kind and a name (struct task_struct, union, enum, typedef,\n"
          "          func, var, int, float, fwd, datasec), or an id (123)\n"
          "\n"
       << dump_command_line().options_help()
       << "\n"
          "The C output of all types can be included as vmlinux.h: it is that of 'bpftool btf dump file\n"
          "FILE format c', with prototypes for kfuncs that FILE tags. If several types have the same kind\n"
          "and name as TYPE, C has the first and the ids of the others, and JSON has them all. JSON types\n"
          "have the fields of 'bpftool -j btf dump'.\n"
          "\n"
          "Exit status: 0 done; 1 FILE cannot be read, has no such TYPE, or cannot be printed in C;\n"
          "2 wrong usage; 130 interrupted. A closed pipe (| head) is not an error.\n"
          "\n"
          "Examples:\n"
          "  min-btf dump /sys/kernel/btf/vmlinux >vmlinux.h\n"
          "  min-btf dump 5.4.0-42-generic.btf.tar.xz struct task_struct\n"
          "  min-btf dump --include '**/6.1.0-50-amd64.btf' all.pack struct task_struct\n"
          "  min-btf dump --format=json min.btf\n";
  return text.str();
}

namespace {

std::unique_ptr<archive::Input> open(const DumpOptions& options) {
  auto input =
      archive::open_input(options.file, {.limits = options.tree.limits, .takes_objects = true, .takes_packs = true});
  input->load_one(archive::PathSelection(options.tree.selection), options.tree.limits);
  refuse_tree_option(options.tree.only_for_many, *input, "FILE");
  return input;
}

/// FILE and its parsed BTF. The reply shares it until the output is written.
struct Opened {
  explicit Opened(const DumpOptions& options)
      : input(open(options)), bytes(input->one_kernel()), view(btf::View::parse_in_place(bytes, options.file, {})) {}
  std::unique_ptr<archive::Input> input;
  std::span<const std::uint8_t> bytes;
  btf::View view;
};

[[noreturn]] void no_such_type(const btf::View& btf, const std::string& reason) {
  throw Error(ErrorKind::wrong_file, btf.name(), "", reason);
}

std::vector<std::uint32_t> chosen_by_id(const btf::View& btf, std::uint64_t id) {
  if (id == 0) no_such_type(btf, "type [0] is void, which has no record");
  if (id >= btf.id_end()) no_such_type(btf, fmt::format("no type [{}], the last is [{}]", id, btf.id_end() - 1));
  return {static_cast<std::uint32_t>(id)};
}

/// True for a kind whose types have no names, such as `ptr`. `void` is no kind here: it has no record.
bool is_kind_without_names(const std::string& word, const std::vector<std::string>& kinds_with_names) {
  return word != btf::shape(btf::Kind::void_).name &&
         std::ranges::find(btf::kind_shapes, word, &btf::KindShape::name) != btf::kind_shapes.end() &&
         std::ranges::find(kinds_with_names, word) == kinds_with_names.end();
}

/// Throws UsageError if the words of TYPE, which matches no type in the file, are wrong:
///  1. A kind without a name. `int` and `float` are names of types, too: they are looked up as names only.
///  2. A name after a kind whose types have no names.
///  3. A name after a word that is nearly a kind.
void refuse_wrong_kind(const TypeQuery& query, const ParsedLine& line) {
  const std::vector<std::string> kinds = kinds_with_names();
  const bool is_kind_alone = query.kind.empty() && query.name != "int" && query.name != "float" &&
                             std::ranges::find(kinds, query.name) != kinds.end();
  if (is_kind_alone || query.name.empty()) {
    throw UsageError(
        fmt::format("the kind '{}' needs a name{}", is_kind_alone ? query.name : query.kind, line.see_help()));
  }
  const std::size_t space = query.name.find(' ');
  if (!query.kind.empty() || space == std::string::npos) return;
  const std::string word = query.name.substr(0, space);
  if (is_kind_without_names(word, kinds)) {
    throw UsageError(fmt::format("types of the kind '{}' have no names, only ids{}", word, line.see_help()));
  }
  if (const std::string hint = did_you_mean(word, kinds); !hint.empty()) {
    throw UsageError(fmt::format("unknown kind '{}'{}{}", word, hint, line.see_help()));
  }
}

/// Returns the ids of the types that TYPE matches, ascending. Throws UsageError or Error (wrong_file) if there are
/// none.
std::vector<std::uint32_t> chosen(const btf::View& btf, const std::vector<std::string>& words, const ParsedLine& line) {
  const TypeQuery query = parse_type_query(words);
  if (query.id) return chosen_by_id(btf, *query.id);
  if (query.kind.empty() && query.name == "void") return chosen_by_id(btf, 0);
  std::vector<std::uint32_t> ids = find_types(btf, query);
  if (!ids.empty()) return ids;
  refuse_wrong_kind(query, line);
  const std::string reason = fmt::format("no {} is called '{}'", query.kind.empty() ? "type" : query.kind, query.name);
  const auto others = find_types(btf, {.id = {}, .kind = {}, .name = query.name});
  if (!others.empty()) {
    const auto kind = btf::shape(btf.type(others.front()).kind).name;
    no_such_type(btf, fmt::format("{}; there is {} [{}]", reason, kind, others.front()));
  }
  no_such_type(btf, reason + did_you_mean(query.name, type_names(btf, query.kind)));
}

void dump_json(const std::shared_ptr<const Opened>& opened, const std::vector<std::uint32_t>& ids, Reply& reply) {
  auto details = ids.empty() ? all_details(opened->view) : details_for(opened->view, ids);
  reply.json = true;
  reply.body = [opened, ids](Json& document) { describe(opened->view, ids, document); };
  reply.pieces = [opened, details = std::move(details)](const io::Write& write) {
    write_json(opened->view, details, write);
  };
}

void dump_c(const std::shared_ptr<const Opened>& opened, const std::vector<std::uint32_t>& ids, Reply& reply) {
  const Choice choice = first_of_each_kind(opened->view, ids);
  auto text = ids.empty() ? libbpf::CDump::all(opened->bytes, opened->view)
                          : libbpf::CDump::some(opened->bytes, opened->view, choice.shown, choice.others);
  reply.pieces = [opened, text = std::move(text)](const io::Write& write) { text.write(write); };
}

DumpOptions dump_options(const ParsedLine& line) {
  DumpOptions options;
  options.json = wants_json(line);
  options.tree = tree_options_of(line);
  const std::vector<std::string>& words = line.words();
  if (std::ranges::find(words, "") != words.end()) {
    throw UsageError(fmt::format("FILE or TYPE is empty{}", line.see_help()));
  }
  line.check_files(words, 1, "a FILE");
  options.file = InputWords(line).file(words.front());
  options.type.assign(words.begin() + 1, words.end());
  return options;
}

}  // namespace

void dump(const ParsedLine& line, Reply& reply) {
  const DumpOptions options = dump_options(line);
  const auto opened = std::make_shared<const Opened>(options);
  const auto ids = options.type.empty() ? std::vector<std::uint32_t>{} : chosen(opened->view, options.type, line);
  if (options.json) {
    dump_json(opened, ids, reply);
  } else {
    dump_c(opened, ids, reply);
  }
}

}  // namespace minbtf::cli
