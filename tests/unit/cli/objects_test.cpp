// SPDX-License-Identifier: BSD-2-Clause
#include "cli/objects.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "io/hash.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using cli::load_objects;
using cli::LoadedObjects;
using cli::Reply;

namespace {

using Paths = std::vector<std::filesystem::path>;

Reply quiet() {
  Reply reply;
  reply.quiet = true;
  return reply;
}

/// An object with one relocation. Its size depends only on the length of `program`.
std::vector<std::uint8_t> small_object(const std::string& program) {
  const EveryKind all;
  return forge_object(all.forge, {{.name = program,
                                   .section = "tp/x",
                                   .insns = {mov_imm(1), exit_insn()},
                                   .records = {{.insn = 0,
                                                .type_id = all.struct_,
                                                .access = "0",
                                                .kind = static_cast<std::uint32_t>(RelocationKind::type_exists)}}}});
}

}  // namespace

TEST_CASE("objects: an object that uses ids of target types, or has no relocations, causes a warning") {
  const TempDir directory;
  const EveryKind all;
  const auto asks = [&](RelocationKind kind) {
    return ForgedRecord{.insn = 0, .type_id = all.struct_, .access = "0", .kind = static_cast<std::uint32_t>(kind)};
  };
  const ForgedProgram program = {.name = "p",
                                 .section = "tp/x",
                                 .insns = {mov_imm(1), exit_insn()},
                                 .records = {asks(RelocationKind::type_id_target), asks(RelocationKind::type_exists)}};
  const std::string ids = directory.write("ids.o", forge_object(all.forge, {program}));
  const std::string none = directory.write("none.o", forge_object(all.forge, {}));
  const std::string other = directory.write("other.o", small_object("prog"));
  Reply reply = quiet();
  static_cast<void>(load_objects({ids, none, other}, reply));
  REQUIRE(reply.warnings.size() == 2);
  CHECK(reply.warnings[0].starts_with(none + ": nothing to relocate: "));
  CHECK(reply.warnings[1] == ids +
                                 ": uses bpf_core_type_id_kernel() 1 time: with a reduced BTF, libbpf inserts ids of "
                                 "that BTF, not the kernel's");
}

TEST_CASE("objects: objects are listed in the order of their arguments, with size, hash and number of relocations") {
  const TempDir directory;
  const std::string one = directory.write("one.o", small_object("prog"));
  const std::string two = directory.write("two.o", sample_object());
  Reply reply = quiet();
  const LoadedObjects loaded = load_objects({two, one}, reply);
  REQUIRE(loaded.objects.size() == 2);
  REQUIRE(loaded.facts.size() == 2);
  REQUIRE(loaded.hashes.size() == 2);
  const Paths paths = {two, one};
  for (std::size_t i = 0; i < 2; ++i) {
    INFO(paths[i]);
    const std::string path = paths[i].string();
    const std::string bytes = contents_of(path);
    CHECK(loaded.objects[i].name() == path);
    CHECK(loaded.facts[i].path == path);
    CHECK(loaded.facts[i].note == "");
    CHECK(loaded.hashes[i].path == path);
    CHECK(loaded.hashes[i].bytes == bytes.size());
    CHECK(loaded.hashes[i].hash == io::hash_of(std::vector<std::uint8_t>(bytes.begin(), bytes.end())));
    CHECK(loaded.facts[i].relocations == loaded.objects[i].relocation_count());
    CHECK(loaded.hashes[i].relocations == loaded.objects[i].relocation_count());
  }
  CHECK(loaded.objects[1].relocation_count() == 1);
  CHECK(loaded.objects[0].relocation_count() > 100);
  CHECK(reply.warnings.size() == 1);  // the sample uses ids of target types
}

TEST_CASE("objects: the same bytes at two paths are two objects that share their data") {
  const TempDir directory;
  const std::string one = directory.write("one.o", small_object("prog"));
  const std::string other = directory.write("other.o", small_object("gorp"));
  const std::string copy = directory.write("copy.o", small_object("prog"));
  REQUIRE(contents_of(one).size() == contents_of(other).size());
  Reply reply = quiet();
  const LoadedObjects loaded = load_objects({one, other, copy, one}, reply);
  REQUIRE(loaded.objects.size() == 4);
  const Paths paths = {one, other, copy, one};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    INFO(i);
    const std::string program = i == 1 ? "gorp" : "prog";
    CHECK(loaded.objects[i].name() == paths[i].string());
    CHECK(loaded.facts[i].path == paths[i].string());
    CHECK(loaded.facts[i].relocations == 1);
    CHECK(loaded.hashes[i].path == paths[i].string());
    CHECK(loaded.hashes[i].relocations == 1);
    CHECK((loaded.hashes[i].hash == loaded.hashes[0].hash) == (i != 1));
    REQUIRE(loaded.objects[i].programs().size() == 1);
    CHECK(loaded.objects[i].programs()[0].name == program);
    CHECK((&object::data_of(loaded.objects[i]) == &object::data_of(loaded.objects[0])) == (i != 1));
  }
}

