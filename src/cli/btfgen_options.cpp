#include "cli/btfgen_options.hpp"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <filesystem>
#include <sstream>

#include "archive/pipeline.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace po = boost::program_options;

namespace minbtf::cli {

namespace {

using Words = std::vector<std::string>;

constexpr auto see_help = " (see 'min-btf help btfgen')";

po::options_description btfgen_options() {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "print this help")
      ("arch,a", po::value<std::string>()->value_name("ARCH"), "x86_64 or arm64: the kernels in directories called so")
      ("object,o", po::value<Words>()->composing()->value_name("OBJECT"), "a BPF object; may be repeated")
      ("jobs,j", po::value<std::string>()->value_name("N"), "kernels done at a time (default: the usable CPUs)")
      ("directory,C", po::value<std::string>()->value_name("DIR"), "the checkout of BTFHub (default: here)")
      ("cache", po::value<std::string>()->value_name("CACHE"), "keep results there, and take those that are there")
      ("verbose,v", "print a line for each kernel")
      ("quiet,q", "print nothing but errors")
      ("json", "print one JSON document to stdout, whatever happens");
  // clang-format on
  return options;
}

GenOptions take(const po::variables_map& values) {
  GenOptions options;
  options.help = values.count("help") != 0;
  if (options.help) return options;
  options.verbose = values.count("verbose") != 0;
  options.quiet = values.count("quiet") != 0;
  options.json = values.count("json") != 0;
  if (options.quiet && options.verbose) {
    throw UsageError(fmt::format("--quiet and --verbose contradict each other{}", see_help));
  }
  if (values.count("arch") == 0) throw UsageError(fmt::format("-a is missing: x86_64 or arm64{}", see_help));
  const auto arch = values["arch"].as<std::string>();
  if (arch != "x86_64" && arch != "arm64") {
    throw UsageError(fmt::format("-a: '{}' is neither x86_64 nor arm64{}{}", arch,
                                 did_you_mean(arch, {"x86_64", "arm64"}), see_help));
  }
  if (values.count("object") == 0) throw UsageError(fmt::format("-o is missing: a BPF object{}", see_help));
  options.objects = values["object"].as<Words>();

  const std::filesystem::path base = values.count("directory") == 0 ? "." : values["directory"].as<std::string>();
  options.input = (base / "archive").lexically_normal().string();
  options.output = (base / "custom-archive").lexically_normal().string();
  options.tree.jobs = values.count("jobs") == 0 ? archive::usable_cpus() : parse_jobs(values["jobs"].as<std::string>());
  if (values.count("cache") != 0) options.tree.cache = values["cache"].as<std::string>();
  // As the script does it: what is below directories with the architecture in their name, whatever stands before and
  // behind it there; links to directories are not followed.
  options.tree.selection.include = {"**/*" + arch + "*/**/*"};
  options.tree.follow_directory_links = false;
  options.tree.links = false;
  options.tree.removes_stale = true;
  return options;
}

}  // namespace

GenOptions parse_btfgen_options(const std::vector<std::string>& arguments) {
  using po::command_line_style::allow_guessing;
  using po::command_line_style::unix_style;
  try {
    const po::options_description known = btfgen_options();  // has to outlive what refers to it
    const po::positional_options_description nothing;
    const po::parsed_options parsed =
        po::command_line_parser(arguments).options(known).positional(nothing).style(unix_style & ~allow_guessing).run();
    po::variables_map values;
    po::store(parsed, values);
    return take(values);
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("btfgen takes options only; objects are given with -o{}", see_help));
  } catch (const po::unknown_option& error) {
    std::vector<std::string> words;
    const po::options_description options = btfgen_options();
    for (const auto& option : options.options()) words.push_back("--" + option->long_name());
    const std::string name = error.get_option_name();
    throw UsageError(fmt::format("unknown option '{}'{}{}", name, did_you_mean(name, words), see_help));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}{}", error.what(), see_help));
  }
}

std::string btfgen_help() {
  std::ostringstream text;
  text << "Usage: min-btf btfgen -a x86_64|arm64 -o OBJECT [-o OBJECT...] [OPTION...]\n"
          "\n"
          "Does what tools/btfgen.sh of BTFHub does, in a checkout of it: reduces the kernels in\n"
          "archive/ for the OBJECTs and fills custom-archive/ with files of the same names. Reduced BTF\n"
          "of earlier runs is removed from the directories in there.\n"
          "\n"
       << btfgen_options()
       << "\n"
          "Exit status: 0 done; 1 an input failed (others were still done; the script goes on with 0)\n"
          "or nothing could be written; 2 wrong usage; 130 interrupted.\n"
          "\n"
          "Example:\n"
          "  min-btf btfgen -C ../btfhub -a x86_64 -o dist/tracee.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
