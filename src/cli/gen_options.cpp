#include "cli/gen_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <utility>

#include "archive/pipeline.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace po = boost::program_options;

namespace minbtf::cli {

namespace {

using Words = std::vector<std::string>;

constexpr auto see_help = " (see 'min-btf help gen')";

constexpr std::pair<const char*, Condition> conditions[] = {
    {"ambiguous", Condition::ambiguous},
    {"poisoned", Condition::poisoned},
    {"no-relocations", Condition::no_relocations},
};

po::options_description gen_options() {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "print this help")
      ("verbose,v", "print what each relocation resolved to")
      ("quiet,q", "print nothing but errors")
      ("json", "print one JSON document to stdout, whatever happens")
      ("fail-on", po::value<Words>()->composing()->value_name("LIST"),
       "write OUTPUT, but exit with status 3 if one of these holds (separated by commas):\n"
       "  ambiguous: candidates for a relocation disagree\n"
       "  poisoned: a relocation has no target\n"
       "  no-relocations: an object has no relocation");
  // clang-format on
  return options;
}

po::options_description tree_options() {
  po::options_description options("Options if INPUT is a directory or an archive of kernels");
  // clang-format off
  options.add_options()
      ("jobs,j", po::value<std::string>()->value_name("N"), "kernels done at a time (default: the usable CPUs)")
      ("include", po::value<Words>()->composing()->value_name("GLOB"),
       "only kernels whose path in INPUT fits, such as 'ubuntu/**'; may be repeated")
      ("exclude", po::value<Words>()->composing()->value_name("GLOB"), "no kernels whose path fits; may be repeated")
      ("arch", po::value<Words>()->composing()->value_name("LIST"),
       "only kernels in a directory called so: x86_64 (or amd64), arm64 (or aarch64), ...")
      ("links", po::value<std::string>()->value_name("KIND"),
       "what outputs with equal contents are: symlink, relative links to the first of them (default); copy, files of their own")
      ("dedupe", po::value<std::string>()->value_name("HOW"), "equal contents are found: content (default); off, not at all")
      ("manifest", po::value<std::string>()->value_name("FILE"), "write what was made of what, in JSON")
      ("prune", po::bool_switch(), "remove outputs that FILE of the last run lists and this run did not make")
      ("cache", po::value<std::string>()->value_name("DIR"), "keep results there, and take those that are there")
      ("max-kernel-size", po::value<std::string>()->value_name("SIZE"), "bytes of one kernel, unpacked (default: 256M)")
      ("max-members", po::value<std::string>()->value_name("N"), "entries of a tar, or of INPUT (default: 1000000)")
      ("max-path", po::value<std::string>()->value_name("N"), "bytes of a path in INPUT or a tar (default: 1024)");
  // clang-format on
  return options;
}

po::options_description all_options() {
  po::options_description options;
  options.add(gen_options()).add(tree_options());
  return options;
}

std::vector<std::string> option_words() {
  const po::options_description options = all_options();
  std::vector<std::string> words;
  for (const auto& option : options.options()) words.push_back("--" + option->long_name());
  return words;
}

Condition parse_condition(const std::string& word) {
  const auto* found = std::ranges::find(conditions, word, [](const auto& entry) { return entry.first; });
  if (found != std::end(conditions)) return found->second;
  std::vector<std::string> words;
  for (const auto& [name, condition] : conditions) words.emplace_back(name);
  throw UsageError(fmt::format("--fail-on: unknown condition '{}'{}{}", word, did_you_mean(word, words), see_help));
}

std::vector<Condition> parse_conditions(const Words& lists) {
  std::vector<Condition> result;
  for (const std::string& word : split_lists(lists)) {
    const Condition condition = parse_condition(word);
    if (std::ranges::find(result, condition) == result.end()) result.push_back(condition);
  }
  return result;
}

std::string text_of(const po::variables_map& values, const char* option) {
  if (values.count(option) == 0) return {};
  std::string text = values[option].as<std::string>();
  if (text.empty()) throw UsageError(fmt::format("--{}: a word is missing{}", option, see_help));
  return text;
}

Words words_of(const po::variables_map& values, const char* option) {
  Words words = values.count(option) == 0 ? Words() : values[option].as<Words>();
  if (std::ranges::find(words, "") != words.end()) {
    throw UsageError(fmt::format("--{}: a word is missing{}", option, see_help));
  }
  return words;
}

/// Whether the option's word is `yes`; `no` is the only other.
bool is_first(const po::variables_map& values, const char* option, const char* yes, const char* no) {
  const std::string word = text_of(values, option);
  if (word.empty() || word == yes) return true;
  if (word == no) return false;
  throw UsageError(fmt::format("--{}: '{}' is neither {} nor {}{}{}", option, word, yes, no,
                               did_you_mean(word, {yes, no}), see_help));
}

TreeOptions take_tree_options(const po::variables_map& values) {
  TreeOptions options;
  const std::string jobs = text_of(values, "jobs");
  options.jobs = jobs.empty() ? archive::usable_cpus() : parse_jobs(jobs);
  options.selection.include = words_of(values, "include");
  options.selection.exclude = words_of(values, "exclude");
  options.selection.architectures = split_lists(words_of(values, "arch"));
  options.links = is_first(values, "links", "symlink", "copy");
  options.finds_equal = is_first(values, "dedupe", "content", "off");
  options.manifest = text_of(values, "manifest");
  options.cache = text_of(values, "cache");
  options.prune = values["prune"].as<bool>();
  if (options.prune && options.manifest.empty()) {
    throw UsageError(fmt::format("--prune needs --manifest, which tells what the last run made{}", see_help));
  }
  const std::string size = text_of(values, "max-kernel-size");
  if (!size.empty()) options.limits.kernel_bytes = parse_size("max-kernel-size", size);
  const std::string members = text_of(values, "max-members");
  if (!members.empty()) options.limits.members = parse_count("max-members", members);
  const std::string path = text_of(values, "max-path");
  if (!path.empty()) options.limits.path_bytes = parse_count("max-path", path);
  return options;
}

/// An option that means nothing for a single kernel. Limits and jobs do no harm there.
std::string tree_word(const po::variables_map& values) {
  for (const char* option : {"include", "exclude", "arch", "links", "dedupe", "manifest", "cache"}) {
    if (values.count(option) != 0) return std::string("--") + option;
  }
  return values["prune"].as<bool>() ? "--prune" : "";
}

po::parsed_options parse(const po::options_description& options, const std::vector<std::string>& arguments) {
  using po::command_line_style::allow_guessing;
  using po::command_line_style::unix_style;
  return po::command_line_parser(arguments).options(options).style(unix_style & ~allow_guessing).run();
}

std::vector<std::string> positional(const po::parsed_options& parsed) {
  std::vector<std::string> words;
  for (const auto& option : parsed.options) {
    if (option.string_key.empty()) words.insert(words.end(), option.value.begin(), option.value.end());
  }
  return words;
}

void take_files(std::vector<std::string> words, GenOptions& options) {
  // bpftool's name for the job; a kernel file that is called so can be given as ./min_core_btf.
  if (!words.empty() && words.front() == "min_core_btf") words.erase(words.begin());
  if (words.size() == 1 && words.front() == "help") options.help = true;
  if (options.help) return;
  if (words.size() < 3) {
    throw UsageError(fmt::format("gen needs INPUT, OUTPUT and at least one OBJECT, but has {}{}",
                                 words.empty() ? "none of them" : fmt::format("only '{}'", fmt::join(words, "' '")),
                                 see_help));
  }
  if (std::ranges::find(words, "") != words.end()) throw UsageError(fmt::format("a file name is empty{}", see_help));
  options.input = words[0];
  options.output = words[1];
  options.objects.assign(words.begin() + 2, words.end());
}

}  // namespace

