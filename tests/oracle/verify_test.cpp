// SPDX-License-Identifier: BSD-2-Clause
// min-btf verify on the output of min-btf and of bpftool for real objects and kernels: there is no difference.
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>

#include "libbpf/loader_log.hpp"
#include "libbpf/loader_oracle.hpp"
#include "support/cli_case.hpp"
#include "support/core_case.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/skip.hpp"

namespace minbtf::test {

namespace {

struct Tools {
  TempDir directory;
  std::vector<OracleObject> objects = tool_objects();
  std::vector<std::string> paths;

  Tools() {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      paths.push_back(directory.write("object" + std::to_string(i) + ".o", objects[i].bytes));
    }
  }

  [[nodiscard]] CommandResult run(std::vector<std::string> command) const {
    command.insert(command.end(), paths.begin(), paths.end());
    return run_command(command);
  }
};

}  // namespace

TEST_CASE("verify: the output of min-btf and of bpftool for real kernels has no difference") {
  listen_to_libbpf();
  const Tools tools;
  if (tools.objects.empty()) return missing("Debian's package libbpf-tools");
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  std::size_t compared = 0;
  for (const KernelFile& file : files) {
    const OracleKernel kernel = file.load();
    CAPTURE(kernel.name());
    const std::string full = tools.directory.write("full.btf", kernel.bytes);
    const std::string reduced = tools.directory.file("reduced.btf");
    for (const std::vector<std::string>& tool :
         {std::vector<std::string>{TEST_BINARY, "gen", "-q"}, {"bpftool", "gen", "min_core_btf"}}) {
      CAPTURE(tool);
      std::filesystem::remove(reduced);
      std::vector<std::string> command = tool;
      command.insert(command.end(), {full, reduced});
      static_cast<void>(tools.run(command));
      // bpftool writes nothing if one relocation fails.
      if (tool.front() == "bpftool" && !std::filesystem::exists(reduced)) continue;
      const CommandResult result = tools.run({TEST_BINARY, "verify", full, reduced});
      CAPTURE(result.out);
      CHECK(result.status == 0);
      CHECK_THAT(result.out, Catch::EndsWith("; no difference\n"));
      ++compared;
    }
  }
  std::cout << compared << " reduced BTFs of " << files.size() << " kernels verified\n";
  CHECK(compared > files.size());
}

TEST_CASE("verify: libbpf's loader finds no difference in a reduced BTF, and differences in a damaged one") {
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const Tools tools;
  if (tools.objects.empty()) return missing("Debian's package libbpf-tools");
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  const OracleKernel kernel = files.front().load();
  std::vector<BpfObject> objects;
  std::vector<std::vector<std::uint8_t>> images;
  for (std::size_t i = 0; i < tools.objects.size(); ++i) {
    images.push_back(tools.objects[i].bytes);
    objects.push_back(BpfObject::parse(images.back(), tools.paths[i]));
  }
  std::size_t relocations = 0;
  for (const BpfObject& object : objects) relocations += object.relocation_count();
  const libbpf::LoaderOracle oracle(objects, images);
  const libbpf::LoaderComparison same = oracle.compare(kernel.bytes, Plan(objects).minimize(kernel.btf).bytes);
  CHECK(same.differences.empty());
  CHECK(same.stops.size() <= 2);
  CHECK(same.relocations > relocations * 9 / 10);
  CHECK(same.loads >= 2 * same.objects);

  // BTF without any type, and bytes that are not BTF.
  const libbpf::LoaderComparison nothing = oracle.compare(kernel.bytes, BtfForge().bytes());
  CHECK(nothing.differences.size() > relocations / 2);
  CHECK(nothing.relocations == same.relocations);
  const std::vector<std::uint8_t> garbage = {'n', 'o'};
  CHECK(oracle.compare(kernel.bytes, garbage).differences.size() == same.relocations);
  // If libbpf cannot read the full BTF, there is nothing to compare with.
  const libbpf::LoaderComparison unreadable = oracle.compare(garbage, kernel.bytes);
  CHECK(unreadable.differences.empty());
  CHECK(unreadable.relocations == 0);
  REQUIRE(unreadable.stops.size() == same.objects + same.stops.size());
  CHECK_THAT(unreadable.stops.front().reason, Catch::StartsWith("libbpf: "));
}

TEST_CASE("verify: --oracle=libbpf reports the result of libbpf's loader, and exits with 3 on a difference") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  const std::vector<std::string> command = {"verify", "--oracle=libbpf", place.kernel, place.output, place.basic};
  if (libbpf::loader_obstacle().empty()) {
    const CommandResult result = run_min_btf(command);
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Catch::EndsWith("; no difference; libbpf's loader: 6 relocations, 0 differences\n"));
    const CommandResult wrong = run_min_btf({"verify", "--oracle=libbpf", place.kernel,
                                             place.directory.write("empty.btf", BtfForge().bytes()), place.basic});
    CHECK(wrong.status == 3);
    CHECK_THAT(wrong.out, Catch::Contains("with REDUCED 'no matching targets found; substituting insn #"));
  }
}

