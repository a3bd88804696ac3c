// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/output_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "archive/package/package_name.hpp"
#include "archive/tree_path.hpp"
#include "cli/command_line.hpp"
#include "cli/output_time.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/output_name.hpp"

namespace minbtf::cli {

std::string to_string(const PackageForm& form) {
  const auto* const found = std::ranges::find(package_forms, form, &FormWord::value);
  return found == package_forms.end() ? "btf" : found->word;
}

std::string suffix_of(const PackageForm& form) {
  const std::string word = "." + to_string(form);
  return form.is_one_file() ? word.substr(word.rfind('.')) : word;
}

std::optional<PackageForm> form_of_name(std::string_view name) {
  const auto package = archive::package_name_of(name);
  if (!package) return std::nullopt;
  return PackageForm{package->is_tar, package->compression, package->is_bundle};
}

bool is_directory_output(const std::string& output) {
  std::error_code error;
  return output.ends_with('/') || std::filesystem::is_directory(output, error);
}

std::optional<PackageForm> package_form(const std::string& output, const std::optional<PackageForm>& format) {
  if (is_directory_output(output)) return format;
  const auto named = form_of_name(output);
  if (!format || named == format) return named;
  if (named) {
    throw UsageError(fmt::format("OUTPUT {}: the name is that of {}, but --format is {}", shown_path(output),
                                 to_string(*named), to_string(*format)));
  }
  if (is_file_name(output)) {
    throw UsageError(fmt::format("OUTPUT {}: the name is not that of {}, but --format is {}; choose another name",
                                 shown_path(output), to_string(*format), to_string(*format)));
  }
  return format;
}

std::optional<std::string> member_of_name(std::string_view output) {
  const auto package = archive::package_name_of(output);
  if (!package || !package->is_tar) return std::nullopt;
  const std::string_view member = archive::file_name_of(package->stem);
  if (!archive::is_output_path(member)) return std::nullopt;
  return std::string(member);
}

std::int64_t package_time(const PackageForm& form) {
  const std::int64_t time = output_time();
  if (form.is_tar && time > archive::latest_ustar_time) {
    throw UsageError(
        fmt::format("SOURCE_DATE_EPOCH: '{}' is too late for a tar; it ends at {}", time, archive::latest_ustar_time));
  }
  return time;
}

std::vector<std::uint8_t> packed(std::vector<archive::TarMember> members, const PackageForm& form, std::int64_t time) {
  if (!form.is_tar) return archive::compressed(members.front().contents, form.compression);
  std::vector<std::uint8_t> tar = archive::ustar_of(std::move(members), time);
  return form.compression == archive::Compression::none ? tar : archive::compressed(tar, form.compression);
}

}  // namespace minbtf::cli
