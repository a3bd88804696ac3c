// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/kernel_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "archive/input/source_reader.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/peak_memory.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace std::string_view_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::optional<Bytes> read(const std::string& path, const archive::UnpackLimits& limits = {}) {
  archive::KernelMemory memory;
  const auto found = archive::read_kernel(path, limits, memory);
  return found ? std::optional(Bytes(found->begin(), found->end())) : std::nullopt;
}

Bytes read_kernel(const std::string& path) {
  std::optional<Bytes> bytes = read(path);
  REQUIRE(bytes);
  return *bytes;
}

Error error_of(const std::string& path) {
  try {
    static_cast<void>(read_kernel(path));
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error(path + " was read without an error");
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string wrong_contents(const TempDir& directory, std::string_view contents) {
  const std::string path = directory.write("input", contents);
  const Error error = error_of(path);
  CHECK(error.kind() == ErrorKind::wrong_file);
  CHECK(error.file() == path);
  CHECK(std::string(error.what()).find('\n') == std::string::npos);
  return error.reason();
}

}  // namespace

TEST_CASE("kernel_file: raw BTF is returned as it is, in either byte order") {
  const TempDir directory;
  for (const char* order : {"el", "eb"}) {
    const Bytes btf = kernel_btf(order);
    CHECK(read_kernel(directory.write("kernel", btf)) == btf);
  }
  // The name has no influence. A file with the magic of BTF is BTF, even if it is damaged.
  CHECK(read_kernel(directory.write("short.tar.gz", "\x9f\xeb"sv)) == Bytes{0x9f, 0xeb});
  CHECK(read_kernel(directory.write("short.xz", "\xeb\x9f"sv)) == Bytes{0xeb, 0x9f});
}

TEST_CASE("kernel_file: a file larger than the first read is read completely") {
  const TempDir directory;
  for (const std::size_t size : {1023U, 1024U, 1025U, 4096U, 1000000U}) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31);
    bytes[0] = 0x9f;
    bytes[1] = 0xeb;
    CHECK(read_kernel(directory.write("kernel", bytes)) == bytes);
  }
}

TEST_CASE("kernel_file: the BTF in sysfs is read completely") {
  if (!std::filesystem::exists("/sys/kernel/btf/vmlinux")) {
    skip_test("this kernel has no /sys/kernel/btf/vmlinux");
    return;
  }
  CHECK(read_kernel("/sys/kernel/btf/vmlinux").size() > 100000);
}

TEST_CASE("kernel_file: the .BTF section of an ELF file is returned") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  CHECK(read_kernel(write_vmlinux(directory, "vmlinux", btf)) == btf);
}

TEST_CASE("kernel_file: raw BTF with the header checksum of an old tar is not a tar") {
  Bytes bytes(1024, 'x');
  const auto with_magic = [&](std::uint8_t first, std::uint8_t second) {
    bytes[0] = first;
    bytes[1] = second;
    unsigned sum = 8 * ' ';
    for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? 0U : bytes[i];
    std::string octal;
    for (; sum != 0; sum /= 8) octal.insert(octal.begin(), static_cast<char>('0' + sum % 8));
    std::ranges::copy(octal, bytes.begin() + 148);
    return io::packing_of(bytes);
  };
  CHECK(with_magic('a', 'b') == io::Packing::tar);
  CHECK(with_magic(0x9f, 0xeb) == io::Packing::none);
  CHECK(with_magic(0xeb, 0x9f) == io::Packing::none);
}

TEST_CASE("kernel_file: modules in the tar of a kernel are ignored") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  BtfForge module = BtfForge::split(BtfForge());
  module.ptr(3);
  const std::string ko = contents_of(write_vmlinux(directory, "m", btf, ".gnu.linkonce.this_module"));
  const Bytes tar =
      TarForge().file("nf", module.bytes()).file("vmlinux", btf).file("x.ko", ko).file("README", "text").bytes();
  CHECK(read_kernel(directory.write("k.tar", tar)) == btf);

  const Bytes alone = TarForge().file("nf", module.bytes()).file("x.ko", ko).bytes();
  CHECK(error_of(directory.write("k.tar", alone)).reason() ==
        "an archive without a kernel's BTF, but with 2 files of kernel modules");
  const Bytes named = TarForge().file("5.4.0.btf", module.bytes()).bytes();
  CHECK_THAT(error_of(directory.write("k.tar", named)).reason(), Catch::StartsWith("BTF of a kernel module"));
}

TEST_CASE("kernel_file: a BPF object is refused, compressed or not, and accepted with takes_objects") {
  const TempDir directory;
  const auto refusal = [](const std::string& path) {
    const Error error = error_of(path);
    CHECK(error.kind() == ErrorKind::wrong_file);
    return error.reason();
  };
  const std::string reason = "a BPF object, not a kernel's BTF";
  const std::string object = contents_of(bpf_object("kernel"));
  CHECK(refusal(bpf_object("kernel")) == reason);
  CHECK(refusal(bpf_object("kernel", "eb")) == reason);
  CHECK(refusal(directory.write("k", compressed(object, Compression::xz))) == reason);
  CHECK(refusal(directory.write("k", TarForge().file("k.btf", object).bytes())) == reason);

  for (const std::string& path :
       {bpf_object("kernel"), directory.write("k.gz", compressed(object, Compression::gzip))}) {
    archive::KernelFile file(path, {.takes_objects = true});
    file.load();
    CHECK(std::ranges::equal(file.one_kernel(), kernel_btf()));
  }
}

