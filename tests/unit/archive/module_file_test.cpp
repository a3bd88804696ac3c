// SPDX-License-Identifier: BSD-2-Clause
// Files of kernel modules: raw split BTF, and .ko files, compressed or not.
#include "archive/input/module_file.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string_view>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/module_forge.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using namespace std::string_view_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

BtfForge small_kernel() {
  BtfForge base;
  base.structure("task_struct", 8, {{"pid", base.integer("int", 4, 1), 0}});
  return base;
}

Bytes small_module() {
  BtfForge module = BtfForge::split(small_kernel());
  module.structure("nf_conn", 16, {{"ct_id", 1, 0}, {"owner", module.ptr(2), 64}});
  return module.bytes();
}

/// A module with the BTF of small_module().
Ko small_ko() { return {.btf = small_module()}; }

std::string read_error(const std::string& path, const archive::UnpackLimits& limits = {}) {
  std::string text = error_text([&] { static_cast<void>(archive::read_module(path, limits)); });
  const std::size_t at = text.find(path + ": ");
  return at == std::string::npos ? text : text.erase(at, path.size() + 2);
}

}  // namespace

TEST_CASE("module_file: the name of a module follows from the name of its file") {
  CHECK(archive::module_name_of("/sys/kernel/btf/btrfs") == "btrfs");
  CHECK(archive::module_name_of("kernel/net/nf-conntrack.ko") == "nf_conntrack");
  CHECK(archive::module_name_of("nf-conntrack.ko.xz") == "nf_conntrack");
  CHECK(archive::module_name_of("kvm.ko.zst") == "kvm");
  CHECK(archive::module_name_of("kvm.ko.gz") == "kvm");
  CHECK(archive::module_name_of("btrfs.btf") == "btrfs");
  CHECK(archive::module_name_of(".ko") == ".ko");
}

TEST_CASE("module_file: raw split BTF and modules are read, compressed or not") {
  const TempDir directory;
  const std::string raw = directory.write("nf-conntrack", small_module());
  const archive::ModuleFile from_raw = archive::read_module(raw, {});
  CHECK(from_raw.file == raw);
  CHECK(from_raw.module == "nf_conntrack");
  CHECK(from_raw.release.empty());
  CHECK(from_raw.btf == small_module());
  CHECK(from_raw.distilled_base.empty());

  const Bytes ko = small_ko().bytes();
  std::vector<std::string> files = {directory.write("a.ko", ko)};
  for (const Compression compression : {Compression::xz, Compression::zstd, Compression::gzip}) {
    files.push_back(directory.write("a.ko." + name_of(compression), compressed(ko, compression)));
  }
  for (const std::string& file : files) {
    CAPTURE(file);
    const archive::ModuleFile module = archive::read_module(file, {});
    CHECK(module.file == file);
    CHECK(module.module == "nf_conntrack");
    CHECK(module.release == "6.1.0-50-amd64");
    CHECK(module.btf == small_module());
  }
}

TEST_CASE("module_file: a module without a name in .modinfo has that of its file") {
  const TempDir directory;
  Ko ko = small_ko();
  ko.modinfo.clear();
  const archive::ModuleFile module = archive::read_module(directory.write("my-mod.ko", ko.bytes()), {});
  CHECK(module.module == "my_mod");
  CHECK(module.release.empty());
}

TEST_CASE("module_file: only the needed sections of an uncompressed module are read") {
  const TempDir directory;
  // 5 GiB of zeros that take no space on the disk: more than may be read as one file.
  const std::string big = write_sparse_elf(directory, "big.ko", std::uint64_t{5} << 30U, ".text");
  CHECK(read_error(big) == "wrong_file: an ELF file without a .BTF section");
}

TEST_CASE("module_file: other files are refused") {
  const TempDir directory;
  CHECK(read_error(directory.write("vmlinux", small_kernel().bytes())) ==
        "wrong_file: not the BTF of a kernel module: it does not continue the BTF of a kernel");
  Ko kernel{.btf = small_kernel().bytes()};
  kernel.is_module = false;
  CHECK(read_error(directory.write("vmlinux.elf", kernel.bytes())) ==
        "wrong_file: the BTF of a kernel; the BTF of a kernel module is needed");
  CHECK(archive::read_module(directory.write("none.ko", Ko{.btf = {}}.bytes()), {}).btf.empty());
  CHECK(read_error(directory.write("text", "text\n"sv)) ==
        "wrong_file: neither raw BTF nor a kernel module, but a text file");
  CHECK(read_error(bpf_object("kernel")) == "wrong_file: a BPF object, not a kernel module");
  archive::UnpackLimits limits;
  limits.kernel_bytes = 50;
  const std::string size = std::to_string(small_module().size());
  CHECK(read_error(directory.write("big.ko", small_ko().bytes()), limits) ==
        "unsupported: .BTF: " + size + " bytes, over the limit of 50 (--max-kernel-size)");
  CHECK(read_error(directory.file("missing.ko")).starts_with("io: "));
}

TEST_CASE("module_file: every truncation of a module is an error") {
  const TempDir directory;
  const Bytes whole = small_ko().bytes();
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    CAPTURE(size);
    const std::string path = directory.write("a.ko", std::span<const std::uint8_t>(whole).first(size));
    CHECK(error_text([&] { static_cast<void>(archive::read_module(path, {})); }) != "no error");
  }
}

TEST_CASE("module_file: a module fits the release in its vermagic, if both releases are known") {
  archive::ModuleFile module;
  module.file = "a.ko";
  module.release = "6.1.0-50-amd64";
  const auto fault = [&](std::string_view release) {
    return error_text([&] { archive::check_release(module, release, "vmlinux"); });
  };
  CHECK(fault("6.1.0-50-amd64") == "no error");
  CHECK(fault("") == "no error");
  CHECK(fault("6.1.0-47-amd64") ==
        "wrong_file: a.ko: .modinfo: the module was built for 6.1.0-50-amd64, and vmlinux is the kernel "
        "6.1.0-47-amd64");
  module.distilled_base = {1};
  CHECK(fault("6.1.0-47-amd64") == "no error");
  module.distilled_base.clear();
  module.release.clear();
  CHECK(fault("6.1.0-47-amd64") == "no error");
}

TEST_CASE("module_file: a module with a distilled base gets the ids of the kernel") {
  const TempDir directory;
  BtfForge distilled;
  distilled.structure("task_struct", 8, {});
  BtfForge module = BtfForge::split(distilled);
  module.ptr(1);
  const Ko ko{.btf = module.bytes(), .base = distilled.bytes()};
  const archive::ModuleFile read = archive::read_module(directory.write("oot.ko", ko.bytes()), {});
  CHECK(read.distilled_base == distilled.bytes());

  BtfForge expected = BtfForge::split(small_kernel());
  expected.ptr(2);  // task_struct is type 2 of the kernel
  CHECK(archive::split_btf_on(read, btf::View::parse(small_kernel().bytes(), "vmlinux")) == expected.bytes());
}
