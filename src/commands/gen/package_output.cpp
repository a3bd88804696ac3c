// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/package_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/bundle_package.hpp"
#include "commands/gen/gen_text.hpp"
#include "commands/gen/manifest_file.hpp"
#include "io/interrupt.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

using io::is_inside;
using io::real_path;

/// Returns `options`, after the checks of the constructor.
const GenOptions& checked(const GenOptions& options, const PackageForm& form) {
  const std::string output = shown_path(options.output);
  const std::string many = fmt::format("INPUT {} is a directory or an archive", shown_path(options.input));
  if (form.is_one_file()) {
    throw UsageError(fmt::format(
        "OUTPUT {}: {} is for one kernel, and {}; choose tar, tar.gz, tar.xz or tar.zst, a bundle, or a directory",
        output, to_string(form), many));
  }
  if (is_directory_output(options.output)) {
    throw UsageError(
        fmt::format("--format={} writes one file, and OUTPUT {} is a directory; name a file", to_string(form), output));
  }
  if (const auto member = member_of_name(options.output)) {
    throw UsageError(
        fmt::format("OUTPUT {}: the name is that of an archive with one kernel, {}, and {}; choose a name "
                    "without .btf",
                    output, *member, many));
  }
  if (!options.tree.only_for_directory.empty()) {
    throw UsageError(fmt::format("{} is for a directory, and OUTPUT {} is {}", options.tree.only_for_directory, output,
                                 form.is_bundle ? "a bundle" : "an archive of regular files"));
  }
  return options;
}

}  // namespace

PackageOutput::PackageOutput(const GenOptions& options, const PackageForm& form, GenReport& report, Reply& reply)
    : GenOutput(checked(options, form), report, reply),
      form_(form),
      time_(package_time(form)),
      result_(options, form, {}, reply) {
  report.tree.finds_equal = options.tree.dedupe != archive::Dedupe::off;
  report.tree.has_cache = !options.tree.cache.empty();
  reply.on_interrupt(report.tree.has_cache ? "nothing was written except to the cache" : "nothing was written");
}

void PackageOutput::check(const std::vector<fs::path>& objects) {
  check_places();
  result_.check(objects);
  if (options_.tree.manifest.empty()) return;
  const io::OutputFile manifest = manifest_file(options_);
  if ((manifest.is_stdout() && result_.file().is_stdout()) || manifest.is_same_file(result_.file().path()) ||
      real_path(manifest.path()) == real_path(result_.file().path())) {
    throw UsageError(fmt::format("the manifest and OUTPUT are both {}; name another file for the manifest",
                                 shown_path(options_.output)));
  }
  check_manifest(options_, objects, {});
}

/// Throws UsageError or Error if writing OUTPUT would damage INPUT or the cache, or cannot succeed.
void PackageOutput::check_places() const {
  const io::OutputFile& file = result_.file();
  if (file.is_same_file(options_.input)) {
    throw UsageError(
        fmt::format("OUTPUT {} is INPUT {}", shown_path(file.path().string()), shown_path(options_.input)));
  }
  if (!file.is_replaced()) return;
  const fs::path place = real_path(file.destination());
  if (options_.input != io::standard_input_name && is_inside(place, real_path(options_.input))) {
    throw UsageError(fmt::format("OUTPUT {} must not be in INPUT {}: the next run would read what this run writes",
                                 options_.output, options_.input));
  }
  if (!options_.tree.cache.empty() && is_inside(place, real_path(options_.tree.cache))) {
    throw UsageError(fmt::format("OUTPUT {} would be in the cache", options_.output));
  }
  check_directory();
}

/// Throws Error (io) if OUTPUT can be neither created, replaced nor written in place: all kernels would be reduced in
/// vain.
void PackageOutput::check_directory() const {
  const fs::path& file = result_.file().destination();
  const fs::path directory = file.has_parent_path() ? file.parent_path() : ".";
  std::error_code missing;
  if (!fs::is_directory(directory, missing)) {
    throw Error(ErrorKind::io, options_.output, "", "the directory of OUTPUT does not exist");
  }
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
  const int refused = errno;
  if (::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) == 0) return;
  throw Error(ErrorKind::io, options_.output, "",
              "cannot write to its directory: " + std::system_category().message(refused));
}

std::vector<std::uint8_t> PackageOutput::archive_of(const archive::TreeOutputs& outputs) const {
  std::vector<archive::TarMember> members;
  members.reserve(outputs.outputs.size());
  for (const archive::Output& output : outputs.outputs) members.push_back({output.path, *output.content});
  return packed(std::move(members), form_, time_);
}

std::vector<std::uint8_t> PackageOutput::bundle_of(const archive::Batch& batch,
                                                   std::optional<BundleFacts>& facts) const {
  BundlePackage bundle = bundle_package(batch, options_.input, form_.compression, reply_);
  facts = {.kernels = bundle.kernels, .contents = bundle.contents};
  return std::move(bundle.bytes);
}

void PackageOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) {
  const archive::TreeOutputs outputs =
      archive::plan_outputs(batch.kernels, options_.tree.dedupe, archive::EqualOutputs::copy);
  std::optional<BundleFacts> bundle;
  const std::vector<std::uint8_t> package = form_.is_bundle ? bundle_of(batch, bundle) : archive_of(outputs);
  count_outputs(batch, outputs, report_.tree);

  std::optional<io::InterruptsBlocked> whole;
  if (result_.file().is_replaced()) whole.emplace();
  const auto publication = result_.write(package);
  report_.tree.published = true;
  report_.package = {.form = to_string(form_),
                     .bytes = package.size(),
                     .in_place = result_.is_in_place(publication),
                     .bundle = std::move(bundle)};
  if (!options_.tree.manifest.empty()) reply_.on_interrupt("OUTPUT is written, and the manifest is not");
  report_.tree.manifest = write_manifest(options_, batch, outputs, std::move(objects), reply_);
  whole.reset();
  for (std::size_t i = 0; options_.verbose && i < batch.kernels.size(); ++i) {
    reply_.text += printable(kernel_line(batch, outputs, i)) + "\n";
  }
}

}  // namespace minbtf::cli
