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
constexpr std::array file_suffixes = {".btf"sv, ".o"sv, ".json"sv, ".elf"sv, ".bin"sv};

bool is_file_name(std::string_view name) {
  return std::ranges::any_of(file_suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

/// Returns the tar command that packs a directory into `output`; empty if one tar command cannot do it.
std::string packing_hint(const std::string& output) {
  const bool is_tar = output.find(".tar") != output.npos || output.ends_with(".tgz") || output.ends_with(".txz");
  return is_tar ? fmt::format(" (tar -caf {} -C DIRECTORY .)", output) : "";
}

}  // namespace

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
        fmt::format("{} {}: the name is that of an archive or compressed file, but {} is written; choose another name, "
                    "and pack it afterwards",
                    role, path.string(), contents));
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
        fmt::format("OUTPUT {} is not a directory, and INPUT {} is a directory or an archive; name a directory",
                    shown_path(output), shown_path(input)));
  }
  if (output.ends_with('/')) return root;
  if (archive::promises_package(output)) {
    throw UsageError(
        fmt::format("OUTPUT {}: the name is that of an archive or compressed file, but a directory is written; name a "
                    "directory and pack it{}",
                    output, packing_hint(output)));
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
