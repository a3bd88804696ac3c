#include "archive/kernel_source.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "minbtf/error.hpp"
#include "support/fixtures.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace std::string_view_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

Error error_of(const std::string& path) {
  try {
    static_cast<void>(archive::read_kernel(path));
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error(path + " was read without an error");
}

std::string wrong_contents(const TempDir& directory, std::string_view contents) {
  const std::string path = directory.write("input", contents);
  const Error error = error_of(path);
  CHECK(error.kind() == ErrorKind::wrong_file);
  CHECK(error.file() == path);
  CHECK(std::string(error.what()).find('\n') == std::string::npos);
  return error.reason();
}

}  // namespace

TEST_CASE("kernel_source: raw BTF is returned as it is, in either byte order") {
  const TempDir directory;
  for (const char* order : {"el", "eb"}) {
    const Bytes btf = kernel_btf(order);
    CHECK(archive::read_kernel(directory.write("kernel", btf)) == btf);
  }
  // Contents decide: two bytes of magic are BTF, if damaged, and nothing to be guessed about.
  CHECK(archive::read_kernel(directory.write("short.tar.gz", "\x9f\xeb"sv)) == Bytes{0x9f, 0xeb});
  CHECK(archive::read_kernel(directory.write("short.xz", "\xeb\x9f"sv)) == Bytes{0xeb, 0x9f});
}

TEST_CASE("kernel_source: a file larger than the first read comes whole") {
  const TempDir directory;
  for (const std::size_t size : {1023U, 1024U, 1025U, 4096U, 1000000U}) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31);
    bytes[0] = 0x9f;
    bytes[1] = 0xeb;
    CHECK(archive::read_kernel(directory.write("kernel", bytes)) == bytes);
  }
}

TEST_CASE("kernel_source: the BTF of a kernel that has it in sysfs, where the size is a hint") {
  if (!std::filesystem::exists("/sys/kernel/btf/vmlinux")) {
    skip_test("this kernel has no /sys/kernel/btf/vmlinux");
    return;
  }
  CHECK(archive::read_kernel("/sys/kernel/btf/vmlinux").size() > 100000);
}

TEST_CASE("kernel_source: an ELF file gives its .BTF section") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  CHECK(archive::read_kernel(write_vmlinux(directory, "vmlinux", btf)) == btf);
  CHECK(archive::read_kernel(bpf_object("kernel", "eb")) == kernel_btf("eb"));
}

TEST_CASE("kernel_source: a pipe is read to its end") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string vmlinux = write_vmlinux(directory, "vmlinux", btf);
  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const std::string& contents : {std::string(btf.begin(), btf.end()), contents_of(vmlinux)}) {
    std::thread writer([&] {
      std::ofstream out(fifo, std::ios::binary);
      // In two pieces, so that the first read is short.
      out.write(contents.data(), 1).flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      out.write(contents.data() + 1, static_cast<std::streamsize>(contents.size() - 1));
    });
    CHECK(archive::read_kernel(fifo) == btf);
    writer.join();
  }
}

TEST_CASE("kernel_source: what is no kernel is named") {
  const TempDir directory;
  const std::string prefix = "neither raw BTF nor an ELF file with a .BTF section, but ";
  CHECK(wrong_contents(directory, "") == prefix + "an empty file");
  CHECK(wrong_contents(directory, "\x1f\x8b\x08") == prefix + "gzip-compressed data; unpack it first (gzip -dc)");
  CHECK(wrong_contents(directory,
                       "\xfd"
                       "7zXZ\0\0"sv) == prefix + "xz-compressed data; unpack it first (xz -dc)");
  CHECK(wrong_contents(directory, "\x28\xb5\x2f\xfd") == prefix + "zstd-compressed data; unpack it first (zstd -dc)");
  CHECK(wrong_contents(directory, "BZh9") == prefix + "bzip2-compressed data; unpack it first (bzip2 -dc)");
  const std::string tar = std::string(257, '\0') + "ustar";
  CHECK(wrong_contents(directory, tar) == prefix + "a tar archive; unpack it first (tar -xf)");
  CHECK(wrong_contents(directory, tar.substr(0, 261)) == prefix + "a file of unknown kind");
  const std::string image = "MZ" + std::string(512, '\0') + "HdrS";
  CHECK_THAT(wrong_contents(directory, image), Catch::StartsWith(prefix + "a compressed kernel image"));
  CHECK(wrong_contents(directory, "struct task_struct {\n\tint pid;\n};\n") == prefix + "a text file");
  CHECK(wrong_contents(directory, "\x01\x02\x03\x04") == prefix + "a file of unknown kind");
  CHECK(wrong_contents(directory, "\x9f") == prefix + "a file of unknown kind");
}

TEST_CASE("kernel_source: files that cannot be read") {
  const TempDir directory;
  CHECK(error_of(directory.file("missing")).kind() == ErrorKind::io);
  CHECK(error_of(directory.file("missing")).reason() == "cannot open: No such file or directory");
  CHECK(error_of(directory.path().string()).kind() == ErrorKind::wrong_file);
  CHECK(error_of(directory.path().string()).reason() == "a directory, where a file is needed");
}

TEST_CASE("kernel_source: ELF files that are no kernel") {
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

TEST_CASE("kernel_source: an ELF file cut off anywhere is refused or gives the same section") {
  const TempDir directory;
  const Bytes btf = kernel_btf();
  const std::string whole = contents_of(write_vmlinux(directory, "vmlinux", btf));
  std::size_t wrong = 0;
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string path = directory.write("cut", std::string_view(whole).substr(0, size));
    try {
      if (archive::read_kernel(path) != btf) ++wrong;
    } catch (const Error& error) {
      ++refused;
      if (error.file() != path) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(refused > whole.size() / 2);
}

TEST_CASE("kernel_source: an input over the limit is refused") {
  const TempDir directory;
  const std::string path = directory.write("input", std::string(5000, 'x'));
  CHECK(io::InputFile(path).read_all(5000).size() == 5000);
  CHECK_THROWS_WITH(io::InputFile(path).read_all(4999), path + ": over 4999 bytes, too large to be read");
  CHECK_THROWS_AS(io::InputFile("/dev/zero").read_all(1000000), Error);
}

TEST_CASE("kernel_source: a BPF object is told by its header alone") {
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