TEST_CASE("verify: libbpf's loader loads only the objects of a kernel's architecture") {
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const Workplace place;
  namespace fs = std::filesystem;
  for (const char* name : {"x86_64", "arm64", "x86", "mips"}) fs::create_directories(place.directory.path() / name);
  const std::string kernel = contents_of(place.kernel);
  for (const char* path : {"x86_64/1.btf", "arm64/1.btf"}) static_cast<void>(place.directory.write(path, kernel));
  static_cast<void>(place.directory.write("x86/p.o", contents_of(place.basic)));
  static_cast<void>(place.directory.write("mips/p.o", contents_of(place.ambiguous)));
  for (const std::string name : {"x86_64", "arm64"}) {
    const std::string in = place.directory.file(name + "/1.btf");
    const std::string word = place.directory.file("{bpfarch}/p.o");
    REQUIRE(run_min_btf({"gen", in, place.output, place.basic}).status == 0);
    const CommandResult result = run_min_btf({"verify", "--oracle=libbpf", in, place.output, word});
    CHECK(result.status == (name == "x86_64" ? 0 : 1));
    if (name == "x86_64") CHECK_THAT(result.out, Catch::EndsWith("libbpf's loader: 6 relocations, 0 differences\n"));
  }
}

TEST_CASE("verify: an object that is given as a pipe is read once") {
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const Workplace place;
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  const CommandResult result = run_command({"bash", "-c",
                                            std::string(TEST_BINARY) + " verify --oracle=libbpf " + place.kernel + " " +
                                                place.output + " <(cat " + place.basic + ")"});
  CHECK(result.err.empty());
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Catch::EndsWith("libbpf's loader: 6 relocations, 0 differences\n"));
}

TEST_CASE("verify: a crash or hang of libbpf stops only the comparison of that object") {
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const auto named_s = [](BtfForge& f) { return f.structure("s", 8, {{"a", f.ptr(0), 0}}); };
  const auto named_t = [](BtfForge& f) { return f.typedef_("t", f.integer("int", 4, 1)); };
  const Ask offset = {.kind = RelocationKind::field_byte_offset, .access = "0:0"};
  const Ask size = {.kind = RelocationKind::type_size};
  const auto built = [](auto local, auto target, const Ask& ask) {
    return build({.name = {}, .local = local, .target = target, .asks = {ask}, .expected = {}});
  };
  const Built crashes = built(
      named_s,
      [](BtfForge& f) {
        f.structure("s", 8, {{"a", f.ptr(0), 0, 3}});
      },
      offset);
  const auto endless_t = [](BtfForge& f) {
    const std::uint32_t first = f.next_id();
    f.typedef_("t", first + 1);
    f.const_(first);
  };
  const Built loops = built(named_t, endless_t, size);
  const Built sound_s = built(
      named_s, [&](BtfForge& f) { named_s(f); }, offset);
  const Built sound_t = built(
      named_t, [&](BtfForge& f) { named_t(f); }, size);

  const std::vector<std::vector<std::uint8_t>> images = {sound_s.object, sound_t.object};
  const libbpf::LoaderOracle oracle({BpfObject::parse(images[0], "s"), BpfObject::parse(images[1], "t")}, images, 1);
  const libbpf::LoaderComparison crash = oracle.compare(crashes.target, sound_s.target);
  REQUIRE(crash.stops.size() == 1);
  CHECK(crash.stops[0].object == 0);
  CHECK(crash.stops[0].reason == "libbpf crashed: Floating point exception");
  CHECK(crash.objects == 1);
  const libbpf::LoaderComparison hang = oracle.compare(loops.target, sound_t.target);
  REQUIRE(hang.stops.size() == 1);
  CHECK(hang.stops[0].object == 1);
  CHECK(hang.stops[0].reason == "libbpf did not come back within 1 s of processor time");
  CHECK(hang.objects == 1);
  // If libbpf survives the full BTF, it must survive the reduced BTF too.
  const libbpf::LoaderComparison reduced = oracle.compare(sound_s.target, crashes.target);
  CHECK(reduced.stops.empty());
  REQUIRE(reduced.differences.size() == 1);
  CHECK(reduced.differences[0].reduced == "crashed: Floating point exception");

  // A run in which nothing was compared is not a success.
  const TempDir directory;
  const CommandResult result =
      run_min_btf({"verify", "--oracle=libbpf", directory.write("full.btf", crashes.target),
                   directory.write("reduced.btf", crashes.target), directory.write("object.o", sound_s.object)});
  CAPTURE(result.out);
  CHECK(result.status == 1);
  CHECK_THAT(
      result.err,
      Catch::StartsWith("min-btf: error: " + directory.file("full.btf") + ": libbpf's loader compared nothing: ") &&
          Catch::EndsWith(directory.file("object.o") + ": libbpf crashed: Floating point exception\n"));
}

}  // namespace minbtf::test
