// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/oracle_inputs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "support/embedded_objects.hpp"
#include "support/fixtures.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view archive_suffix = ".btf.tar.xz";

std::vector<std::uint8_t> to_bytes(const std::string& text) { return {text.begin(), text.end()}; }

bool begins_with_btf_magic(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  unsigned char magic[2] = {};
  file.read(reinterpret_cast<char*>(magic), sizeof magic);
  const unsigned first = magic[0];
  const unsigned second = magic[1];
  return file && ((first == 0x9f && second == 0xeb) || (first == 0xeb && second == 0x9f));
}

std::string set_in_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::optional<fs::path> kernel_tree() {
  if (const std::string tree = set_in_environment("MINBTF_KERNELS"); !tree.empty()) {
    // A tree that was requested and is missing must not pass as an empty one.
    if (!fs::is_directory(tree)) throw std::runtime_error("MINBTF_KERNELS: no directory " + tree);
    return tree;
  }
  const fs::path beside = fs::path(TEST_SOURCE_DIR).parent_path() / "shared" / "corpus";
  if (fs::is_directory(beside)) return beside;
  return std::nullopt;
}

/// Appends the object if it has relocations.
void add_object(std::vector<OracleObject>& out, std::vector<std::uint8_t> bytes, const std::string& name) {
  BpfObject parsed = BpfObject::parse(bytes, name);
  if (parsed.relocation_count() == 0) return;
  ResolverObject resolver(bytes, std::move(parsed));
  out.push_back({std::move(bytes), std::move(resolver)});
}

std::vector<fs::path> sorted_files(const fs::path& directory) {
  std::vector<fs::path> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::vector<std::uint8_t> bytes_of(const fs::path& path) { return to_bytes(contents_of(path)); }

OracleObject oracle_object(std::vector<std::uint8_t> bytes, std::string name) {
  ResolverObject resolver(bytes, BpfObject::parse(bytes, std::move(name)));
  return {std::move(bytes), std::move(resolver)};
}

std::vector<OracleObject> test_objects(const std::string& order) {
  std::vector<OracleObject> out;
  for (const fs::path& path : sorted_files(fs::path(TEST_BPF_DIR) / order)) {
    if (path.extension() == ".o") add_object(out, bytes_of(path), path.filename().string());
  }
  return out;
}

std::vector<OracleObject> tool_objects() {
  std::vector<OracleObject> out;
  const CommandResult listing = run_command({"dpkg", "-L", "libbpf-tools"});
  std::istringstream lines(listing.status == 0 ? listing.out : std::string());
  for (std::string path; std::getline(lines, path);) {
    // The package installs symbolic links, which give one tool several names.
    if (!path.starts_with("/usr/sbin/") || fs::is_symlink(path) || !fs::is_regular_file(path)) continue;
    const std::vector<std::uint8_t> bytes = bytes_of(path);
    for (EmbeddedObject& object : embedded_objects(bytes, fs::path(path).filename().string())) {
      add_object(out, std::move(object.bytes), object.name);
    }
  }
  return out;
}

std::vector<OracleObject> little_endian_objects() {
  std::vector<OracleObject> out = test_objects("el");
  for (OracleObject& object : tool_objects()) out.push_back(std::move(object));
  return out;
}

OracleKernel oracle_kernel(std::vector<std::uint8_t> bytes, const std::string& name) {
  Btf btf = Btf::parse(bytes, name);
  ResolverTarget target(bytes, name);
  return {std::move(bytes), std::move(btf), std::move(target)};
}

OracleKernel KernelFile::load() const {
  if (!path.string().ends_with(archive_suffix)) return oracle_kernel(bytes_of(path), name);
  const CommandResult tar = run_command({"tar", "-xJOf", path.string()});
  if (tar.status != 0) throw std::runtime_error(path.string() + ": " + tar.err);
  return oracle_kernel(to_bytes(tar.out), name);
}

std::vector<KernelFile> kernel_files() {
  std::vector<KernelFile> out;
  if (const fs::path own = "/sys/kernel/btf/vmlinux"; fs::exists(own)) out.push_back({"this machine", own});
  const std::optional<fs::path> tree = kernel_tree();
  if (!tree) return out;
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(*tree)) {
    if (!entry.is_regular_file()) continue;
    if (!entry.path().string().ends_with(archive_suffix) && !begins_with_btf_magic(entry.path())) continue;
    out.push_back({fs::relative(entry.path(), *tree).string(), entry.path()});
  }
  std::sort(out.begin() + first, out.end(), [](const KernelFile& a, const KernelFile& b) { return a.name < b.name; });
  return out;
}

std::vector<KernelFile> selected_kernel_files() {
  std::vector<KernelFile> all = kernel_files();
  if (full_run()) return all;
  static constexpr std::string_view unlike[] = {"this machine", "bclinux/", "/armhf/", "/s390x/"};
  std::vector<KernelFile> out;
  for (const std::string_view part : unlike) {
    const auto fits = [part](const KernelFile& file) { return file.name.find(part) != std::string::npos; };
    if (const auto found = std::find_if(all.begin(), all.end(), fits); found != all.end()) out.push_back(*found);
  }
  // Another tree may have none of these names: fill up with its first kernels.
  for (std::size_t i = 0; out.size() < 3 && i < all.size(); ++i) {
    const auto same = [&](const KernelFile& file) { return file.path == all[i].path; };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(all[i]);
  }
  return out;
}

bool full_run() { return set_in_environment("MINBTF_ORACLE_FULL") == "1"; }

void missing(const std::string& what) {
  if (!set_in_environment("CI").empty()) FAIL("missing: " << what);
  skip_test(what);
}

}  // namespace minbtf::test
