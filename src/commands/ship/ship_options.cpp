// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/ship_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "archive/ship/path_template.hpp"
#include "archive/tree_path.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const archive::Preset& each : archive::presets()) names.emplace_back(each.name);
  return names;
}

namespace {

using archive::PathField;

const archive::Preset& preset_of(const std::string& name, const std::string& see_help) {
  const archive::Preset* const preset = archive::find_preset(name);
  if (preset != nullptr) return *preset;
  const std::vector<std::string> known = preset_names();
  throw UsageError(fmt::format("unknown NAME '{}'{}; the names are {}; another layout is given with --path{}", name,
                               did_you_mean(name, known), fmt::join(known, ", "), see_help));
}

const archive::Architecture& architecture_of(const std::string& word, const std::string& see_help) {
  const archive::Architecture* const architecture = archive::find_architecture(word);
  if (architecture != nullptr) return *architecture;
  const std::string near = nearest_architecture(word);
  throw UsageError(fmt::format("--arch: '{}' is not a word for an architecture{}{}", word,
                               near.empty() ? "" : fmt::format("; did you mean '{}'?", near), see_help));
}

/// Returns the architectures of --arch, each once.
std::vector<const archive::Architecture*> architectures_of(const ParsedLine& line) {
  std::vector<const archive::Architecture*> architectures;
  for (const std::string& word : split_lists(line.all("arch"))) {
    const archive::Architecture* const architecture = &architecture_of(word, line.see_help());
    if (std::ranges::find(architectures, architecture) == architectures.end()) architectures.push_back(architecture);
  }
  return architectures;
}

std::string_view template_of(const ShipOptions& options) {
  return options.preset != nullptr ? options.preset->path : std::string_view(options.path);
}

/// Throws UsageError if --arch has several architectures, and one OUTPUT cannot hold them.
void check_several_architectures(const ShipOptions& options, const std::string& see_help) {
  if (options.architectures.size() < 2 || archive::PathTemplate(options.output).has_architecture()) return;
  const bool is_apart = options.preset != nullptr ? !options.preset->one_architecture
                                                  : archive::PathTemplate(options.path).has_architecture();
  if (is_apart) return;
  throw UsageError(fmt::format(
      "--arch: one architecture is needed, because {}; to make one OUTPUT for each architecture, write "
      "{{arch}} into OUTPUT{}",
      options.preset != nullptr ? fmt::format("{} makes one OUTPUT for each architecture", options.preset->name)
                                : fmt::format("the paths of --path '{}' have none", options.path),
      see_help));
}

/// Throws UsageError for --alias or --no-alias that would have no effect.
void check_alias_options(const ParsedLine& line, const ShipOptions& options) {
  const archive::PathTemplate pattern(template_of(options));
  const std::string name = options.preset != nullptr ? fmt::format("the preset {}", options.preset->name)
                                                     : fmt::format("--path '{}'", options.path);
  if (!pattern.has(PathField::id) && !pattern.has(PathField::version)) {
    const std::string option = line.first_of({"alias", "no-alias"});
    if (option.empty()) return;
    throw UsageError(fmt::format("{}: {} has no aliases, because its paths have neither ID nor VERSION{}", option, name,
                                 line.see_help()));
  }
  if (options.preset != nullptr && !options.preset->release_aliases && line.has("no-alias")) {
    throw UsageError(fmt::format("--no-alias: {} has no aliases other than those of --alias{}", name, line.see_help()));
  }
}

/// Returns the reason why no file gets the name `path`, which is a template: it is that of a package that is not
/// written, also inside of another, or only the suffix of a package. Empty if there is no such reason.
std::string leaf_fault(const std::string& path) {
  const auto packing = archive::package_name_of(path);
  const bool is_bundle = packing && packing->is_bundle;
  const std::string name(archive::file_name_of(packing ? packing->stem : path));
  if (name.starts_with('.') && archive::promises_package("x" + name)) {
    return "the name is only the suffix of an archive or compressed file; write a name before it";
  }
  if (!is_bundle && !archive::promises_package(packing ? packing->stem : path)) return {};
  return "the name is that of an archive or compressed file in a form that is not written; these are written: .tar, "
         ".tar.gz, .tar.xz, .tar.zst, .gz, .xz and .zst";
}

void check_template(const std::string& path, const std::string& see_help) {
  const auto refuse = [&](const std::string& reason) {
    throw UsageError(fmt::format("--path '{}': {}{}", path, reason, see_help));
  };
  const std::string fault = archive::PathTemplate::fault(path);
  if (!fault.empty()) refuse(fault);
  const std::string bad_path = archive::path_fault(path);
  if (!bad_path.empty()) refuse(bad_path);
  const std::string_view inner = path.starts_with("./") ? std::string_view(path).substr(2) : path;
  if (!archive::is_clean_path(inner)) refuse("a path with '.' or a needless '/'");
  const std::string bad_name = leaf_fault(path);
  if (!bad_name.empty()) refuse(bad_name);
}

void check_output_fields(const std::string& output, const std::string& see_help) {
  std::string fault = archive::PathTemplate::fault(output);
  if (fault.empty()) {
    const archive::PathTemplate pattern(output);
    for (const PathField field : {PathField::id, PathField::version, PathField::release}) {
      if (pattern.has(field)) fault = fmt::format("{{{}}} is not for OUTPUT", archive::to_string(field));
    }
  }
  if (fault.empty()) return;
  throw UsageError(
      fmt::format("OUTPUT '{}': {}; OUTPUT can have {{arch}}, {{machine}} and {{bpfarch}}{}", output, fault, see_help));
}

bool is_directory(const std::string& output) {
  std::error_code error;
  return output.ends_with('/') || std::filesystem::is_directory(output, error);
}

/// Throws UsageError for an existing directory that is named like an archive: a user may expect an archive.
void check_directory_name(const std::string& output) {
  if (output.ends_with('/') || !is_directory(output) || !archive::promises_package(output)) return;
  throw UsageError(fmt::format(
      "OUTPUT {}: a directory with the name of an archive; to write the kernels into it, name {}/", output, output));
}

using Form = std::optional<archive::PackageName>;

bool is_same_form(const Form& one, const Form& other) {
  return one && other && one->is_tar == other->is_tar && one->is_bundle == other->is_bundle &&
         one->compression == other->compression;
}

/// Returns the value of --format. Throws UsageError.
Form format_of(const ParsedLine& line) {
  const auto word = line.word("format");
  if (!word) return std::nullopt;
  Form form = archive::package_name_of("x." + *word);
  if (form && (form->is_tar || form->is_bundle) && form->stem == "x") return form;
  throw UsageError(
      fmt::format("--format: '{}' is not tar, tar.gz, tar.xz or tar.zst, and not bundle, bundle.gz, bundle.xz or "
                  "bundle.zst{}",
                  *word, line.see_help()));
}

/// Returns the form of OUTPUT: that of the preset, --format, or the one that the name of OUTPUT promises. Nothing: a
/// directory. Throws UsageError if two of them differ.
Form form_of(const ShipOptions& options, const Form& format, const std::string& see_help) {
  const bool is_stdout = options.output == output_word("-");
  const bool has_name = !is_stdout && !is_directory(options.output);
  const Form named = has_name ? archive::package_name_of(options.output) : std::nullopt;
  const bool is_package = has_name && archive::promises_package(options.output);
  const auto refuse = [&](const std::string& reason) {
    throw UsageError(fmt::format("OUTPUT {}: {}{}", shown_path(options.output), reason, see_help));
  };
  const bool is_bundle = options.preset != nullptr && options.preset->is_bundle;
  if (!is_bundle && ((format && format->is_bundle) || (named && named->is_bundle))) {
    refuse("a bundle is made by the name bundle: min-btf ship bundle REDUCED OUTPUT");
  }
  if (is_bundle) {
    if ((has_name && !(named && named->is_bundle)) || (format && !format->is_bundle) ||
        (format && named && !is_same_form(named, format))) {
      refuse("bundle makes a .bundle, .bundle.gz, .bundle.xz or .bundle.zst file; name it so, or name a directory");
    }
    if (format || named) return format ? format : named;
    return archive::package_name_of("x" + std::string(archive::suffix_of(options.preset->form)));
  }
  if (options.preset != nullptr) {
    const std::string_view name = options.preset->name;
    const std::string_view suffix = archive::suffix_of(options.preset->form);
    if (suffix.empty()) {
      check_directory_name(options.output);
      if (is_package || is_stdout || format) refuse(fmt::format("{} is a directory", name));
      return std::nullopt;
    }
    Form form = archive::package_name_of("x" + std::string(suffix));
    if ((has_name && !is_same_form(named, form)) || (format && !is_same_form(format, form))) {
      refuse(fmt::format("{} is a {} file; name it so, or name a directory", name, suffix));
    }
    return form;
  }
  if (is_stdout && !format) refuse("standard output needs --format=tar.gz or another form");
  if (format && is_package && !is_same_form(named, format)) refuse("the name promises another form than --format");
  if (!format) check_directory_name(options.output);
  if (!format && is_package && !named) {
    refuse(
        "the name is that of an archive or compressed file in a form that is not written; these are written: .tar, "
        ".tar.gz, .tar.xz and .tar.zst");
  }
  if (!format && is_package && !named->is_tar) {
    refuse("the name is not that of a directory, .tar, .tar.gz, .tar.xz or .tar.zst");
  }
  return format ? format : named;
}

}  // namespace

