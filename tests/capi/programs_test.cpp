// SPDX-License-Identifier: BSD-2-Clause
// The C programs in tests/capi: arguments, errors, threads, failing allocations; and that they call every function.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "minbtf/inspection.hpp"
#include "minbtf/plan.hpp"
#include "support/capi_report.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

std::string program(const char* name) { return std::string(TEST_CAPI_DIR "/capi_") + name; }

/// Returns the names of the functions that minbtf.h declares.
std::set<std::string> declared_functions() {
  const std::string header = contents_of(fs::path(TEST_SOURCE_DIR) / "include/minbtf/minbtf.h");
  static const std::regex declaration(R"(MINBTF_C_API [a-z0-9_ *]*?(minbtf_[a-z0-9_]+)\()");
  std::set<std::string> names;
  for (std::sregex_iterator each(header.begin(), header.end(), declaration), end; each != end; ++each) {
    names.insert((*each)[1]);
  }
  return names;
}

/// Returns the functions that the source of a test program does not call.
std::vector<std::string> functions_missing_in(const std::string& source) {
  const std::string text = contents_of(fs::path(TEST_SOURCE_DIR) / "tests/capi" / source);
  std::vector<std::string> missing;
  for (const std::string& name : declared_functions()) {
    if (text.find(name + "(") == std::string::npos) missing.push_back(name);
  }
  return missing;
}

/// What errors.c prints for an Error of the C++ API.
std::string text_of(const Error& error) {
  return kind_text(error.kind()) + "\n" + error.file() + "\n" + error.where() + "\n" + error.reason() + "\n" +
         error.what() + "\n";
}

/// Calls a function of the C++ API as errors.c calls one of the C API. Returns what errors.c prints.
std::string expected_error(const std::string& function, const std::string& path) {
  const auto bytes = [&] {
    const std::string text = contents_of(path);
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  try {
    if (function == "object_from_file") static_cast<void>(BpfObject::from_file(path));
    if (function == "btf_from_file") static_cast<void>(Btf::from_file(path));
    if (function == "object_from_bytes") static_cast<void>(BpfObject::parse(bytes(), path));
    if (function == "btf_from_bytes") static_cast<void>(Btf::parse(bytes(), path));
    if (function == "inspection_from_bytes") static_cast<void>(inspect(bytes(), path));
    if (function == "minimize_bytes") {
      Workspace workspace;
      static_cast<void>(Plan{std::vector<BpfObject>()}.minimize(bytes(), path, workspace));
    }
  } catch (const Error& error) {
    return text_of(error);
  }
  return "none\n\n\n\n\n";
}

}  // namespace

TEST_CASE("capi: every function is called with NULL, and has a definition in the library") {
  const std::set<std::string> declared = declared_functions();
  CHECK(declared.size() > 130);
  // This function cannot be called with NULL: its only argument is the error.
  std::vector<std::string> missing = functions_missing_in("arguments.c");
  std::erase(missing, "minbtf_workspace_new");
  CHECK(missing == std::vector<std::string>{});

  const CommandResult listing = run_command({"nm", "-P", "-g", "--defined-only", TEST_LIBRARY});
  REQUIRE(listing.status == 0);
  std::set<std::string> defined;
  std::istringstream lines(listing.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("minbtf_")) defined.insert(line.substr(0, line.find(' ')));
  }
  CHECK(defined == declared);
}

TEST_CASE("capi: report.c calls every function that returns a part of a result") {
  std::vector<std::string> missing = functions_missing_in("report.c");
  // Functions that make a handle in another way, and those that need an error.
  std::erase_if(missing, [](const std::string& name) {
    return name.ends_with("_bytes") || name.starts_with("minbtf_error_") || name.starts_with("minbtf_workspace_") ||
           name == "minbtf_object_renamed" || name == "minbtf_version";
  });
  CHECK(missing == std::vector<std::string>{});
}

