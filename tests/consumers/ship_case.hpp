// SPDX-License-Identifier: BSD-2-Clause
// Artifacts of `ship` for each consumer, and the hosts on which each kernel must be found.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "consumers/consumer_case.hpp"

namespace minbtf::test {

/// A kernel in BTFHub's layout.
struct HubKernel {
  std::string id;       ///< directory: centos
  std::string version;  ///< directory: 8
  std::string arch;     ///< directory: x86_64, arm64
  std::string release;

  [[nodiscard]] std::string path() const { return id + "/" + version + "/" + arch + "/" + release + ".btf"; }
};

/// The values of ID and VERSION_ID in os-release, with their quotes.
struct Distribution {
  std::string id;
  std::string version_id;
};

/// Returns the distributions that run this kernel, each as its os-release writes it. The rules, by the release:
///  - `.elN`: centos, rhel and ol, from N = 8 on also rocky and almalinux; with the major version, with the minor
///  version
///    that the build of the kernel belongs to, and with the next minor version;
///  - `.elNuek`: ol with the major version;
///  - otherwise the directory's names; amzn/2018 is 2018.03.
[[nodiscard]] std::vector<Distribution> distributions_of(const HubKernel& kernel);

/// Returns the host of a kernel.
[[nodiscard]] Host host_of(const HubKernel& kernel, const Distribution& distribution);

/// Returns true if the consumer can find a file of the distribution at all:
///  - ig: not if os-release has quotes around ID;
///  - datadog: only if the distribution is one of its platforms.
[[nodiscard]] bool can_find(const std::string& consumer, const Distribution& distribution);

/// Returns true if the consumer looks at the release only, or prefers it to the distribution: boot and datadog.
[[nodiscard]] bool is_found_by_release(const std::string& consumer);

/// The artifacts of one consumer for a tree of several architectures.
class Shipped {
 public:
  /// Runs `ship` on `reduced`, for the architectures x86_64 and arm64, with further arguments. Throws
  /// std::runtime_error if it fails; the message has its standard error.
  Shipped(const std::string& consumer, const std::filesystem::path& reduced, const std::vector<std::string>& more = {});

  /// Returns what the consumer finds on the host.
  [[nodiscard]] std::string find(const Host& host) const;
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  TempDir directory_;
  std::map<std::string, Consumer> by_machine_;  ///< one for all machines has the key ""
};

}  // namespace minbtf::test
