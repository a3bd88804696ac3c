// SPDX-License-Identifier: BSD-2-Clause
// Btf::from_file(): what is read, and what is refused.
#include "io/read/kernel_btf.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>
#include <tuple>

#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/peak_memory.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace std::string_view_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// "KIND: REASON" of the error for `path`, after its name.
std::string refusal(const std::string& path) {
  std::string text = error_text([&] { static_cast<void>(Btf::from_file(path)); });
  CHECK(text.find('\n') == std::string::npos);
  if (path.empty()) return text;
  const std::size_t at = text.find(path + ": ");
  return at == std::string::npos ? "the file is not named: " + text : text.erase(at, path.size() + 2);
}

void check_is_kernel(const Btf& btf, const std::string& path, const std::string& order) {
  const Btf expected = Btf::parse(kernel_btf(order), "kernel");
  CHECK(btf.name() == path);
  CHECK(btf.size() == expected.size());
  CHECK(btf.type_count() == expected.type_count());
  CHECK(btf.byte_order() == expected.byte_order());
}

}  // namespace

TEST_CASE("kernel_btf: raw BTF and vmlinux are read, in either byte order") {
  const TempDir directory;
  for (const std::string order : {"el", "eb"}) {
    CAPTURE(order);
    const std::string raw = directory.write("kernel.gz", kernel_btf(order));
    check_is_kernel(Btf::from_file(raw), raw, order);
    const std::string vmlinux = write_vmlinux(directory, "vmlinux", kernel_btf(order));
    check_is_kernel(Btf::from_file(vmlinux), vmlinux, order);
    check_is_kernel(Btf::from_file(std::filesystem::path(vmlinux)), vmlinux, order);
  }
}

TEST_CASE("kernel_btf: the running kernel's BTF is read") {
  const std::string path = "/sys/kernel/btf/vmlinux";
  if (!std::filesystem::exists(path)) return skip_test("this kernel has no BTF");
  CHECK(Btf::from_file(path).size() == contents_of(path).size());
}

TEST_CASE("kernel_btf: a pipe is read to its end") {
  const TempDir directory;
  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Bytes raw = kernel_btf();
  const std::string vmlinux = contents_of(write_vmlinux(directory, "vmlinux", raw));
  for (const std::string& contents : {std::string(raw.begin(), raw.end()), vmlinux}) {
    std::thread writer([&] { std::ofstream(fifo, std::ios::binary) << contents; });
    check_is_kernel(Btf::from_file(fifo), fifo, "el");
    writer.join();
  }
}

TEST_CASE("kernel_btf: compressed files and tars are refused, and the error names the format") {
  const TempDir directory;
  const std::string suffix = "; the library reads only uncompressed files of one kernel";
  for (const Compression compression : all_compressions) {
    const std::string path = directory.write("kernel", compressed(kernel_btf(), compression));
    CHECK(refusal(path) == "wrong_file: " + name_of(compression) + "-compressed data" + suffix);
  }
  CHECK(refusal(directory.write("kernel", TarForge().file("kernel.btf", kernel_btf()).bytes())) ==
        "wrong_file: a tar archive" + suffix);
}

TEST_CASE("kernel_btf: other files are refused, and the error names their type") {
  const TempDir directory;
  const std::string neither = "wrong_file: neither raw BTF nor an ELF file with a .BTF section, but ";
  CHECK(refusal(directory.path().string()) == "wrong_file: is a directory, not a file");
  CHECK(refusal(directory.file("missing")) == "io: cannot open: No such file or directory");
  CHECK(refusal("") == "io: cannot open: No such file or directory");
  CHECK(refusal(directory.write("text", "text\n")) == neither + "a text file");
  CHECK(refusal(directory.write("empty", "")) == neither + "an empty file");
  CHECK(refusal(directory.write("zeros", std::string(2000, '\0'))) == neither + "a file of unknown kind");
  CHECK(refusal(bpf_object("basic")) == "wrong_file: a BPF object, not a kernel's BTF");
  CHECK(refusal(write_vmlinux(directory, "vmlinux", kernel_btf(), ".other")) ==
        "wrong_file: an ELF file without a .BTF section");
}

