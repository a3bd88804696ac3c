// SPDX-License-Identifier: BSD-2-Clause
#include "cli/tree_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "cli/command_line.hpp"
#include "io/parallel.hpp"

namespace minbtf::cli {

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const archive::Architecture& architecture : archive::architectures()) names.emplace_back(architecture.name);
  return names;
}

namespace {

constexpr std::size_t max_jobs = 1024;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

unsigned shift_of(char unit) {
  switch (unit) {
    case 'K':
    case 'k':
      return 10;
    case 'M':
      return 20;
    case 'G':
      return 30;
    default:
      return 0;
  }
}

/// Parses a number of threads. Throws UsageError.
std::size_t parse_jobs(const std::string& word) {
  const auto jobs = parse_number(word);
  if (!jobs || *jobs == 0 || *jobs > max_jobs) {
    throw UsageError(fmt::format("--jobs: '{}' is not a number from 1 to {}", word, max_jobs));
  }
  return static_cast<std::size_t>(*jobs);
}

/// Parses a number of bytes, which may be followed by K, M or G (powers of 1024). Throws UsageError that names
/// `option`.
std::uint64_t parse_size(const std::string& option, const std::string& word) {
  const unsigned shift = word.empty() ? 0 : shift_of(word.back());
  const auto number = parse_number(std::string_view(word).substr(0, word.size() - (shift == 0 ? 0 : 1)));
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint64_t>::max() >> shift) {
    throw UsageError(fmt::format("--{}: '{}' is not a size such as 500000, 256M or 1G", option, word));
  }
  return *number << shift;
}

std::size_t parse_count(const std::string& option, const std::string& word) {
  const auto number = parse_number(word);
  if (!number || *number == 0) throw UsageError(fmt::format("--{}: '{}' is not a positive number", option, word));
  return static_cast<std::size_t>(*number);
}

}  // namespace

OptionSpec jobs_option() { return {"jobs,j", "N", "process N kernels at a time (default: the number of usable CPUs)"}; }

OptionSpec kernel_size_option() {
  return {"max-kernel-size", "SIZE",
          "refuse a kernel whose BTF has more than SIZE bytes (default: 256M); SIZE\n"
          "limits the decompressed file if the kernel is compressed, in a tar or from\n"
          "a pipe"};
}

OptionGroup selection_option_group(std::string title) {
  return {std::move(title),
          {{"include", "GLOB", "select only kernels whose path matches GLOB, such as 'ubuntu/**';\nrepeatable", true},
           {"exclude", "GLOB", "leave out kernels whose path matches GLOB; repeatable", true},
           {"arch", list_of("LIST", architecture_names()),
            "select only kernels in a directory named after an architecture in LIST\n"
            "(separated by commas): x86_64 (or amd64, x64, x86), arm64 (or aarch64),\n"
            "i386 (or i686), ...; a kernel without such a directory in INPUT counts\n"
            "by the directories that INPUT is in",
            true}}};
}

OptionGroup tree_option_group(std::string title, const std::vector<OptionSpec>& more) {
  OptionGroup group = {std::move(title), {jobs_option()}};
  const OptionGroup selection = selection_option_group({});
  group.options.insert(group.options.end(), selection.options.begin(), selection.options.end());
  group.options.insert(group.options.end(), more.begin(), more.end());
  group.options.insert(group.options.end(),
                       {kernel_size_option(),
                        {"max-members", "N", "refuse a directory or tar with more than N entries (default: 1000000)"},
                        {"max-path", "N", "refuse a path of more than N bytes in a directory or tar (default: 1024)"}});
  return group;
}

namespace {

/// Throws UsageError for a word that is empty or has a blank, and for a word that is not an architecture but near one:
/// a typing error would leave out an architecture of a release. Any other word is the name of a directory.
void check_architectures(const std::vector<std::string>& words, const std::string& see_help) {
  for (const std::string& word : words) {
    if (word.empty() || word.find(' ') != std::string::npos) {
      throw UsageError(fmt::format("--arch: '{}' is not a word for an architecture{}", word, see_help));
    }
    const std::string near = archive::find_architecture(word) == nullptr ? nearest_architecture(word) : "";
    if (near.empty()) continue;
    throw UsageError(
        fmt::format("--arch: '{}' is not a word for an architecture; did you mean '{}'?{}", word, near, see_help));
  }
}

}  // namespace

TreeOptions tree_options_of(const ParsedLine& line) {
  TreeOptions options = {.jobs = jobs_of(line),
                         .selection = {.include = line.all("include"),
                                       .exclude = line.all("exclude"),
                                       .architectures = split_lists(line.all("arch"))},
                         .limits = limits_of(line),
                         .only_for_many = line.first_of({"include", "exclude", "arch"})};
  check_architectures(options.selection.architectures, line.see_help());
  if (!options.selection.architectures.empty() && !line.words().empty()) {
    const auto place = archive::architecture_place_of(line.words().front());
    if (place) options.selection.input_architecture = place->architecture;
  }
  return options;
}

std::string nearest_architecture(std::string_view typed) {
  std::string lower;
  for (const char c : typed) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const archive::Architecture* nearest = nullptr;
  std::string found;
  for (const archive::Architecture& architecture : archive::architectures()) {
    for (const std::string_view word : architecture.words) {
      if (edit_distance(lower, word) > 1) continue;
      if (nearest != nullptr && nearest != &architecture) return {};
      if (nearest == nullptr) found = word;
      nearest = &architecture;
    }
  }
  return found;
}

std::size_t jobs_of(const ParsedLine& line) {
  const auto jobs = line.word("jobs");
  return jobs ? parse_jobs(*jobs) : io::usable_cpus();
}

archive::UnpackLimits limits_of(const ParsedLine& line) {
  archive::UnpackLimits limits;
  if (const auto size = line.word("max-kernel-size")) limits.kernel_bytes = parse_size("max-kernel-size", *size);
  if (const auto size = line.word("max-member-size")) {
    limits.kernel_bytes = parse_size("max-member-size", *size);
    limits.size_option = "--max-member-size";
  }
  if (const auto members = line.word("max-members")) limits.members = parse_count("max-members", *members);
  if (const auto path = line.word("max-path")) limits.path_bytes = parse_count("max-path", *path);
  return limits;
}

}  // namespace minbtf::cli
