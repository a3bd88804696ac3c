// SPDX-License-Identifier: BSD-2-Clause
// Comparison with bpftool btf dump, the tool that developers know: equal C text, which clang compiles, and equal JSON.
#include <bpf/btf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using nlohmann::json;

/// Kernels, decompressed for bpftool, and the available little-endian objects.
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

/// Removes attributes that differ between the versions of libbpf: bpftool 7.1 leaves out the attribute of an enum of 1
/// or 8 bytes.
std::string without_modes(const std::string& text) {
  return without(without(text, " __attribute__((mode(byte)))"), " __attribute__((mode(word)))");
}

/// Removes the text from the first `begin` to the next `end`, if `begin` occurs.
std::string without_part(std::string text, const std::string& begin, const std::string& end) {
  const std::size_t at = text.find(begin);
  if (at != std::string::npos) text.erase(at, text.find(end, at) + end.size() - at);
  return text;
}

/// Removes the declarations of kfuncs and their macros: bpftool 7.1 prints none, and later versions print more and more
/// of the macros.
std::string without_kfuncs(std::string text) {
  text = without_part(std::move(text), "#ifndef __ksym\n", "#endif\n\n");
  text = without_part(std::move(text), "#ifndef __weak\n", "#endif\n\n");
  text = without_part(std::move(text), "#ifndef __bpf_fastcall\n", "#endif\n#endif\n\n");
  return without_part(std::move(text), "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n", "#endif\n\n");
}

/// Returns the command with which bpftool prints the types in the order of their ids: bpftool 7.5 sorts them by
/// default.
std::vector<std::string> bpftool_dump(const std::string& path) {
  static const bool sorts = run_command({"bpftool", "btf", "help"}).err.find("[unsorted]") != std::string::npos;
  std::vector<std::string> command = {"bpftool", "btf", "dump", "file", path, "format", "c"};
  if (sorts) command.emplace_back("unsorted");
  return command;
}

/// Returns the first line that differs; empty if the texts are equal.
std::string first_difference(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return "";
  const auto differs = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first;
  const auto at = static_cast<std::size_t>(differs - ours.begin());
  const std::size_t start = ours.rfind('\n', at == 0 ? 0 : at - 1) + 1;
  return "ours: " + ours.substr(start, 100) + "\ntheirs: " + theirs.substr(start, 100);
}

/// Removes kind_flag of tags: bpftool does not print it.
void drop_kind_flag(json& type) {
  if (type.at("kind") != "TYPE_TAG" && type.at("kind") != "DECL_TAG") return;
  REQUIRE(type.at("kind_flag").is_boolean());
  type.erase("kind_flag");
}

/// bpftool 7.1 prints an unsigned 32-bit enumerator as a signed 64-bit number.
void correct_values(json& type) {
  if (type.at("kind") != "ENUM" || type.at("encoding") != "UNSIGNED") return;
  for (json& value : type.at("values")) {
    value.at("val") = static_cast<std::uint32_t>(value.at("val").get<std::uint64_t>());
  }
}

struct Tagged {
  std::vector<std::uint8_t> bytes;  ///< empty if libbpf cannot add to the BTF
  std::vector<std::string> kfuncs;
};

/// Returns the kernel with its functions bpf_... tagged as kfuncs, and with a pointer to a type with an attribute.
Tagged with_tags(const std::vector<std::uint8_t>& kernel) {
  Tagged tagged;
  const std::unique_ptr<struct btf, decltype(&btf__free)> btf(
      btf__new(kernel.data(), static_cast<std::uint32_t>(kernel.size())), &btf__free);
  REQUIRE(btf != nullptr);
  if (btf__endianness(btf.get()) != BTF_LITTLE_ENDIAN) return tagged;
  const std::uint32_t end = btf__type_cnt(btf.get());
  std::set<std::string> names;
  for (std::uint32_t id = 1; id < end; ++id) {
    const btf_type* const type = btf__type_by_id(btf.get(), id);
    const std::string name = btf__name_by_offset(btf.get(), type->name_off);
    const bool is_plain = name.find('.') == std::string::npos && name.size() <= 511;
    if (!btf_is_func(type) || !name.starts_with("bpf_") || !is_plain || !names.insert(name).second) continue;
    REQUIRE(btf__add_decl_tag(btf.get(), "bpf_kfunc", static_cast<int>(id), -1) > 0);
    tagged.kfuncs.push_back(name);
  }
  const int task = btf__find_by_name_kind(btf.get(), "task_struct", BTF_KIND_STRUCT);
  const int attribute = btf__add_type_tag(btf.get(), "address_space(1)", task);
  const int pointer = btf__add_ptr(btf.get(), attribute);
  REQUIRE(btf__add_typedef(btf.get(), "minbtf_task", pointer) > 0);
  const_cast<btf_type*>(btf__type_by_id(btf.get(), static_cast<std::uint32_t>(attribute)))->info |= 1U << 31U;
  std::uint32_t size = 0;
  const auto* const bytes = static_cast<const std::uint8_t*>(btf__raw_data(btf.get(), &size));
  tagged.bytes.assign(bytes, bytes + size);
  return tagged;
}

}  // namespace

TEST_CASE("dump: the C text is the same as bpftool's") {
  const Inputs inputs;
  for (const std::string& path : inputs.paths) {
    CAPTURE(path);
    const std::string ours = output_of(inputs.directory, {"dump", path});
    const std::string theirs = output_of(inputs.directory, bpftool_dump(path));
    CHECK(first_difference(without_modes(without_kfuncs(ours)), without_modes(without_kfuncs(theirs))) == "");
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

TEST_CASE("dump: clang compiles the prototypes of kfuncs and the attributes of types that are added to a kernel") {
  const auto kernels = selected_kernel_files();
  if (kernels.empty()) return missing("a kernel with BTF");
  const TempDir directory;
  for (const KernelFile& kernel : kernels) {
    CAPTURE(kernel.name);
    const Tagged tagged = with_tags(kernel.load().bytes);
    if (tagged.bytes.empty()) continue;  // the kernel has the other byte order
    const std::string path = directory.write("kernel.btf", tagged.bytes);
    const std::string header = directory.file("vmlinux.h");
    REQUIRE(run({"dump", path}, header).status == 0);
    const std::string text = contents_of(header);
    for (const std::string& name : tagged.kfuncs) {
      const bool is_declared = text.find(name + "(") != std::string::npos;
      CHECK(is_declared);
    }
    CHECK_THAT(text, Catch::Contains(") __weak __ksym;\n"));
    CHECK_THAT(text, Catch::Contains("typedef struct task_struct __attribute__((address_space(1))) *minbtf_task;\n"));
    const CommandResult result = run_command({TEST_CLANG, "-target", "bpf", "-Werror", "-Wno-pragma-clang-attribute",
                                              "-c", "-x", "c", header, "-o", directory.file("vmlinux.o")});
    CHECK(result.err.substr(0, 1000) == "");
    CHECK(result.status == 0);
  }
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
    // The names of some INTs, such as ssizetype, are internal to a compiler. A DECL_TAG cannot be declared.
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