TEST_CASE("kernel_btf: module BTF is refused, raw and in a .ko file") {
  const TempDir directory;
  BtfForge module = BtfForge::split(BtfForge());
  module.ptr(3);
  const std::string reason =
      "wrong_file: BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";
  CHECK(refusal(directory.write("nf_conntrack", module.bytes())) == reason);
  CHECK(refusal(write_vmlinux(directory, "module", module.bytes())) == reason);
  CHECK(refusal(write_vmlinux(directory, "module.ko", kernel_btf(), ".gnu.linkonce.this_module")) ==
        "wrong_file: a kernel module; the BTF of its kernel (vmlinux) is needed");
}

TEST_CASE("kernel_btf: a section of over 4 GiB is refused before it is read") {
  const TempDir directory;
  const std::uint64_t size = std::uint64_t{8} << 30U;
  const PeakMemory peak;
  CHECK(refusal(write_sparse_elf(directory, "vmlinux", size)) ==
        "unsupported: .BTF: 8589934592 bytes, over the limit of 4294967296");
  // A section that the file does not have is damage, and the limit does not matter.
  const std::string truncated = write_sparse_elf(directory, "truncated", size);
  std::filesystem::resize_file(truncated, size);
  CHECK(refusal(truncated) ==
        "damaged: ELF: section 1 (8589934592 bytes at 4096) reaches beyond the file's 8589934592 bytes");
  CHECK(peak.bytes() < in_proportion(0));
}

TEST_CASE("kernel_btf: a kernel module is recognized by a section header alone") {
  const TempDir directory;
  const std::string reason = "wrong_file: a kernel module; the BTF of its kernel (vmlinux) is needed";
  const std::string section = ".gnu.linkonce.this_module";
  // Contents that are compressed are refused when they are read.
  CHECK(refusal(write_sparse_elf(directory, "compressed.ko", 100, section, SHF_COMPRESSED)) == reason);
  CHECK(refusal(write_sparse_elf(directory, "large.ko", std::uint64_t{8} << 30U, section)) == reason);
}

TEST_CASE("kernel_btf: a truncated file is refused") {
  const TempDir directory;
  const Bytes raw = kernel_btf();
  for (const std::size_t size : {std::size_t{2}, std::size_t{23}, raw.size() / 2, raw.size() - 1}) {
    CAPTURE(size);
    CHECK_THAT(refusal(directory.write("kernel", std::span(raw).first(size))), Catch::StartsWith("damaged: "));
  }
  const std::string vmlinux = contents_of(write_vmlinux(directory, "vmlinux", raw));
  for (const std::size_t size : {std::size_t{64}, vmlinux.size() / 2, vmlinux.size() - 1}) {
    CAPTURE(size);
    CHECK_THAT(refusal(directory.write("vmlinux", std::string_view(vmlinux).substr(0, size))),
               Catch::StartsWith("damaged: ELF: "));
  }
  CHECK(refusal(directory.write("vmlinux", vmlinux.substr(0, 63))) == "wrong_file: not an ELF file");
  CHECK(refusal(write_vmlinux(directory, "vmlinux", {})) == "damaged: .BTF: the section is empty");
}

TEST_CASE("kernel_btf: a file without read permission is an error of kind io") {
  const TempDir directory;
  const std::string readable = directory.write("readable", kernel_btf());
  const std::string path = directory.write("kernel", kernel_btf());
  // The other user may enter the directory. Only the mode of the file forbids reading.
  REQUIRE(::chmod(directory.path().c_str(), 0711) == 0);
  REQUIRE(::chmod(readable.c_str(), 0644) == 0);
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  // Root reads any file, so the test runs as another user.
  const auto as_user = [](const std::function<void()>& body) {
    return in_child([&] {
      if (::geteuid() == 0 && ::setuid(65534) != 0) throw std::runtime_error("setuid() failed");
      body();
    });
  };
  if (as_user([&] { std::ignore = contents_of(readable); }) != 0) {
    return skip_test("other users cannot read files below " + directory.path().parent_path().string());
  }
  CHECK(as_user([&] { std::ignore = Btf::from_file(readable); }) == 0);
  CHECK(as_user([&] {
          if (refusal(path) != "io: cannot open: Permission denied") throw std::runtime_error(refusal(path));
        }) == 0);
}