TEST_CASE("kernel_file: a pipe is read to its end") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string vmlinux = write_vmlinux(directory, "vmlinux", btf);
  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const std::string& contents : {std::string(btf.begin(), btf.end()), contents_of(vmlinux)}) {
    std::thread writer([&] {
      std::ofstream out(fifo, std::ios::binary);
      // The writer writes two pieces, so that the first read is short.
      out.write(contents.data(), 1).flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      out.write(contents.data() + 1, static_cast<std::streamsize>(contents.size() - 1));
    });
    CHECK(read_kernel(fifo) == btf);
    writer.join();
  }
}

TEST_CASE("kernel_file: the error for a file without a kernel describes the contents") {
  const TempDir directory;
  const std::string prefix = "neither raw BTF nor an ELF file with a .BTF section, but ";
  CHECK(wrong_contents(directory, "") == prefix + "an empty file");
  CHECK(wrong_contents(directory, std::string(512, '\0') + "ustar") == prefix + "a file of unknown kind");
  const std::string image = "MZ" + std::string(512, '\0') + "HdrS";
  CHECK_THAT(wrong_contents(directory, image), Catch::StartsWith(prefix + "a compressed kernel image"));
  CHECK(wrong_contents(directory, "struct task_struct {\n\tint pid;\n};\n") == prefix + "a text file");
  CHECK(wrong_contents(directory, "\x01\x02\x03\x04") == prefix + "a file of unknown kind");
  CHECK(wrong_contents(directory, "\x9f") == prefix + "a file of unknown kind");
}

TEST_CASE("kernel_file: a compressed kernel or a tar is accepted with any name") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string elf = contents_of(write_vmlinux(directory, "vmlinux", btf));
  for (const Compression compression : all_compressions) {
    CAPTURE(name_of(compression));
    CHECK(read_kernel(directory.write("k", compressed(btf, compression))) == btf);
    CHECK(read_kernel(directory.write("k", compressed(elf, compression))) == btf);
    const Bytes tar = TarForge().directory(".").file("./k.btf", btf).bytes();
    CHECK(read_kernel(directory.write("k", compressed(tar, compression))) == btf);
    CHECK(wrong_contents(directory, text_of(compressed("int main;", compression))) ==
          "neither raw BTF nor an ELF file with a .BTF section, but a text file");
  }
  const Bytes with_others =
      TarForge().file("README", "text").file("k.btf", btf).file("prog.o", contents_of(bpf_object("basic"))).bytes();
  CHECK(read_kernel(directory.write("k", with_others)) == btf);
}

TEST_CASE("kernel_file: truncated xz data is damaged, even if the kernel is complete") {
  const TempDir directory;
  const Bytes tar = compressed(TarForge().file("k.btf", kernel_btf()).bytes(), Compression::xz);
  for (const std::size_t size : {tar.size() - 1, tar.size() / 2, std::size_t{20}}) {
    const Error error = error_of(directory.write("k.btf.tar.xz", std::span(tar).first(size)));
    CHECK(error.kind() == ErrorKind::damaged);
    CHECK_THAT(error.reason(), Catch::Contains("truncated or damaged xz data"));
  }
}

TEST_CASE("kernel_file: a tar with several kernels, directories, links or archives is a tree") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  CHECK_FALSE(read(directory.write("k", TarForge().file("a.btf", btf).file("b.btf", btf).bytes())));
  CHECK_FALSE(read(directory.write("k", TarForge().file("d/a.btf", btf).bytes())));
  CHECK_FALSE(read(directory.write("k", TarForge().file("a.btf", btf).symlink("b.btf", "a.btf").bytes())));
  CHECK_FALSE(read(directory.write("k", TarForge().file("a.btf.xz", compressed(btf, Compression::xz)).bytes())));
  CHECK_FALSE(read(directory.write("k", TarForge().file("../a.btf", btf).bytes())));
  CHECK_FALSE(read(directory.write("k", TarForge().file("a.btf", "text").file("b.btf", btf).bytes())));
  CHECK_THAT(wrong_contents(directory, text_of(TarForge().file("a.btf", "text").bytes())),
             Catch::EndsWith("a text file"));
  CHECK(wrong_contents(directory, text_of(TarForge().file("README", "text").bytes())) ==
        "an archive without a kernel's BTF");
}

TEST_CASE("kernel_file: a missing file or a directory is refused with a reason") {
  const TempDir directory;
  CHECK(error_of(directory.file("missing")).kind() == ErrorKind::io);
  CHECK(error_of(directory.file("missing")).reason() == "cannot open: No such file or directory");
  CHECK(error_of(directory.path().string()).kind() == ErrorKind::wrong_file);
  CHECK(error_of(directory.path().string()).reason() == "is a directory, not a file");
}