TEST_CASE("capi: NULL and indices that are too large give errors, zeros and empty strings") {
  const TempDir directory;
  const CommandResult result =
      run_command({program("arguments"), directory.write("kernel.btf", kernel_btf()), bpf_object("basic")});
  CHECK(result.out.empty());
  CHECK(result.status == 0);
}

TEST_CASE("capi: errors have the kind, file, place and reason of the C++ API") {
  const TempDir directory;
  const std::string kernel = contents_of(directory.write("kernel.btf", kernel_btf()));
  const std::string object = contents_of(bpf_object("basic"));
  BtfForge newer;
  newer.header().version = 2;
  const std::vector<std::string> files = {
      directory.file("missing"),
      directory.file("kernel.btf"),
      bpf_object("basic"),
      directory.write("empty", std::string_view()),
      directory.write("text", "a text\n"),
      directory.write("kernel.xz", compressed(kernel_btf(), Compression::xz)),
      directory.write("half.btf", kernel.substr(0, kernel.size() / 2)),
      directory.write("half.o", object.substr(0, object.size() / 2)),
      directory.write("newer.btf", newer.bytes()),
      write_vmlinux(directory, "vmlinux", kernel_btf()),
      write_vmlinux(directory, "damaged", std::vector<std::uint8_t>(30)),
  };
  std::set<std::string> kinds;
  for (const std::string& file : files) {
    for (const char* function : {"object_from_file", "btf_from_file", "object_from_bytes", "btf_from_bytes",
                                 "inspection_from_bytes", "minimize_bytes"}) {
      if (!fs::exists(file) && std::string(function).find("bytes") != std::string::npos) continue;
      CAPTURE(file, function);
      const CommandResult result = run_command({program("errors"), function, file});
      CHECK(result.status == 0);
      CHECK(result.out == expected_error(function, file));
      kinds.insert(result.out.substr(0, result.out.find('\n')));
    }
  }
  CHECK(kinds == std::set<std::string>{"none", "io", "wrong_file", "damaged", "unsupported"});
}

TEST_CASE("capi: threads share a plan and a kernel, each with its own workspace") {
  const TempDir directory;
  const CommandResult result = run_command({program("threads"), directory.write("kernel.btf", kernel_btf()),
                                            bpf_object("basic"), bpf_object("calls"), bpf_object("reachability")});
  CHECK(result.err.empty());
  CHECK(result.status == 0);
}

TEST_CASE("capi: a function whose allocation fails returns an error or succeeds, and leaves no memory behind") {
  const TempDir directory;
  const std::string kernel = directory.write("kernel.btf", kernel_btf());
  for (const char* object : {"basic", "calls", "oracle_candidates", "reachability", "read_only", "ambiguous"}) {
    const CommandResult result = run_command({program("out_of_memory"), kernel, bpf_object(object)});
    if (result.status == skipped_status) return skip_test(result.out);
    CAPTURE(object, result.out);
    CHECK(result.status == 0);
  }
}

TEST_CASE("capi: valgrind finds neither an error nor a leak in programs that use the C API") {
  if (with_address_sanitizer)
    return skip_test("valgrind cannot run programs with AddressSanitizer, which finds the same");
  if (run_command({"sh", "-c", "command -v valgrind"}).status != 0) {
    return skip_test("the program valgrind is not installed (Debian: valgrind)");
  }
  const TempDir directory;
  const ReportInput input = {.kernel = directory.write("kernel.btf", kernel_btf()),
                             .other = directory.write("other.btf", kernel_btf("eb")),
                             .keeps = {"struct:task_struct"},
                             .objects = {bpf_object("basic"), bpf_object("kernel_needs"), bpf_object("read_only")}};
  const std::vector<std::vector<std::string>> commands = {
      report_command(program("report"), directory.file("c.btf"), input),
      {program("arguments"), input.kernel, bpf_object("basic")},
      {program("errors"), "btf_from_file", bpf_object("basic")}};
  for (std::vector<std::string> command : commands) {
    command.insert(command.begin(), {"valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=all",
                                     "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=9"});
    const CommandResult result = run_command(command);
    CAPTURE(result.err);
    CHECK(result.status == 0);
  }
}
