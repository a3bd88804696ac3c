// SPDX-License-Identifier: BSD-2-Clause
#include "consumers/consumer_case.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>

#include "io/sha256.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;

namespace {

const fs::path lookups = fs::path(TEST_SOURCE_DIR) / "tests/consumers/lookups";

void require_success(const CommandResult& result, const std::string& what) {
  if (result.status != 0) throw std::runtime_error(what + ": " + result.err + result.out);
}

/// Compiles and links with the options of the lookups.
void compile(const fs::path& program, const std::vector<std::string>& inputs) {
  std::vector<std::string> command = {TEST_CC, "-w", "-O1", "-o", program.string()};
  command.insert(command.end(), inputs.begin(), inputs.end());
  command.insert(command.end(), {"-lz", "-lmd", "-lbpf"});
  require_success(run_command(command), program.filename().string());
}

std::string result_of(std::vector<std::string> command, const Host& host) {
  const TempDir directory;
  command.insert(command.end(), {directory.write("os-release", host.os_release), host.machine, host.release});
  const CommandResult result = run_command(command);
  require_success(result, "lookup");
  return result.out.substr(0, result.out.find('\n'));
}

/// Copies the module of the lookups into `directory`, builds a package of it, and returns the program.
std::string build_package(const std::string& package, const TempDir& directory, const std::string& tag) {
  const fs::path module = directory.path() / "go";
  fs::copy(lookups / "go", module, fs::copy_options::recursive);
  std::string program = directory.file(package);
  const std::string cache = "GOCACHE=" + (fs::path(TEST_LOOKUP_DIR) / "go-cache").string();
  // Nothing is downloaded: the module uses only the standard library.
  require_success(run_command({"env", cache, "GOPROXY=off", "GOFLAGS=", "GO111MODULE=on", "GOTOOLCHAIN=local",
                               "CGO_ENABLED=0", "go", "build", "-tags", tag, "-o", program, "./" + package},
                              {.directory = module.string()}),
                  "go build of " + package);
  return program;
}

bool is_embedded_by_go(const std::string& name) {
  return name == "tracee" || name == "kyanos" || name == "ig-x86" || name == "ig-arm64";
}

}  // namespace

std::string os_release(const std::string& id, const std::string& version_id) {
  std::string text = "NAME=\"Some Linux\"\nVERSION=\"1.2 (Some Name)\"\nID=" + id + "\nID_LIKE=\"other\"\n";
  if (!version_id.empty()) text += "VERSION_ID=" + version_id + "\n";
  return text + "\nPRETTY_NAME=\"Some Linux 1.2\"\nVARIANT_ID=server\nHOME_URL=\"https://example.org/?ID=1\"\n";
}

std::string hash_of(const std::string& contents) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(contents.data());
  return io::sha256_of(std::span(bytes, contents.size())).hex();
}

bool has_go() {
  if (run_command({"sh", "-c", "command -v go"}).status == 0) return true;
  skip_test("the program go is not installed (Debian: golang-go)");
  return false;
}

Consumer::Consumer(const std::string& name, const fs::path& artifact) {
  const fs::path built = fs::path(TEST_LOOKUP_DIR);
  const char* bcc_sources = std::getenv("MINBTF_BCC_SRC");
  if (name == "bcc" && bcc_sources != nullptr && *bcc_sources != '\0') {
    build_with_bcc(bcc_sources, artifact);
  } else if (name == "bcc" || name == "boot") {
    command_ = {built / ("lookup_" + name), artifact};
  } else if (name == "bpf-compatible") {
    command_ = {built / "lookup_bpf_compatible", artifact};
  } else {
    build_with_go(name, artifact);
  }
}

void Consumer::build_with_bcc(const std::string& sources, const fs::path& archive) {
  const fs::path program = directory_->path() / "bcc";
  const std::string assembly = directory_->write(
      "archive.S",
      ".section .rodata\n"
      ".global _binary_min_core_btfs_tar_gz_start, _binary_min_core_btfs_tar_gz_end\n"
      "_binary_min_core_btfs_tar_gz_start: .incbin \"" +
          archive.string() + "\"\n_binary_min_core_btfs_tar_gz_end:\n.section .note.GNU-stack,\"\",%progbits\n");
  const std::string helpers = (directory_->path() / "btf_helpers.o").string();
  require_success(run_command({TEST_CC, "-w", "-include", (lookups / "bcc_source.h").string(), "-I", sources, "-c",
                               "-o", helpers, (fs::path(sources) / "btf_helpers.c").string()}),
                  "MINBTF_BCC_SRC=" + sources);
  compile(program, {(lookups / "bcc_source.c").string(), (lookups / "lookup.c").string(), helpers, assembly});
  command_ = {program, "-"};
}

void Consumer::build_with_go(const std::string& name, const fs::path& artifact) {
  if (!is_embedded_by_go(name)) {
    // The artifact is no part of the program: one program serves all.
    static const TempDir directory;
    static const std::string program = build_package("archives", directory, "none");
    command_ = {program, name, artifact};
    return;
  }
  const std::string package = name.starts_with("ig-") ? "ig" : name;
  // Not fs::copy(), which cannot copy a link to nothing.
  fs::create_directories(directory_->path() / "go" / package);
  require_success(run_command({"cp", "-a", artifact.string() + "/.", (directory_->path() / "go" / package).string()}),
                  "cp");
  command_ = {build_package(package, *directory_, name == "ig-arm64" ? "arm64_files" : "none"), "-"};
}

std::string Consumer::find(const Host& host) const { return result_of(command_, host); }

std::string find_in_linked(const std::string& name, const fs::path& object, const Host& host) {
  const TempDir directory;
  const fs::path program = directory.path() / "linked";
  compile(program, {(lookups / (name == "bcc" ? "bcc.c" : "bpf_compatible.c")).string(),
                    (lookups / "lookup.c").string(), object.string()});
  return result_of({program, "-"}, host);
}

}  // namespace minbtf::test