TEST_CASE("objects: a plan counts the relocations of both of two equal files") {
  const TempDir directory;
  const std::string one = directory.write("one.o", sample_object());
  const std::string copy = directory.write("copy.o", sample_object());
  Reply reply = quiet();
  const Plan once(load_objects({one}, reply).objects);
  const Plan twice(load_objects({one, copy}, reply).objects);
  const Btf kernel = Btf::parse(other_sample_kernel(), "kernel");
  const Reduction of_once = once.minimize(kernel);
  const Reduction of_twice = twice.minimize(kernel);
  CHECK(twice.question_count() == once.question_count());
  CHECK(of_twice.bytes == of_once.bytes);
  const ResolutionCounts counts = of_once.resolutions.counts();
  CHECK(counts.resolved > 0);
  CHECK(counts.poisoned > 0);
  CHECK(of_twice.resolutions.counts() == ResolutionCounts{.resolved = 2 * counts.resolved,
                                                          .poisoned = 2 * counts.poisoned,
                                                          .failed = 2 * counts.failed});
  CHECK(twice.objects()[0].name() == one);
  CHECK(twice.objects()[1].name() == copy);
  // All resolutions of the first object, then all of the second.
  const std::size_t size = of_once.resolutions.size();
  REQUIRE(of_twice.resolutions.size() == 2 * size);
  for (std::size_t i = 0; i < 2 * size; ++i) {
    CHECK(of_twice.resolutions[i].object == i / size);
    CHECK(of_twice.resolutions[i].relocation == i % size);
    CHECK(of_twice.resolutions[i].value == of_once.resolutions[i % size].value);
  }
}

TEST_CASE("objects: objects with the same warning share one line, or have a line each if verbose") {
  const TempDir directory;
  const std::string bytes = contents_of(bpf_object("no_core"));
  const std::string one = directory.write("one.o", bytes);
  const std::string copy = directory.write("copy.o", bytes);
  Reply reply = quiet();
  const LoadedObjects loaded = load_objects({one, directory.write("some.o", small_object("prog")), copy}, reply);
  REQUIRE(loaded.objects.size() == 3);
  CHECK(reply.warnings == std::vector<std::string>{
                              "2 of 3 objects have nothing to relocate (no CO-RE relocations): " + one + ", " + copy});
  const std::string note = loaded.objects[0].note();
  CHECK(note != "");
  CHECK(loaded.facts[0].note == note);
  CHECK(loaded.facts[1].note == "");
  CHECK(loaded.facts[2].note == note);
  CHECK(loaded.facts[2].relocations == 0);
  Reply verbose = quiet();
  static_cast<void>(load_objects({one, copy}, verbose, {.verbose = true}));
  CHECK(verbose.warnings ==
        std::vector<std::string>{one + ": nothing to relocate: " + note, copy + ": nothing to relocate: " + note});
  // Only the first objects are named, and no reason if the reasons differ.
  Reply many = quiet();
  const EveryKind all;
  const std::string bare = directory.write("bare.o", forge_object(all.forge, {}, {.without_btf = true}));
  static_cast<void>(load_objects({bare, one, copy, one}, many));
  CHECK(many.warnings == std::vector<std::string>{"4 of 4 objects have nothing to relocate: " + bare + ", " + one +
                                                  ", " + copy + " and 1 more; -v lists them"});
  // Ids of target types.
  Reply ids = quiet();
  const std::string sample = directory.write("sample.o", sample_object());
  static_cast<void>(load_objects({sample, one, sample}, ids));
  REQUIRE(ids.warnings.size() == 2);
  CHECK(ids.warnings[1].starts_with("2 of 3 objects use bpf_core_type_id_kernel() (with "));
}

TEST_CASE("objects: a file that is missing, damaged or not a BPF object is an error that names it") {
  const TempDir directory;
  Reply reply = quiet();
  CHECK(load_objects({}, reply).objects.empty());
  const std::string good = directory.write("good.o", small_object("prog"));
  const std::string other = directory.write("other.o", sample_kernel());
  const auto load = [&](const Paths& paths) { return error_text([&] { (void)load_objects(paths, reply); }); };
  CHECK(load({good, directory.file("missing.o")}).starts_with("io: " + directory.file("missing.o") + ": "));
  CHECK(load({good, other}).starts_with("wrong_file: " + other + ": not a BPF object, but "));
  std::vector<std::uint8_t> cut = sample_object();
  cut.resize(cut.size() / 2);
  const std::string damaged = directory.write("cut.o", cut);
  CHECK(load({good, damaged}).find(damaged + ": ") != std::string::npos);
  CHECK(reply.warnings.empty());
}

TEST_CASE("objects: a pipe is read once, also if it has the bytes of another object") {
  const TempDir directory;
  const std::vector<std::uint8_t> bytes = sample_object();
  const std::string file = directory.write("file.o", bytes);
  const std::string first = directory.file("first");
  const std::string second = directory.file("second");
  REQUIRE(::mkfifo(first.c_str(), 0600) == 0);
  REQUIRE(::mkfifo(second.c_str(), 0600) == 0);
  std::thread writer([&] {
    for (const std::string& pipe : {first, second}) {
      std::ofstream(pipe, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
  });
  Reply reply = quiet();
  const LoadedObjects loaded = load_objects({first, second, file}, reply);
  writer.join();
  REQUIRE(loaded.objects.size() == 3);
  for (const BpfObject& object : loaded.objects) {
    CHECK(object.relocation_count() == BpfObject::parse(bytes, "sample").relocation_count());
  }
}

}  // namespace minbtf::test
