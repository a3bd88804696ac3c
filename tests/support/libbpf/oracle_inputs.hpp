// SPDX-License-Identifier: BSD-2-Clause
// Input of the oracle tests: all BPF objects and kernel BTFs that are available on this machine.
//
// MINBTF_KERNELS names a tree of kernels (raw BTF, or BTFHub's `.btf.tar.xz`). Without it, `../shared/corpus` beside
// the source tree is used if it exists. With MINBTF_ORACLE_FULL=1 the tests use every kernel instead of a selection.
// selection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "minbtf/btf.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

/// A BPF object as read by libbpf and by min-btf.
struct OracleObject {
  std::vector<std::uint8_t> bytes;
  ResolverObject resolver;
  [[nodiscard]] const BpfObject& parsed() const noexcept { return resolver.object(); }
  [[nodiscard]] const std::string& name() const noexcept { return parsed().name(); }
};

/// Throws Error, or std::runtime_error if libbpf refuses the object.
[[nodiscard]] OracleObject oracle_object(std::vector<std::uint8_t> bytes, std::string name);
/// Returns the objects compiled from tests/bpf that have CO-RE relocations, in one byte order: "el" or "eb".
[[nodiscard]] std::vector<OracleObject> test_objects(const std::string& order);
/// Returns the objects with CO-RE relocations in the programs of Debian's package libbpf-tools; empty if the package is
/// not installed.
[[nodiscard]] std::vector<OracleObject> tool_objects();
/// Returns test_objects("el") and tool_objects().
[[nodiscard]] std::vector<OracleObject> little_endian_objects();

/// A kernel's BTF as read by libbpf and by min-btf.
struct OracleKernel {
  std::vector<std::uint8_t> bytes;
  Btf btf;
  ResolverTarget target;
  [[nodiscard]] const std::string& name() const noexcept { return btf.name(); }
};

[[nodiscard]] OracleKernel oracle_kernel(std::vector<std::uint8_t> bytes, const std::string& name);

/// A file that contains a kernel's BTF.
struct KernelFile {
  std::string name;
  std::filesystem::path path;
  [[nodiscard]] OracleKernel load() const;
};

/// Returns the kernel of this machine, if it has BTF, and then the kernels of the tree, ordered by name.
[[nodiscard]] std::vector<KernelFile> kernel_files();
/// Returns a few dissimilar kernels: that of this machine, an old one with many duplicate types, a 32-bit one, a
/// big-endian one. With MINBTF_ORACLE_FULL=1: all kernels.
[[nodiscard]] std::vector<KernelFile> selected_kernel_files();

[[nodiscard]] bool full_run();

[[nodiscard]] std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path);

/// Reports that this machine lacks something that a test needs. If CI is set, this is a failure, because CI installs
/// everything. Otherwise ctest reports the test as skipped. See skip.hpp.
void missing(const std::string& what);

}  // namespace minbtf::test
