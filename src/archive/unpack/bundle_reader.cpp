// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/bundle_reader.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "archive/bundle_path.hpp"
#include "base/short_text.hpp"
#include "elf/machines.hpp"

namespace minbtf::archive {

namespace {

/// Returns BTFHub's name of the architecture; empty if the machine is not known.
std::string_view directory_of_machine(std::uint32_t machine) {
  const std::string_view architecture = elf::architecture_of_bundle(machine);
  return architecture == "arm" ? "armhf" : architecture;
}

/// Returns the reason why a text cannot be a part of a path; empty if it can. `what` is the name of the text.
std::string refusal_of_part(std::string_view what, std::string_view text) {
  const std::string name = "the " + std::string(what);
  if (text.find('/') != std::string_view::npos) return name + " of the kernel has a slash";
  if (text.starts_with('.')) return name + " of the kernel begins with a dot";
  return {};
}

std::string refusal_of(const minbtf_kernel& kernel, std::string_view directory) {
  if (directory.empty()) return "the machine " + base::hex(kernel.machine) + " is not known";
  if (*kernel.release == '\0') return "the kernel has no release";
  using Part = std::pair<std::string_view, const char*>;
  for (const auto& [what, text] :
       {Part{"release", kernel.release}, Part{"ID", kernel.id}, Part{"VERSION_ID", kernel.version_id}}) {
    std::string reason = refusal_of_part(what, text);
    if (!reason.empty()) return reason;
  }
  return {};
}

/// Returns the reason why two kernels with one path and different contents are refused.
const char* refusal_of_repeated(const minbtf_kernel& one, const minbtf_kernel& other) {
  if (one.machine != other.machine) {
    return "the bundle has this kernel for both byte orders, with different BTF, and a path has no byte order";
  }
  if (std::string_view(one.id) != other.id || std::string_view(one.version_id) != other.version_id) {
    return "the bundle has kernels with this path, with different BTF: '-' stands for an empty ID or VERSION_ID, and "
           "is that of another kernel";
  }
  return "the bundle has several builds (uname -v) of this kernel, with different BTF, and a path has no build";
}

}  // namespace

void BundleReader::read() {
  for (auto block = input_.next(); !block.empty(); block = input_.next()) {
    if (block.size() > max_bundle_bytes - bytes_.size()) {
      context_.fail(ErrorKind::unsupported,
                    "a bundle of over " + std::to_string(max_bundle_bytes) + " bytes, which are too many");
    }
    bytes_.insert(bytes_.end(), block.begin(), block.end());
  }
  read_kernels();
}

void BundleReader::read_kernels() {
  minbtf_bundle bundle;
  int reason = minbtf_bundle_open(&bundle, bytes_.data(), bytes_.size());
  if (reason == MINBTF_OK) reason = minbtf_bundle_check(&bundle);
  if (reason != MINBTF_OK) {
    context_.fail(reason == MINBTF_NEWER_FORMAT ? ErrorKind::unsupported : ErrorKind::damaged,
                  minbtf_reason_text(reason));
  }
  if (bundle.kernels > context_.limits.members) {
    context_.fail(ErrorKind::unsupported, std::to_string(bundle.kernels) +
                                              " kernels in the bundle, over the limit of " +
                                              std::to_string(context_.limits.members) + " (--max-members)");
  }
  for (std::uint32_t i = 0; i < bundle.kernels; ++i) {
    minbtf_kernel kernel;
    minbtf_content content;
    static_cast<void>(minbtf_bundle_kernel(&bundle, i, &kernel));  // cannot fail after minbtf_bundle_check()
    static_cast<void>(minbtf_bundle_content(&bundle, kernel.content, &content));
    const std::string_view directory = directory_of_machine(kernel.machine);
    std::string refusal = refusal_of(kernel, directory);
    std::string path =
        bundle_path(kernel.id, kernel.version_id, directory.empty() ? "unknown" : directory, kernel.release);
    kernels_.push_back({.path = std::move(path),
                        .refusal = std::move(refusal),
                        .names = kernel,
                        .btf = {static_cast<const std::uint8_t*>(content.btf), content.size}});
  }
  std::ranges::stable_sort(kernels_, {}, &Kernel::path);
  std::vector<Kernel> unique;
  for (Kernel& kernel : kernels_) {
    if (unique.empty() || unique.back().path != kernel.path) {
      unique.push_back(std::move(kernel));
    } else if (unique.back().btf.data() != kernel.btf.data()) {
      std::string& refusal = unique.back().refusal;
      if (refusal.empty()) refusal = kernel.refusal;
      if (refusal.empty()) refusal = refusal_of_repeated(unique.back().names, kernel.names);
    }
  }
  kernels_ = std::move(unique);
}

std::optional<ArchiveEntry> BundleReader::next_entry() {
  if (!std::exchange(is_read_, true)) read();
  if (next_ == kernels_.size()) return std::nullopt;
  Kernel& kernel = kernels_[next_++];
  is_given_ = false;
  ArchiveEntry entry{.size = kernel.btf.size(), .member = Member{}};
  entry.member->size = entry.size;
  entry.member->path = kernel.path;
  entry.member->refusal = kernel.refusal;
  if (kernel.refusal.empty() && kernel.path.size() > context_.limits.path_bytes) {
    entry.member->refusal = "a path of " + std::to_string(kernel.path.size()) + " bytes, over the limit of " +
                            std::to_string(context_.limits.path_bytes) + " (--max-path)";
  }
  return entry;
}

bool BundleReader::next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset) {
  const Kernel& kernel = kernels_[next_ - 1];
  if (std::exchange(is_given_, true)) {
    block = {};
    offset = kernel.btf.size();
    return false;
  }
  block = kernel.btf;
  offset = 0;
  return true;
}

}  // namespace minbtf::archive
