// SPDX-License-Identifier: BSD-2-Clause
// What the path of a reduced BTF states about its kernel, in BTFHub's layout: ID/VERSION/ARCHITECTURE/RELEASE.btf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/input/architecture.hpp"

namespace minbtf::archive {

/// Names of a kernel's architecture.
struct ArchitectureNames {
  std::string_view btfhub;   ///< directory in BTFHub's archive: x86_64, arm64, armhf, i386
  std::string_view machine;  ///< `uname -m` on the target: x86_64, aarch64, armv7l, i686
  std::string_view bpf;      ///< Architecture::bpf_name: x86, arm64, arm
};

[[nodiscard]] ArchitectureNames names_of(const Architecture& architecture);

struct KernelPath {
  std::string path;  ///< in REDUCED, with .btf at its end
  // Fields of the path. A field that the path does not have is empty, or null.
  std::string id;
  std::string version;
  const Architecture* architecture = nullptr;
  std::string release;

  bool operator==(const KernelPath&) const = default;
};

struct KernelPaths {
  std::vector<KernelPath> kernels;  ///< in the order of the paths
  /// Paths that are not in the layout, each with the reason: "PATH: ...".
  struct Fault {
    std::string path;
    std::string reason;
  };
  std::vector<Fault> faults;
};

/// Parses paths that end in `.btf`. The layouts:
///   ID/VERSION/ARCHITECTURE/RELEASE.btf   BTFHub's
///   ID/VERSION/RELEASE.btf                the same for one architecture
///   ARCHITECTURE/RELEASE.btf, RELEASE.btf
/// One or more directories that contain all kernels (`btfs/ID/VERSION/...`, as `tar cf x.tar btfs` writes it) are left
/// off. `-` in the place of ID or VERSION is an empty field (bundle_path()). A directory is an architecture if
/// find_architecture() finds its name. A path with a second such directory before ID is a fault, and so are paths of
/// different layouts with another number of directories before ID.
[[nodiscard]] KernelPaths kernel_paths_of(const std::vector<std::string>& paths);

}  // namespace minbtf::archive
