// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/oracle_selftests.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <regex>
#include <stdexcept>
#include <string_view>

#include "elf/elf_file.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;

namespace {

/// Debian 12 and Debian 13.
constexpr std::array<std::string_view, 2> packages = {"linux-source-6.1", "linux-source-6.12"};

fs::path directory() { return fs::path(TEST_BPF_DIR).parent_path() / "selftests"; }

/// Returns the directory of the unpacked selftests; an empty path if there is none.
fs::path sources() {
  for (const std::string_view package : packages) {
    if (const fs::path found = directory() / package / "tools/testing/selftests/bpf"; fs::exists(found)) return found;
  }
  return {};
}

/// ctest runs several of these tests at once. One test unpacks and compiles, the others wait for the lock.
class Lock {
 public:
  explicit Lock(const fs::path& file) : fd_(open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
    if (fd_ < 0 || flock(fd_, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + file.string());
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { close(fd_); }

 private:
  int fd_;
};

void check(const CommandResult& result, const std::string& what) {
  if (result.status != 0) throw std::runtime_error(what + ": " + result.err);
}

/// Returns the path of the kernel source tarball: the installed one, or the one in the package, which is downloaded if
/// necessary. Returns an empty path if there is neither.
fs::path source_tarball() {
  for (const std::string_view package : packages) {
    const fs::path installed = fs::path("/usr/src") / (std::string(package) + ".tar.xz");
    if (fs::exists(installed)) return installed;
  }
  const auto downloaded = [] {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".deb") return entry.path();
    }
    return fs::path();
  };
  // apt-get takes a name with a dot for a regular expression if there is no such package.
  for (const std::string_view package : packages) {
    if (!downloaded().empty()) break;
    (void)run_command({"apt-get", "download", "^" + std::string(package) + "$"}, {.directory = directory().string()});
  }
  const fs::path deb = downloaded();
  if (deb.empty()) return {};
  const std::string name = deb.filename();
  const fs::path tarball = directory() / (name.substr(0, name.find('_')) + ".tar.xz");
  const std::string command = "dpkg-deb --fsys-tarfile '" + deb.string() + "' | tar -xO ./usr/src/" +
                              tarball.filename().string() + " > '" + tarball.string() + "'";
  check(run_command({"sh", "-c", command}), "cannot unpack " + deb.string());
  fs::remove(deb);
  return tarball;
}

/// Returns false if the package is not available.
bool unpack() {
  const fs::path done = directory() / "unpacked";
  if (fs::exists(done)) return true;
  const fs::path tarball = source_tarball();
  if (tarball.empty()) return false;
  const std::string selftests = "linux-source-*/tools/testing/selftests/bpf/";
  check(run_command({"tar", "-xJf", tarball.string(), "-C", directory().string(), "--wildcards",
                     selftests + "progs/*core_reloc*", selftests + "prog_tests/core_reloc.c"}),
        "cannot unpack " + tarball.string());
  if (tarball.parent_path() == directory()) fs::remove(tarball);
  std::ofstream(done).put('\n');
  return true;
}

/// Returns the directory of a vmlinux.h of any recent kernel, which test_core_reloc_module.c needs. Returns an empty
/// text if there is none; that test is then left out.
std::string directory_of_vmlinux_h() {
  const fs::path header = directory() / "vmlinux" / "vmlinux.h";
  if (fs::exists(header)) return header.parent_path().string();
  const CommandResult dump = run_command({"bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"});
  if (dump.status != 0) return {};
  fs::create_directories(header.parent_path());
  std::ofstream(header) << dump.out;
  return header.parent_path().string();
}

/// Returns the directory of <asm/types.h>, which is named after the architecture of this machine.
std::string machine_include() {
  std::string machine = run_command({"uname", "-m"}).out;
  while (!machine.empty() && machine.back() == '\n') machine.pop_back();
  return "/usr/include/" + machine + "-linux-gnu";
}

/// Returns false if the source is left out.
bool compile(const fs::path& source, const fs::path& object, const std::string& order) {
  // -ffreestanding: use clang's own <stdint.h>. That of the C library does not support BPF.
  std::vector<std::string> command = {TEST_CLANG,
                                      "-target",
                                      "bpf" + order,
                                      "-mcpu=v3",
                                      "-g",
                                      "-O2",
                                      "-w",
                                      "-ffreestanding",
                                      "-D__TARGET_ARCH_x86",
                                      "-idirafter",
                                      machine_include(),
                                      "-c",
                                      source.string(),
                                      "-o",
                                      object.string()};
  if (source.stem() == "test_core_reloc_module") {
    const std::string include = directory_of_vmlinux_h();
    if (include.empty()) {
      std::cout << "left out, for want of a vmlinux.h: " << source.filename().string() << '\n';
      return false;
    }
    command.insert(command.begin() + 1, "-I" + include);
  }
  check(run_command(command), "cannot compile " + source.string());
  return true;
}

std::vector<fs::path> compiled(const std::string& prefix, const std::string& order) {
  fs::create_directories(directory() / order);
  std::vector<fs::path> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(sources() / "progs")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || entry.path().extension() != ".c") continue;
    const fs::path object = directory() / order / (entry.path().stem().string() + ".o");
    if (fs::exists(object) || compile(entry.path(), object, order)) out.push_back(object);
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Reads the cases from the macros in prog_tests/core_reloc.c: ARRAYS_CASE(name), ARRAYS_ERR_CASE(name), ...
void read_expectations(Selftests& out) {
  const std::string text = contents_of(sources() / "prog_tests" / "core_reloc.c");
  const std::regex macro(R"((?:^|\n)\t+(?:\{\s+)?([A-Z0-9_]+)_CASE(?:_COMMON)?\((\w+))");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), macro); match != std::sregex_iterator(); ++match) {
    const std::string name = (*match)[2];
    if (name == "name" || name == "objfile") continue;  // this match is inside the definition of a macro
    const bool fails = (*match)[1].str().ends_with("_ERR");
    (fails ? out.expected_to_fail : out.expected_to_load).insert(name);
  }
}

