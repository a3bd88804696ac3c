// Against bpftool btf dump, the tool that developers know: the same C, which clang compiles, and the same JSON.
#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using nlohmann::json;

/// Kernels, unpacked for bpftool, and the objects made from tests/bpf.
struct Inputs {
  TempDir directory;
  std::vector<std::string> paths;

  Inputs() {
    for (const KernelFile& kernel : selected_kernel_files()) {
      paths.push_back(directory.write(std::to_string(paths.size()) + ".btf", kernel.load().bytes));
    }
    if (paths.empty()) missing("a kernel with BTF");
    for (const OracleObject& object : little_endian_objects()) {
      paths.push_back(directory.write(std::to_string(paths.size()) + ".o", object.bytes));
    }
  }
};

CommandResult run(std::vector<std::string> arguments, const std::string& to) {
  return arguments.front() == "bpftool" ? run_command(arguments, {.stdout_path = to})
                                        : run_min_btf(std::move(arguments), {.stdout_path = to});
}

std::string output_of(const TempDir& directory, const std::vector<std::string>& arguments) {
  const std::string to = directory.file("output");
  const CommandResult result = run(arguments, to);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return contents_of(to);
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

/// Where the libbpf in bpftool and the one here differ: bpftool 7.1 leaves out what makes an enum of 1 or 8 bytes one.
std::string without_modes(const std::string& text) {
  return without(without(text, " __attribute__((mode(byte)))"), " __attribute__((mode(word)))");
}

/// The first line in which they differ; empty if they do not.
std::string first_difference(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return "";
  const auto differs = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first;
  const auto at = static_cast<std::size_t>(differs - ours.begin());
  const std::size_t start = ours.rfind('\n', at == 0 ? 0 : at - 1) + 1;
  return "ours: " + ours.substr(start, 100) + "\ntheirs: " + theirs.substr(start, 100);
}

/// bpftool says nothing of it.
void drop_kind_flag(json& type) {
  if (type.at("kind") != "TYPE_TAG" && type.at("kind") != "DECL_TAG") return;
  REQUIRE(type.at("kind_flag").is_boolean());
  type.erase("kind_flag");
}

/// bpftool 7.1 writes an unsigned enumerator of 32 bits as if it were signed and 64 bits wide.
void correct_values(json& type) {
  if (type.at("kind") != "ENUM" || type.at("encoding") != "UNSIGNED") return;
  for (json& value : type.at("values")) {
    value.at("val") = static_cast<std::uint32_t>(value.at("val").get<std::uint64_t>());
  }
}

}  // namespace

TEST_CASE("dump: the C text is the same as bpftool's") {
  const Inputs inputs;
  for (const std::string& path : inputs.paths) {
    CAPTURE(path);
    const std::string ours = output_of(inputs.directory, {"dump", path});
    const std::string theirs = output_of(inputs.directory, {"bpftool", "btf", "dump", "file", path, "format", "c"});
    CHECK(first_difference(without_modes(ours), without_modes(theirs)) == "");
  }
}

TEST_CASE("dump: clang compiles the C text") {
  const Inputs inputs;
  for (const std::string& path : inputs.paths) {
    CAPTURE(path);
    const std::string header = inputs.directory.file("vmlinux.h");
    REQUIRE(run({"dump", path}, header).status == 0);
    const CommandResult result = run_command({TEST_CLANG, "-target", "bpf", "-Werror", "-Wno-pragma-clang-attribute",
                                              "-c", "-x", "c", header, "-o", inputs.directory.file("vmlinux.o")});
    CHECK(result.err.substr(0, 1000) == "");
    CHECK(result.status == 0);
  }
}

TEST_CASE("dump: each type in JSON has the same fields as bpftool's") {
  const Inputs inputs;
  std::size_t compared = 0;
  for (const std::string& path : inputs.paths) {
    CAPTURE(path);
    json ours = json::parse(output_of(inputs.directory, {"dump", "--json", path}));
    json theirs = json::parse(output_of(inputs.directory, {"bpftool", "-j", "btf", "dump", "file", path}));
    REQUIRE(ours.at("types").size() == theirs.at("types").size());
    for (std::size_t i = 0; i < ours.at("types").size(); ++i) {
      drop_kind_flag(ours.at("types")[i]);
      correct_values(theirs.at("types")[i]);
      if (ours.at("types")[i] != theirs.at("types")[i]) {
        FAIL("ours: " << ours.at("types")[i].dump() << "\ntheirs: " << theirs.at("types")[i].dump());
      }
      ++compared;
    }
  }
  CHECK(compared > 100000);
}

TEST_CASE("dump: clang compiles the C text of a single type of a kernel") {
  const auto kernels = selected_kernel_files();
  if (kernels.empty()) return missing("a kernel with BTF");
  const TempDir directory;
  const std::string path = directory.write("kernel.btf", kernels.front().load().bytes);
  const json types = json::parse(output_of(directory, {"dump", "--json", path})).at("types");
  std::size_t compiled = 0;
  for (std::size_t i = 0; i < types.size(); i += types.size() / 75 + 1) {
    const std::string header = directory.file("type.h");
    CAPTURE(types[i].dump());
    // The names of some INTs, such as ssizetype, are their compiler's own; a DECL_TAG is nothing that can be declared.
    if (types[i].at("kind") == "INT" || types[i].at("kind") == "DECL_TAG") continue;
    REQUIRE(run({"dump", path, types[i].at("id").dump()}, header).status == 0);
    const CommandResult result = run_command({TEST_CLANG, "-target", "bpf", "-Wno-visibility", "-Werror", "-c", "-x",
                                              "c", header, "-o", directory.file("type.o")});
    CHECK(result.err.substr(0, 1000) == "");
    ++compiled;
  }
  CHECK(compiled > 50);
}

}  // namespace minbtf::test