std::string to_string(Condition condition) {
  return std::ranges::find(conditions, condition, [](const auto& entry) { return entry.second; })->first;
}

GenOptions parse_gen_options(const std::vector<std::string>& arguments) {
  try {
    const po::options_description known = all_options();  // has to outlive what refers to it
    const po::parsed_options parsed = parse(known, arguments);
    po::variables_map values;
    po::store(parsed, values);
    GenOptions options;
    options.help = values.count("help") != 0;
    options.verbose = values.count("verbose") != 0;
    options.quiet = values.count("quiet") != 0;
    options.json = values.count("json") != 0;
    if (values.count("fail-on") != 0) options.fail_on = parse_conditions(values["fail-on"].as<Words>());
    if (options.quiet && options.verbose) {
      throw UsageError(fmt::format("--quiet and --verbose contradict each other{}", see_help));
    }
    options.tree = take_tree_options(values);
    options.tree_word = tree_word(values);
    take_files(positional(parsed), options);
    return options;
  } catch (const po::unknown_option& error) {
    const std::string name = error.get_option_name();
    throw UsageError(fmt::format("unknown option '{}'{}{}", name, did_you_mean(name, option_words()), see_help));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}{}", error.what(), see_help));
  }
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
          "          in / is a directory that is made. A pipe or device is written to.\n"
          "          Of many kernels: a directory, with INPUT's tree of .btf files.\n"
          "  OBJECT  a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
          "\n"
       << gen_options() << "\n"
       << tree_options()
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