std::string without_prefix(const fs::path& file, const std::string& prefix) {
  return file.stem().string().substr(prefix.size());
}

const std::string object_prefix = "test_core_reloc_";
const std::string target_prefix = "btf__core_reloc_";

}  // namespace

std::string case_name(const fs::path& target) { return without_prefix(target, target_prefix); }

std::vector<SelftestPair> Selftests::pairs() const {
  std::vector<SelftestPair> out;
  for (const fs::path& object : objects) {
    std::string family = without_prefix(object, object_prefix);
    if (family.starts_with("bitfields")) family = "bitfields";  // _direct and _probed share their targets
    for (const fs::path& target : targets) {
      const std::string name = case_name(target);
      if (name == family || name.starts_with(family + "__")) out.push_back({object, target});
    }
  }
  return out;
}

Selftests kernel_selftests(const std::string& order) {
  Selftests out;
  fs::create_directories(directory());
  const Lock lock(directory() / "lock");
  if (!unpack()) {
    out.note = "the kernel's selftests: linux-source-6.1 or -6.12 is not installed and cannot be downloaded";
    return out;
  }
  out.objects = compiled(object_prefix, order);
  out.targets = compiled(target_prefix, order);
  read_expectations(out);
  return out;
}

std::vector<std::uint8_t> btf_section(const fs::path& file) {
  const std::vector<std::uint8_t> bytes = bytes_of(file);
  const elf::ElfFile elf = elf::ElfFile::from_memory(bytes, file.filename().string());
  const auto section = elf.section(".BTF");
  if (!section) throw std::runtime_error(file.string() + ": no .BTF");
  return {section->data.begin(), section->data.end()};
}

}  // namespace minbtf::test
