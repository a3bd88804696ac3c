// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/bundle_kernel.hpp"

#include <algorithm>
#include <string_view>

#include "archive/input/bundle_machine.hpp"
#include "base/short_text.hpp"
#include "btf/bytes.hpp"

namespace minbtf::archive {

namespace {

std::string_view without_prefix(std::string_view text) {
  constexpr std::string_view prefix = "vmlinux-";
  const std::string_view rest = text.substr(std::min(text.size(), prefix.size()));
  const bool has_prefix = text.starts_with(prefix) && !rest.empty() && rest[0] >= '0' && rest[0] <= '9';
  return has_prefix ? rest : text;
}

std::string_view without_quotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

KernelPath bundle_names(KernelPath path) {
  path.id = std::string(without_quotes(path.id));
  path.version = std::string(without_quotes(path.version));
  path.release = std::string(without_prefix(path.release));
  return path;
}

std::string bundle_fault(const KernelPath& kernel) {
  if (kernel.release.empty() || kernel.release == "vmlinux") {
    return "the path does not state the release of the kernel; the layout is ID/VERSION/ARCHITECTURE/RELEASE.btf";
  }
  if (kernel.architecture == nullptr) {
    return "the path does not state the architecture of the kernel; the layout is "
           "ID/VERSION/ARCHITECTURE/RELEASE.btf";
  }
  return {};
}

BundleKernel bundle_kernel(const KernelPath& path, std::span<const std::uint8_t> btf) {
  const KernelPath kernel = bundle_names(path);
  return {.machine = bundle_machine(*kernel.architecture, btf::order_of(btf)),
          .release = kernel.release,
          .id = kernel.id,
          .version_id = kernel.version,
          .build = {},
          .btf = btf};
}

std::string without_id_text(const std::vector<std::string>& paths) {
  const bool is_one = paths.size() == 1;
  return paths.front() + (is_one ? "" : ", and " + base::counted(paths.size() - 1, "other kernel")) +
         ": the distribution (ID and VERSION) is not known; in the bundle, the release alone finds " +
         (is_one ? "it" : "them");
}

}  // namespace minbtf::archive
