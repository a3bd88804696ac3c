#include "archive/input/architecture.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace minbtf::archive {

namespace {

// Names that the kernel (uname -m), Debian, rpm, Go, Docker, bpf2go and -D__TARGET_ARCH_ use. The last two use `x86`
// for x86_64, so `x86` is not a word for i386.
const std::vector<Architecture> known = {
    {"x86_64", {"x86_64", "amd64", "x64", "x86", "x86-64"}},
    {"arm64", {"arm64", "aarch64", "arm64v8"}},
    {"i386", {"i386", "i486", "i586", "i686", "386", "x86_32"}},
    {"arm", {"arm", "armhf", "armel", "armv7", "armv7l", "armv7hl", "arm32", "arm32v7"}},
    {"ppc64le", {"ppc64le", "ppc64el", "powerpc64le"}},
    {"ppc64", {"ppc64", "powerpc64"}},
    {"riscv64", {"riscv64", "riscv"}},
    {"loongarch64", {"loongarch64", "loong64", "loongarch"}},
    {"s390x", {"s390x", "s390"}},
    {"mips64el", {"mips64el", "mips64le"}},
    {"mips64", {"mips64"}},
    {"sparc64", {"sparc64"}},
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

std::optional<ArchitecturePlace> architecture_place_of(const std::string& input) {
  namespace fs = std::filesystem;
  if (input == "-") return std::nullopt;  // standard input has no path
  std::error_code error;
  const fs::path absolute = fs::absolute(input, error).lexically_normal();
  if (error) return std::nullopt;
  if (auto place = nearest_place(absolute)) return place;
  const fs::path real = fs::canonical(absolute, error);
  if (error) return std::nullopt;
  return nearest_place(real);
}

}  // namespace minbtf::archive