TEST_CASE("kernel_file: an ELF file without a .BTF section, with an empty one, or of a module is refused") {
  const TempDir directory;
  const Error without = error_of(write_vmlinux(directory, "a", kernel_btf(), ".other"));
  CHECK(without.kind() == ErrorKind::wrong_file);
  CHECK(without.reason() == "an ELF file without a .BTF section");
  const Error empty = error_of(write_vmlinux(directory, "b", {}));
  CHECK(empty.kind() == ErrorKind::damaged);
  CHECK(empty.where() == ".BTF");
  const Error module = error_of(write_vmlinux(directory, "c", kernel_btf(), ".gnu.linkonce.this_module"));
  CHECK(module.kind() == ErrorKind::wrong_file);
  CHECK_THAT(module.reason(), Catch::StartsWith("a kernel module"));
}

TEST_CASE("kernel_file: an ELF file truncated at any size is refused or gives the same section") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string whole = contents_of(write_vmlinux(directory, "vmlinux", btf));
  std::size_t wrong = 0;
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string path = directory.write("cut", std::string_view(whole).substr(0, size));
    try {
      if (read_kernel(path) != btf) ++wrong;
    } catch (const Error& error) {
      ++refused;
      if (error.file() != path) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(refused > whole.size() / 2);
}

TEST_CASE("kernel_file: an input over the limit is refused") {
  const TempDir directory;
  const std::string path = directory.write("input", std::string(5000, 'x'));
  CHECK(io::InputFile(path).read_all(5000).size() == 5000);
  CHECK_THROWS_WITH(io::InputFile(path).read_all(4999), path + ": over 4999 bytes, too large to be read");
  CHECK_THROWS_WITH(io::InputFile(directory.write("short", "xyz")).read_all(2),
                    Catch::EndsWith("short: over 2 bytes, too large to be read"));
  CHECK_THROWS_AS(io::InputFile("/dev/zero").read_all(1000000), Error);
}

TEST_CASE("kernel_file: --max-kernel-size applies to raw files, pipes, and the section of an ELF file") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string raw = directory.write("raw", btf);
  const std::string vmlinux = write_vmlinux(directory, "vmlinux", btf);
  REQUIRE(std::filesystem::file_size(vmlinux) > btf.size());
  for (const std::string& path : {raw, vmlinux, bpf_object("kernel")}) {
    CAPTURE(path);
    const auto read = [&](std::size_t limit) {
      archive::KernelFile file(path, {.limits = {.kernel_bytes = limit}, .takes_objects = true});
      file.load();
      return file.one_kernel().size() == btf.size();
    };
    CHECK(read(btf.size()));
    CHECK_THROWS_WITH(read(btf.size() - 1), Catch::Contains("--max-kernel-size"));
    CHECK_THROWS_WITH(read(1), Catch::Contains("--max-kernel-size"));
  }

  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Bytes packed = compressed(btf, Compression::xz);
  for (const std::string& contents : {text_of(btf), contents_of(vmlinux), text_of(packed)}) {
    for (const bool fits : {true, false}) {
      // The contents of a pipe are held in memory, compressed or not, and count too.
      const std::size_t most = std::max(contents.size(), btf.size()) - (fits ? 0 : 1);
      std::thread writer([&] { std::ofstream(fifo, std::ios::binary) << contents; });
      if (fits) {
        CHECK(read(fifo, {.kernel_bytes = most}) == btf);
      } else {
        CHECK_THROWS_WITH(read(fifo, {.kernel_bytes = most}), Catch::Contains("--max-kernel-size"));
      }
      writer.join();
    }
  }
}

TEST_CASE("kernel_file: a section over --max-kernel-size is refused before it is read") {
  const TempDir directory;
  const std::uint64_t size = std::uint64_t{64} << 20U;
  const std::string path = write_sparse_elf(directory, "vmlinux", size);
  const std::string expected =
      "unsupported: " + path + ": .BTF: 67108864 bytes, over the limit of 67108863 (--max-kernel-size)";
  const archive::UnpackLimits limits{.kernel_bytes = size - 1};
  const PeakMemory peak;
  CHECK(error_text([&] { static_cast<void>(read(path, limits)); }) == expected);
  io::Buffer memory;
  CHECK(error_text([&] {
          const archive::SourceFile source{.path = "vmlinux", .location = path};
          static_cast<void>(archive::load_source(source, path, {.limits = limits}, memory));
        }) == expected);
  CHECK(peak.bytes() < size);
}

TEST_CASE("kernel_file: a BPF object is recognised by its ELF header") {
  const std::string object = contents_of(bpf_object("basic"));
  const Bytes head(object.begin(), object.begin() + 20);
  CHECK(io::is_bpf_elf(head));
  CHECK_FALSE(io::is_bpf_elf(std::span(head).first(19)));
  const std::string big = contents_of(bpf_object("basic", "eb"));
  CHECK(io::is_bpf_elf(Bytes(big.begin(), big.begin() + 20)));
  Bytes other = head;
  other[18] = 62;  // EM_X86_64
  CHECK_FALSE(io::is_bpf_elf(other));
}
