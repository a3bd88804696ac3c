// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/output_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "archive/tree_path.hpp"
#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "io/read/input_file.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

using namespace std::string_view_literals;

/// Suffixes of files that are common where this tool is used. A name with another suffix, such as `v1.2`, may be that
/// of a directory.
constexpr std::array file_suffixes = {".btf"sv, ".o"sv, ".json"sv, ".elf"sv, ".bin"sv, ".pack"sv};

/// Throws UsageError for the name of a package that is not written.
[[noreturn]] void refuse_unwritten(const std::string& path) {
  throw UsageError(
      fmt::format("OUTPUT {}: the name is that of an archive or compressed file in a form that is not written; these "
                  "are written: {}",
                  path, package_forms_text));
}

}  // namespace

bool is_file_name(std::string_view name) {
  return std::ranges::any_of(file_suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

fs::path output_name(const fs::path& input) {
  if (input == io::standard_input_name) return "stdin.btf";
  const std::string name = input.filename().string();
  return archive::is_packed_name(name) ? archive::output_path(name) : name;
}

void refuse_package_name(const io::OutputFile& file, const std::string& role, const std::string& contents) {
  if (!file.is_replaced()) return;
  for (const fs::path& path : {file.path(), file.destination()}) {
    if (!archive::promises_package(path.native())) continue;
    throw UsageError(
        fmt::format("{} {}: the name is that of an archive or compressed file, but {} is written; choose another name",
                    role, path.string(), contents));
  }
}

void refuse_output_name(const io::OutputFile& file, const std::optional<PackageForm>& form) {
  if (!file.is_replaced()) return;
  for (const fs::path& path : {file.path(), file.destination()}) {
    const auto named = form_of_name(path.native());
    if (named != form && (named || is_file_name(path.native()))) {
      throw UsageError(fmt::format("OUTPUT {}: the name is that of {}, but {} is written; choose another name",
                                   path.string(), named ? to_string(*named) : "another file",
                                   form ? to_string(*form) : "raw BTF"));
    }
    if (!named && archive::promises_package(path.native())) refuse_unwritten(path.string());
  }
}

fs::path tree_root(const std::string& output, const std::string& input) {
  fs::path root = output;
  std::error_code error;
  const fs::file_type type = fs::status(root, error).type();
  const bool exists = type != fs::file_type::not_found && type != fs::file_type::none;
  if (exists && type != fs::file_type::directory) {
    if (fs::equivalent(root, input, error))
      throw UsageError(fmt::format("OUTPUT {} is INPUT {}", shown_path(output), shown_path(input)));
    throw UsageError(
        fmt::format("OUTPUT {} is not a directory, and INPUT {} is a directory or an archive; name a directory, or an "
                    "archive such as x.tar.gz, or give --format=tar",
                    shown_path(output), shown_path(input)));
  }
  if (output.ends_with('/')) return root;
  if (archive::promises_package(output)) {
    if (!exists) refuse_unwritten(output);
    throw UsageError(
        fmt::format("OUTPUT {} is a directory with the name of an archive; to write the kernels into it, name {}/",
                    output, output));
  }
  if (!exists && is_file_name(output)) {
    throw UsageError(fmt::format(
        "OUTPUT {}: the name is that of a file, and INPUT {} is a directory or an archive; name a directory, or "
        "{}/",
        output, shown_path(input), output));
  }
  return root;
}

}  // namespace minbtf::cli
