// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/architecture.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "archive/tree_path.hpp"
#include "base/sorted.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

namespace {

// Names that the kernel (uname -m), Debian, rpm, Go, Docker, bpf2go and -D__TARGET_ARCH_ use. The last two use `x86`
// for x86_64, so `x86` is not a word for i386. Sources of the last names: libbpf's bpf_tracing.h, and bpf2go
// (cilium/ebpf, cmd/bpf2go/gen/target.go).
const std::vector<Architecture> known = {
    {"x86_64", {"x86_64", "amd64", "x64", "x86", "x86-64"}, "x86"},
    {"arm64", {"arm64", "aarch64", "arm64v8"}, "arm64"},
    {"i386", {"i386", "i486", "i586", "i686", "386", "x86_32"}, "x86"},
    {"arm", {"arm", "armhf", "armel", "armv7", "armv7l", "armv7hl", "arm32", "arm32v7"}, "arm"},
    {"ppc64le", {"ppc64le", "ppc64el", "powerpc64le"}, "powerpc"},
    {"ppc64", {"ppc64", "powerpc64"}, "powerpc"},
    {"riscv64", {"riscv64", "riscv"}, "riscv"},
    {"loongarch64", {"loongarch64", "loong64", "loongarch"}, "loongarch"},
    {"s390x", {"s390x", "s390"}, "s390"},
    {"mips64el", {"mips64el", "mips64le"}, "mips"},
    {"mips64", {"mips64"}, "mips"},
    {"sparc64", {"sparc64"}, "sparc"},
};

std::optional<ArchitecturePlace> nearest_place(std::filesystem::path path) {
  for (; path.has_relative_path(); path = path.parent_path()) {
    const Architecture* const architecture = find_architecture(path.filename().string());
    if (architecture != nullptr) return ArchitecturePlace{.architecture = architecture, .directory = path.string()};
  }
  return std::nullopt;
}

}  // namespace

std::span<const Architecture> architectures() { return known; }

const Architecture* find_architecture(std::string_view word) {
  for (const Architecture& architecture : known) {
    if (std::ranges::find(architecture.words, word) != architecture.words.end()) return &architecture;
  }
  return nullptr;
}

std::span<const std::string_view> bpf_architectures() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Architecture& architecture : known) all.push_back(architecture.bpf_name);
    base::sort_unique(all);
    return all;
  }();
  return names;
}

const Architecture* architecture_of_path(std::string_view path) {
  for (path = directory_of(path); !path.empty(); path = directory_of(path)) {
    if (const Architecture* const architecture = find_architecture(file_name_of(path))) return architecture;
  }
  return nullptr;
}

std::optional<ArchitecturePlace> architecture_place_of(const std::string& input) {
  namespace fs = std::filesystem;
  // Standard input has no path: redirected from a file, it is treated as a pipe is.
  if (input == "-" || input == io::standard_input_name) return std::nullopt;
  std::error_code error;
  const fs::path absolute = fs::absolute(input, error).lexically_normal();
  if (error) return std::nullopt;
  if (auto place = nearest_place(absolute)) return place;
  const fs::path real = fs::canonical(absolute, error);
  if (error) return std::nullopt;
  return nearest_place(real);
}

}  // namespace minbtf::archive