ShipOptions ship_options(const ParsedLine& line) {
  ShipOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  line.refuse_both("quiet", "verbose");
  options.alias_file = line.word("alias").value_or("");
  options.release_aliases = !line.has("no-alias");
  options.jobs = jobs_of(line);
  options.architectures = architectures_of(line);
  const std::vector<std::string>& words = line.words();
  const auto path = line.word("path");
  line.check_files(words, path ? 2 : 3, path ? "REDUCED and OUTPUT" : "NAME, REDUCED and OUTPUT");
  if (words.size() > (path ? 2U : 3U)) {
    throw UsageError(fmt::format("{} arguments, but ship takes {}{}", words.size(),
                                 path ? "REDUCED and OUTPUT" : "NAME, REDUCED and OUTPUT", line.see_help()));
  }
  if (path) {
    options.path = *path;
    check_template(options.path, line.see_help());
  } else {
    options.preset = &preset_of(words.front(), line.see_help());
  }
  options.reduced = InputWords(line).file(words[words.size() - 2]);
  options.output = output_word(words.back());
  check_output_fields(options.output, line.see_help());
  check_several_architectures(options, line.see_help());
  check_alias_options(line, options);
  options.package = form_of(options, format_of(line), line.see_help());
  return options;
}

}  // namespace minbtf::cli
