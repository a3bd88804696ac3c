// SPDX-License-Identifier: BSD-2-Clause
// examples/reduce.c and examples/cgo: programs that use the library through its C API only.
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

/// Checks that `program` writes the bytes of `gen`.
void check_bytes(const std::string& program) {
  const TempDir directory;
  const std::string raw = directory.write("kernel.btf", kernel_btf());
  const std::string vmlinux = write_vmlinux(directory, "vmlinux", kernel_btf());
  for (const std::string& kernel : {raw, vmlinux}) {
    for (const char* name : {"basic", "calls", "no_core"}) {
      CAPTURE(program, kernel, name);
      const CommandResult example = run_command({program, kernel, bpf_object(name), directory.file("example.btf")});
      CHECK(example.err.empty());
      CHECK(example.status == 0);
      REQUIRE(run_min_btf({"gen", kernel, directory.file("gen.btf"), bpf_object(name)}).status == 0);
      CHECK(contents_of(directory.file("example.btf")) == contents_of(directory.file("gen.btf")));
    }
  }
}

/// Checks that `program` prints one line for an error. `full` is the line for a full device.
void check_errors(const std::string& program, const std::string& full) {
  const TempDir directory;
  const std::string packed = directory.write("kernel.xz", compressed(kernel_btf(), Compression::xz));
  const std::string kernel = directory.write("kernel.btf", kernel_btf());
  const std::string output = directory.file("example.btf");
  const CommandResult wrong_kernel = run_command({program, packed, bpf_object("basic"), output});
  CHECK(wrong_kernel.status == 1);
  CHECK(wrong_kernel.err == packed + ": xz-compressed data; the library reads only uncompressed files of one kernel\n");
  const CommandResult wrong_object = run_command({program, kernel, kernel, output});
  CHECK(wrong_object.status == 1);
  CHECK(wrong_object.err == kernel + ": not a BPF object, but raw BTF\n");
  CHECK_FALSE(fs::exists(output));
  const CommandResult no_space = run_command({program, kernel, bpf_object("basic"), "/dev/full"});
  CHECK(no_space.status == 1);
  CHECK(no_space.err == full);
  CHECK(run_command({program}).err == "usage: reduce KERNEL OBJECT OUTPUT\n");
}

bool has_program(const std::string& name, const std::string& package) {
  if (run_command({"sh", "-c", "command -v " + name}).status == 0) return true;
  skip_test("the program " + name + " is not installed (Debian: " + package + ")");
  return false;
}

/// The library, installed from the build of these tests.
class Installation {
 public:
  Installation() {
    for (const char* component : {"development", "library"}) {
      const CommandResult result =
          run_command({TEST_CMAKE, "--install", TEST_BUILD_DIR, "--prefix", prefix_.path(), "--component", component});
      CAPTURE(result.out, result.err);
      REQUIRE(result.status == 0);
    }
    for (const auto& entry : fs::recursive_directory_iterator(prefix_.path())) {
      if (entry.path().filename() == "minbtf.pc") pc_ = entry.path().parent_path();
    }
    REQUIRE(fs::exists(pc_));
    fs::copy(fs::path(TEST_SOURCE_DIR) / "examples/cgo", sources_.path() / "cgo");
    fs::copy(fs::path(TEST_SOURCE_DIR) / "examples/reduce.c", sources_.path());
  }

  /// Builds a program by a shell command that writes $OUTPUT. Returns its path.
  [[nodiscard]] std::string built(const std::string& name, const std::string& command) const {
    const std::string output = programs_.file(name + "-program");
    // Nothing is downloaded, and all tests in Go share the compiled packages. A shared library is found by its path.
    const std::string variables = "export OUTPUT=" + output + " PKG_CONFIG_PATH=" + pc_.string() +
                                  " GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE=" TEST_GO_CACHE
                                  " LD_RUN_PATH=" +
                                  pc_.parent_path().string() + "; ";
    const CommandResult result =
        run_command({"sh", "-c", variables + command}, {.directory = sources_.path().string()});
    CAPTURE(result.out, result.err);
    REQUIRE(result.status == 0);
    CHECK(result.err.empty());
    return output;
  }

 private:
  TempDir prefix_;
  TempDir sources_;
  TempDir programs_;
  fs::path pc_;
};

}  // namespace

TEST_CASE("capi: the example in C writes the same bytes as gen, and prints one line for an error") {
  const std::string program = TEST_CAPI_DIR "/example_reduce_c";
  check_bytes(program);
  check_errors(program, "/dev/full: cannot write\n");
}

TEST_CASE("capi: the commands for the examples in C and Go build them with the installed library and pkg-config") {
  if (with_address_sanitizer) return skip_test("programs outside the build do not have AddressSanitizer");
  if (!fs::exists(TEST_BUILD_DIR "/minbtf.pc")) return skip_test("this build installs nothing (MINBTF_INSTALL=OFF)");
  if (!has_program("pkg-config", "pkg-config")) return;
  const Installation installation;
  const std::string in_c = installation.built("reduce.c", TEST_CC
                                              " -std=c11 -Wall -Wextra -Wpedantic -Werror reduce.c "
                                              "$(pkg-config --cflags --libs minbtf) -o $OUTPUT");
  check_bytes(in_c);
  check_errors(in_c, "/dev/full: cannot write\n");
  if (!has_program("go", "golang-go")) return;
  const std::string in_go = installation.built("cgo", "cd cgo && go vet . && go build -o $OUTPUT .");
  check_bytes(in_go);
  check_errors(in_go, "write /dev/full: no space left on device\n");
}

TEST_CASE("capi: docs/c-api.md quotes the example in C") {
  const fs::path source = TEST_SOURCE_DIR;
  const std::string example = contents_of(source / "examples/reduce.c");
  const std::string page = contents_of(source / "docs/c-api.md");
  CHECK(page.find("```c\n" + example.substr(example.find("int main(")) + "```\n") != std::string::npos);
}
