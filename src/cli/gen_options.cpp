#include "cli/gen_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <utility>

#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace po = boost::program_options;

namespace minbtf::cli {

namespace {

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
      ("fail-on", po::value<std::string>()->value_name("LIST"),
       "write OUTPUT, but exit with status 3 if one of these holds (separated by commas):\n"
       "  ambiguous: candidates for a relocation disagree\n"
       "  poisoned: a relocation has no target\n"
       "  no-relocations: an object has no relocation");
  // clang-format on
  return options;
}

std::vector<std::string> option_words() {
  const po::options_description options = gen_options();
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

std::vector<Condition> parse_conditions(const std::string& list) {
  std::vector<Condition> result;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    result.push_back(parse_condition(list.substr(start, comma - start)));
    start = comma + 1;
  }
  return result;
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
    const po::options_description known = gen_options();  // has to outlive what refers to it
    const po::parsed_options parsed = parse(known, arguments);
    po::variables_map values;
    po::store(parsed, values);
    GenOptions options;
    options.help = values.count("help") != 0;
    options.verbose = values.count("verbose") != 0;
    options.quiet = values.count("quiet") != 0;
    options.json = values.count("json") != 0;
    if (values.count("fail-on") != 0) options.fail_on = parse_conditions(values["fail-on"].as<std::string>());
    if (options.quiet && options.verbose) {
      throw UsageError(fmt::format("--quiet and --verbose contradict each other{}", see_help));
    }
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
          "  INPUT   raw BTF, or an ELF file with a .BTF section (vmlinux)\n"
          "  OUTPUT  a file; in a directory, the file called as INPUT is. A name ending in / is a\n"
          "          directory that is made. A pipe or device is written to.\n"
          "  OBJECT  a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
          "\n"
       << gen_options()
       << "\n"
          "Exit status: 0 done; 1 an input failed or OUTPUT could not be written; 2 wrong usage;\n"
          "3 done, and a --fail-on condition holds; 130 interrupted.\n"
          "\n"
          "Example:\n"
          "  min-btf gen --fail-on=ambiguous 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
