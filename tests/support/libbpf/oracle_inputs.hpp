// What the oracle tests work on: every BPF object and every kernel's BTF that this machine has.
//
// MINBTF_KERNELS names a tree of kernels (raw BTF, or BTFHub's `.btf.tar.xz`). Without it, `../shared/corpus` beside
// the source tree is taken if it is there. MINBTF_ORACLE_FULL=1 asks every question of every kernel instead of a
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

/// A BPF object for both sides.
struct OracleObject {
  std::vector<std::uint8_t> bytes;
  ResolverObject resolver;
  [[nodiscard]] const BpfObject& parsed() const noexcept { return resolver.object(); }
  [[nodiscard]] const std::string& name() const noexcept { return parsed().name(); }
};

/// Throws Error, or std::runtime_error from libbpf.
[[nodiscard]] OracleObject oracle_object(std::vector<std::uint8_t> bytes, std::string name);
/// The objects with CO-RE relocations made from tests/bpf, in one byte order: "el" or "eb".
[[nodiscard]] std::vector<OracleObject> test_objects(const std::string& order);
/// The objects with CO-RE relocations inside the programs of Debian's package libbpf-tools; none if it is not
/// installed.
[[nodiscard]] std::vector<OracleObject> tool_objects();
/// test_objects("el") and tool_objects().
[[nodiscard]] std::vector<OracleObject> little_endian_objects();

/// A kernel's BTF for both sides.
struct OracleKernel {
  std::vector<std::uint8_t> bytes;
  Btf btf;
  ResolverTarget target;
  [[nodiscard]] const std::string& name() const noexcept { return btf.name(); }
};

[[nodiscard]] OracleKernel oracle_kernel(std::vector<std::uint8_t> bytes, const std::string& name);

/// A file that holds a kernel's BTF.
struct KernelFile {
  std::string name;
  std::filesystem::path path;
  [[nodiscard]] OracleKernel load() const;
};

/// This machine's kernel, if it has BTF, and those of the tree, by name.
[[nodiscard]] std::vector<KernelFile> kernel_files();
/// A few that are unlike each other: this machine's, an old one full of duplicates, 32 bits, big-endian. All of them
/// for MINBTF_ORACLE_FULL.
[[nodiscard]] std::vector<KernelFile> selected_kernel_files();

[[nodiscard]] bool full_run();

[[nodiscard]] std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path);

/// What a test needs and this machine lacks: a failure where CI is set, which installs everything, and otherwise a
/// test that ctest reports as skipped. See skip.hpp.
void missing(const std::string& what);

}  // namespace minbtf::test
