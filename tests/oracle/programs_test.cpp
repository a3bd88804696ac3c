// SPDX-License-Identifier: BSD-2-Clause
// libbpf opens each object. Its programs, their lengths and the effect of their sections must agree with min-btf's.
#include <bpf/libbpf.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "object/kernel_needs.hpp"
#include "object/object_data.hpp"
#include "support/embedded_objects.hpp"
#include "support/libbpf/libbpf_resolver.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

namespace fs = std::filesystem;

struct Named {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

std::vector<Named> own_objects() {
  std::vector<Named> objects;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(TEST_BPF_DIR) / "el")) {
    if (entry.path().extension() == ".o") objects.push_back({entry.path().filename().string(), bytes_of(entry.path())});
  }
  return objects;
}

std::vector<Named> objects_of_tools() {
  std::vector<Named> objects;
  const CommandResult listing = run_command({"dpkg", "-L", "libbpf-tools"});
  std::istringstream lines(listing.status == 0 ? listing.out : std::string());
  for (std::string path; std::getline(lines, path);) {
    if (!path.starts_with("/usr/sbin/") || fs::is_symlink(path) || !fs::is_regular_file(path)) continue;
    for (EmbeddedObject& object : embedded_objects(bytes_of(path), fs::path(path).filename().string())) {
      objects.push_back({object.name, std::move(object.bytes)});
    }
  }
  return objects;
}

std::optional<NeedKind> attach_of(const struct bpf_program* program) {
  switch (bpf_program__type(program)) {
    case BPF_PROG_TYPE_STRUCT_OPS:
      return NeedKind::struct_ops;
    case BPF_PROG_TYPE_LSM:
      return NeedKind::lsm_hook;
    case BPF_PROG_TYPE_TRACING:
      break;
    default:
      return std::nullopt;
  }
  switch (bpf_program__expected_attach_type(program)) {
    case BPF_TRACE_RAW_TP:
      return NeedKind::tracepoint;
    case BPF_TRACE_ITER:
      return NeedKind::iterator;
    default:
      return NeedKind::function;
  }
}

struct ObjectDeleter {
  void operator()(struct bpf_object* object) const noexcept { bpf_object__close(object); }
};

struct Tally {
  std::size_t objects = 0, programs = 0, subprograms = 0, attached = 0, not_loaded = 0;
};

void compare(const Named& input, Tally& tally) {
  INFO(input.name);
  struct bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.object_name = "oracle";
  const std::unique_ptr<struct bpf_object, ObjectDeleter> theirs(
      bpf_object__open_mem(input.bytes.data(), input.bytes.size(), &options));
  if (!theirs) return;
  ++tally.objects;
  const BpfObject ours = BpfObject::parse(input.bytes, input.name);
  const struct bpf_program* program = nullptr;
  for (std::size_t i = 0; i < ours.programs().size(); ++i) {
    const Program& each = ours.programs()[i];
    // libbpf does not list subprograms.
    if (each.section == ".text" && ours.programs().size() > 1) {
      ++tally.subprograms;
      continue;
    }
    INFO(each.name);
    program = bpf_object__next_program(theirs.get(), const_cast<struct bpf_program*>(program));
    REQUIRE(program != nullptr);
    ++tally.programs;
    CHECK(each.name == bpf_program__name(program));
    const bool loaded = object::is_loaded_by_default(each.section);
    CHECK(each.section.substr(loaded ? 0 : 1) == bpf_program__section_name(program));
    CHECK(loaded == bpf_program__autoload(program));
    CHECK(object::data_of(ours).extents[i].size == bpf_program__insn_cnt(program) * object::instruction_size);
    const auto attach = object::btf_attach(each.section);
    const auto expected = attach_of(program);
    CHECK(attach.has_value() == expected.has_value());
    if (attach && expected) CHECK(attach->kind == *expected);
    if (attach) ++tally.attached;
    if (!loaded) ++tally.not_loaded;
  }
  CHECK(bpf_object__next_program(theirs.get(), const_cast<struct bpf_program*>(program)) == nullptr);
}

void report(const char* what, const Tally& tally) {
  std::cout << what << ": " << tally.objects << " objects, " << tally.programs << " programs and " << tally.subprograms
            << " subprograms; " << tally.attached << " attach by BTF, " << tally.not_loaded
            << " are not loaded by default\n";
}

}  // namespace

TEST_CASE("programs: libbpf finds the same programs in the tests' objects, with the same sections") {
  listen_to_libbpf();
  Tally own;
  for (const Named& object : own_objects()) compare(object, own);
  report("the tests' objects", own);
  CHECK(own.attached >= 7);
  CHECK(own.not_loaded >= 1);
  CHECK(own.subprograms >= 1);
}

TEST_CASE("programs: libbpf finds the same programs in Debian's libbpf-tools") {
  listen_to_libbpf();
  const std::vector<Named> objects = objects_of_tools();
  if (objects.empty()) return missing("Debian's package libbpf-tools");
  Tally tools;
  for (const Named& object : objects) compare(object, tools);
  report("libbpf-tools", tools);
  CHECK(tools.objects == objects.size());
  CHECK(tools.attached > 0);
}

}  // namespace minbtf::test
