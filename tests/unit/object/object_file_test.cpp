// SPDX-License-Identifier: BSD-2-Clause
#include "object/object_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "minbtf/bpf_object.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::string& path) {
  return error_text([&] { static_cast<void>(BpfObject::from_file(path)); });
}

}  // namespace

TEST_CASE("object_file: only BPF objects are read") {
  const TempDir directory;
  io::Buffer memory;
  CHECK(object::read_object(bpf_object("basic"), memory).size() == fs::file_size(bpf_object("basic")));
  CHECK_THROWS_WITH(object::read_object(write_vmlinux(directory, "vmlinux", kernel_btf()), memory),
                    directory.file("vmlinux") + ": not a BPF object, but an ELF file");
  CHECK_THROWS_WITH(object::read_object(directory.write("btf", kernel_btf()), memory),
                    directory.file("btf") + ": not a BPF object, but raw BTF");
  CHECK_THROWS_WITH(object::read_object("/dev/null", memory), "/dev/null: not a BPF object, but an empty file");
  CHECK_THROWS_WITH(object::read_object(directory.file("missing"), memory),
                    directory.file("missing") + ": cannot open: No such file or directory");
}

TEST_CASE("object_file: BpfObject::from_file() names the object after its file") {
  for (const char* order : {"el", "eb"}) {
    const std::string path = bpf_object("basic", order);
    const std::string bytes = contents_of(path);
    const BpfObject expected = BpfObject::parse(bytes_of(bytes), path);
    for (const BpfObject& object : {BpfObject::from_file(path), BpfObject::from_file(fs::path(path))}) {
      CHECK(object.name() == path);
      CHECK(object.relocation_count() == expected.relocation_count());
      CHECK(object.programs().size() == expected.programs().size());
      CHECK(object.byte_order() == expected.byte_order());
    }
  }
}

TEST_CASE("object_file: BpfObject::from_file() names the file in every error") {
  const TempDir directory;
  const std::string object = contents_of(bpf_object("basic"));
  const std::string path = directory.file("object");
  CHECK(refusal(path) == "io: " + path + ": cannot open: No such file or directory");
  static_cast<void>(directory.write("cut", object));
  const std::string with_nul = directory.file("cut") + std::string(1, '\0') + "more";
  CHECK(refusal(with_nul) == "io: " + directory.file("cut"));  // what() ends at the NUL
  CHECK(refusal(directory.path().string()) ==
        "wrong_file: " + directory.path().string() + ": is a directory, not a file");
  CHECK(refusal(directory.write("object", "text\n")) == "wrong_file: " + path + ": not a BPF object, but a text file");
  CHECK(refusal(directory.write("object", compressed(object, Compression::gzip))) ==
        "wrong_file: " + path + ": not a BPF object, but gzip-compressed data");
  for (const std::size_t size : {std::size_t{64}, object.size() / 2, object.size() - 1}) {
    CAPTURE(size);
    CHECK_THAT(refusal(directory.write("object", object.substr(0, size))),
               Catch::StartsWith("damaged: " + path + ": ELF: "));
  }
}
