// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/bundle_package.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/bundle_path.hpp"
#include "archive/input/architecture.hpp"
#include "archive/input/bundle_machine.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/ship/bundle_kernel.hpp"
#include "archive/ship/distribution.hpp"
#include "archive/ship/kernel_byte_order.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "cli/standard_streams.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/bundle.h"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

constexpr const char* running_kernel = "/sys/kernel/btf/vmlinux";

using archive::BundleKernel;
using archive::KernelPath;

bool is_running_kernel(const std::string& input) {
  std::error_code error;
  return fs::equivalent(input, running_kernel, error) && !error;
}

/// Returns the architecture of the running kernel; null if it is not known. `machine` is `uname -m`, which is `i686` on
/// x86_64 in the personality PER_LINUX32 (setarch). A 64-bit program runs only on a 64-bit kernel.
const archive::Architecture* running_architecture(const char* machine) {
  const archive::Architecture* const architecture = archive::architecture_of_machine(minbtf_machine(machine));
  const bool is_i386 = architecture != nullptr && architecture->name == "i386";
  return is_i386 && sizeof(void*) == 8 ? archive::find_architecture("x86_64") : architecture;
}

/// Returns the absolute path of a directory, as far as it is in BTFHub's layout: ID/VERSION/ARCHITECTURE, or
/// ARCHITECTURE if ID is not that of a known distribution; empty if it is not named after an architecture.
std::string layout_of(const fs::path& directory) {
  const fs::path last = directory.has_filename() ? directory : directory.parent_path();
  const std::string architecture = last.filename().string();
  if (archive::find_architecture(architecture) == nullptr) return {};
  const std::string version = last.parent_path().filename().string();
  const std::string id = last.parent_path().parent_path().filename().string();
  if (version.empty() || archive::quotes_of_id(id) == archive::Quotes::unknown) return architecture;
  return id + "/" + version + "/" + architecture;
}

/// Returns layout_of() the directory that `input` is or is in. Standard input has none.
std::string layout_of_input(const std::string& input) {
  if (input == io::standard_input_name) return {};
  std::error_code error;
  const fs::path whole = fs::absolute(input, error).lexically_normal();
  return layout_of(fs::is_directory(whole, error) ? whole : whole.parent_path());
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason, std::size_t others) {
  const std::string more = others == 0 ? "" : "; " + base::counted(others, "other kernel") + " cannot be in it, too";
  throw Error(ErrorKind::wrong_file, path, "", "cannot be in a bundle: " + reason + more);
}

BundlePackage package_of(std::vector<BundleKernel> kernels, archive::Compression compression) {
  const std::vector<std::uint8_t> bytes = archive::bundle_of(std::move(kernels));
  minbtf_bundle bundle;
  static_cast<void>(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()));
  return {.bytes = archive::compressed(bytes, compression),
          .kernels = bundle.kernels,
          .contents = bundle.contents,
          .kernel = {}};
}

std::string name_of(const BundleKernel& kernel) {
  const archive::Architecture& architecture = *archive::architecture_of_machine(kernel.machine);
  const std::string path =
      archive::bundle_path(kernel.id, kernel.version_id, archive::names_of(architecture).btfhub, kernel.release);
  return path.substr(0, path.rfind(".btf"));
}

/// Returns the path of an INPUT of one kernel.
KernelPath path_of_input(const std::string& input) {
  const std::string file = archive::output_path(fs::path(input).filename().string());
  const std::string path = archive::joined_path(layout_of_input(input), file);
  archive::KernelPaths parsed = archive::kernel_paths_of({path});
  return parsed.kernels.empty() ? KernelPath{} : std::move(parsed.kernels.front());
}

}  // namespace

BundledInput::BundledInput(const std::string& input) : input_(input) {
  if (is_running_kernel(input)) {
    minbtf_system system;
    static_cast<void>(minbtf_system_read(&system, nullptr));  // what it could not read is empty
    path_ = {.path = input,
             .id = system.id,
             .version = system.version_id,
             .architecture = running_architecture(system.machine),
             .release = system.release};
    build_ = system.build;
    if (path_.release.empty() || path_.architecture == nullptr) {
      refuse(input, fmt::format("uname states the machine '{}' and the release '{}'", system.machine, system.release),
             0);
    }
    return;
  }
  if (input == io::standard_input_name) {
    refuse(shown_path(input), "the release of the kernel is not known; name a file ID/VERSION/ARCHITECTURE/RELEASE.btf",
           0);
  }
  if (!archive::is_kernel_name(input)) refuse(input, "the name is not that of a kernel, RELEASE.btf", 0);
  path_ = path_of_input(input);
  const std::string fault = archive::bundle_fault(path_);
  if (!fault.empty()) refuse(input, fault, 0);
}

BundlePackage BundledInput::package(const archive::Content& btf, archive::Compression compression, Reply& reply) const {
  const std::string fault = archive::byte_order_fault(path_.architecture, *btf);
  if (!fault.empty()) refuse(input_, fault, 0);
  BundleKernel kernel = archive::bundle_kernel(path_, *btf);
  kernel.build = build_;
  if (kernel.id.empty()) reply.warn(archive::without_id_text({input_}));
  const std::string name = name_of(kernel);
  BundlePackage package = package_of({std::move(kernel)}, compression);
  package.kernel = name;
  return package;
}

BundlePackage bundle_package(const archive::Batch& batch, const std::string& input, archive::Compression compression,
                             Reply& reply) {
  const std::string layout = layout_of_input(input);
  std::vector<std::string> paths;
  std::map<std::string, const archive::Content*> contents;
  for (const archive::NamedKernel& kernel : batch.kernels) {
    const bool has_directory = kernel.path.find('/') != std::string::npos;
    paths.push_back(has_directory ? kernel.path : archive::joined_path(layout, kernel.path));
    contents[paths.back()] = &archive::value_of<archive::ReducedKernel>(*kernel.result).content;
  }
  archive::KernelPaths parsed = archive::kernel_paths_of(paths);
  std::vector<archive::KernelPaths::Fault> faults = std::move(parsed.faults);
  std::vector<std::string> without_id;
  std::vector<BundleKernel> kernels;
  for (const KernelPath& path : parsed.kernels) {
    const archive::Content& content = *contents.at(path.path);
    std::string fault = archive::bundle_fault(path);
    if (fault.empty()) fault = archive::byte_order_fault(path.architecture, *content);
    if (!fault.empty()) {
      faults.push_back({.path = path.path, .reason = std::move(fault)});
      continue;
    }
    if (path.id.empty()) without_id.push_back(path.path);
    kernels.push_back(archive::bundle_kernel(path, *content));
  }
  if (!faults.empty()) refuse(faults.front().path, faults.front().reason, faults.size() - 1);
  if (!without_id.empty()) reply.warn(archive::without_id_text(without_id));
  return package_of(std::move(kernels), compression);
}

}  // namespace minbtf::cli
