// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/file_output.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/output_name.hpp"

namespace minbtf::cli {

namespace {

/// Returns the name of the file if OUTPUT is a directory.
std::filesystem::path name_in_directory(const std::string& input, const std::optional<PackageForm>& form) {
  return output_name(input) += form ? suffix_of(*form) : "";
}

}  // namespace

FileOutput::FileOutput(const GenOptions& options, const archive::Input& input, std::optional<PackageForm> form,
                       GenReport& report, Reply& reply)
    : GenOutput(options, report, reply),
      input_(input),
      named_(input.naming_path()),
      form_(form),
      time_(form ? package_time(*form) : 0),
      result_(options, form, name_in_directory(named_, form), reply) {
  reply.on_interrupt("nothing was written");
}

void FileOutput::check(const std::vector<std::filesystem::path>& objects) {
  refuse_input();
  result_.check(objects);
  // A pipe may turn out to have many kernels.
  std::error_code error;
  const bool is_pipe = input_.files().empty() && !std::filesystem::is_regular_file(options_.input, error);
  if (form_ && form_->is_bundle && !is_pipe) {
    bundled_.emplace(named_);
  }
}

/// Returns OUTPUT as a package, and adds the facts about it to the report.
std::vector<std::uint8_t> FileOutput::package_of(const archive::Content& content) {
  if (form_->is_bundle) {
    if (!bundled_) bundled_.emplace(named_);
    BundlePackage bundle = bundled_->package(content, form_->compression, reply_);
    report_.package = {.form = to_string(*form_),
                       .bytes = bundle.bytes.size(),
                       .bundle = BundleFacts{.kernels = 1, .contents = 1, .kernel = bundle.kernel}};
    return std::move(bundle.bytes);
  }
  const std::string member = member_of_name(result_.file().path().string()).value_or(output_name(named_).string());
  std::vector<std::uint8_t> package = packed({{member, *content}}, *form_, time_);
  report_.package = {.form = to_string(*form_), .bytes = package.size()};
  return package;
}

/// Throws UsageError if OUTPUT is one of the files of a kernel with modules, or would be one of them in the next run.
void FileOutput::refuse_kernel_directory(const io::OutputFile& file) const {
  for (const std::string& each : input_.files()) {
    if (!file.is_same_file(each)) continue;
    throw UsageError(fmt::format("OUTPUT {} is {}, which is read", shown_path(file.path().string()), shown_path(each)));
  }
  std::error_code error;
  if (!std::filesystem::is_directory(options_.input, error) || !file.is_replaced()) return;
  bool is_in_input = false;
  std::filesystem::path directory = std::filesystem::absolute(file.destination(), error).parent_path();
  for (; !is_in_input && directory.has_relative_path(); directory = directory.parent_path()) {
    is_in_input = std::filesystem::equivalent(directory, options_.input, error);
  }
  if (!is_in_input) return;
  throw UsageError(fmt::format("OUTPUT {} is in INPUT {}, where it would be read as a second kernel",
                               shown_path(file.path().string()), shown_path(options_.input)));
}

/// Throws UsageError if OUTPUT is INPUT, except where INPUT can be replaced: bpftool allows that, scripts rely on it,
/// and INPUT is read completely before. Then OUTPUT has to name the file itself, not its directory. A file that cannot
/// be replaced atomically would be destroyed while it is read.
void FileOutput::refuse_input() const {
  const io::OutputFile& file = result_.file();
  refuse_kernel_directory(file);
  if (!file.is_same_file(options_.input)) return;
  const std::string text =
      fmt::format("OUTPUT {} is INPUT {}", shown_path(file.path().string()), shown_path(options_.input));
  if (!file.is_replaced()) throw UsageError(text);
  if (file.is_in_directory()) throw UsageError(text + "; to replace it, name that file");
}

void FileOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> /*objects*/) {
  const auto& kernel = archive::value_of<archive::ReducedKernel>(*batch.kernels.front().result);
  const std::string path = result_.file().path().string();
  std::vector<std::uint8_t> package;
  if (form_) package = package_of(kernel.content);
  const auto publication = result_.write(form_ ? std::span<const std::uint8_t>(package) : *kernel.content);
  report_.written = {.path = path,
                     .bytes = kernel.content->size(),
                     .types = kernel.figures.types,
                     .members = kernel.figures.members,
                     .enumerators = kernel.figures.enumerators,
                     .in_place = result_.is_in_place(publication),
                     .is_in_directory = result_.file().is_in_directory()};
}

}  // namespace minbtf::cli
