// SPDX-License-Identifier: BSD-2-Clause
// Reads the BTF of a module from raw BTF or a .ko, compressed or not, and reduces a kernel that has this module once,
// and twice. The first two bytes of the input choose the kernel and an object, two more are not used; the module
// follows.
//
// Checked: the joined BTF is valid. What wrong_with_reduction() checks. libbpf resolves each relocation on vmlinux with
// the modules as on the reduced BTF, and Plan::resolve() does the same. What is kept by name is the same on both.
#include <array>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

#include "archive/input/module_file.hpp"
#include "btf/joined.hpp"
#include "elf/elf_file.hpp"
#include "fuzz/harness.hpp"
#include "io/read/file_type.hpp"
#include "io/read/kernel_btf.hpp"
#include "minbtf/error.hpp"
#include "support/forge/module_samples.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"
#include "support/libbpf/same_decisions.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr archive::UnpackLimits limits = {.kernel_bytes = 64 << 10, .members = 4, .path_bytes = 200};

/// What a fuzzer would only change to kernels and objects that other harnesses read.
struct Fixed {
  Bytes vmlinux_bytes;
  Btf vmlinux;
  Plan plan;
  Plan keeping;  ///< the same with keeps
  Bytes local;   ///< the object's .BTF
  ResolverObject object;
};

Fixed make_fixed(std::size_t base, std::size_t object, ByteOrder order) {
  Bytes vmlinux = sample_base(base, order).bytes();
  Btf parsed = Btf::parse(vmlinux, "vmlinux");
  const Bytes elf = sample_module_object(object, order);
  const auto file = elf::ElfFile::from_memory(elf, "object");
  const auto section = file.section(".BTF");
  Bytes local(section->data.begin(), section->data.end());
  const BpfObject parsed_object = BpfObject::parse(elf, "object");
  return {.vmlinux_bytes = std::move(vmlinux),
          .vmlinux = std::move(parsed),
          .plan = Plan({parsed_object}),
          .keeping = Plan({parsed_object}, {Keep::parse("struct:m"), Keep::parse("struct:n.up"), Keep::parse("enum:e"),
                                            Keep::parse("typedef:own_t")}),
          .local = local,
          .object = ResolverObject::of_btf(local, parsed_object)};
}

const Fixed& fixed(std::uint8_t base, std::uint8_t object) {
  static const std::vector<Fixed> all = [] {
    std::vector<Fixed> out;
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      for (std::size_t b = 0; b < sample_bases; ++b) {
        for (std::size_t o = 0; o < sample_module_objects; ++o) out.push_back(make_fixed(b, o, order));
      }
    }
    return out;
  }();
  const std::size_t bases = 2 * sample_bases;
  return all[(base % bases) * sample_module_objects + object % sample_module_objects];
}

/// Reads the module as a file, which may be compressed. A file that is not compressed is also read as a member of a tar
/// is: from memory.
archive::ModuleFile read(const Bytes& bytes) {
  const int fd = memfd_create("module", MFD_CLOEXEC);
  struct Closer {
    int fd;
    ~Closer() { close(fd); }
  } const closer{fd};
  require(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "no memory file");
  const auto head = std::span<const std::uint8_t>(bytes).first(std::min(bytes.size(), io::file_type_bytes));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (io::contents_of(head) == io::Contents::packed) return archive::read_module(path, limits);
  archive::ModuleFile from_memory;
  std::string refused;
  try {
    from_memory = archive::module_in(bytes, path, limits);
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::internal, error.what());
    refused = error.what();
  }
  try {
    archive::ModuleFile from_file = archive::read_module(path, limits);
    require(refused.empty(), "only the file in memory is refused: " + refused);
    require(from_file.btf == from_memory.btf && from_file.distilled_base == from_memory.distilled_base &&
                from_file.module == from_memory.module && from_file.release == from_memory.release,
            "the file in memory gives another module");
    return from_file;
  } catch (const Error& error) {
    require(!refused.empty(), std::string("only the file on disk is refused: ") + error.what());
    throw;
  }
}

/// Returns an empty string if libbpf resolves each relocation equally on the kernel with `copies` of the module and on
/// the reduced BTF. Cases in which libbpf cannot be run are skipped.
std::string wrong_to_libbpf(const Fixed& with, const Btf& full, const Bytes& joined, const Bytes& split, int copies) {
  if (!beyond_libbpf(with.plan, with.local, joined).empty()) return "";
  ResolverTarget live(with.vmlinux_bytes, "vmlinux");
  try {
    for (int i = 0; i < copies; ++i) live.load_module(split);
  } catch (const std::runtime_error&) {
    return "";  // libbpf refuses the module
  }
  ResolverTarget reduced(with.plan.minimize(full).bytes, "reduced");
  const LibbpfCase both = {
      .plan = with.plan, .object = with.object, .full = full, .on_full = live, .on_reduced = reduced};
  std::vector<Resolution> ours;
  return wrong_by_libbpf(both, std::vector<bool>(with.object.object().programs().size(), true), LawRules::newest, ours);
}

void run(const Fixed& with, const Bytes& bytes) {
  const archive::ModuleFile module = read(bytes);
  const btf::View& base = btf::view_of(with.vmlinux);
  const Bytes split = archive::split_btf_on(module, base);
  for (const int copies : {1, 2}) {
    const std::vector<btf::ModuleBtf> list(static_cast<std::size_t>(copies),
                                           {.bytes = split, .file = "module", .module = module.module});
    btf::Joined joined = btf::join(base, "vmlinux", list);
    try {
      static_cast<void>(btf::View::parse(joined.bytes, "joined"));
    } catch (const Error& error) {
      require(false, std::string("the joined BTF is invalid: ") + error.what());
    }
    const std::vector<SplitBtf> modules(list.size(), {.name = "module", .bytes = split});
    const Btf full = Btf::with_modules(with.vmlinux, modules);
    std::string wrong = wrong_with_reduction(with.plan, full);
    require(wrong.empty(), wrong);
    wrong = wrong_to_libbpf(with, full, joined.bytes, split, copies);
    require(wrong.empty(), wrong);
    const Btf kept = Btf::parse(with.keeping.minimize(full).bytes, "reduced with keeps");
    require(with.keeping.compare(full, kept).kept_differences.empty(), "a kept part is different");
  }
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  [[maybe_unused]] static const bool quiet = (test::listen_to_libbpf(), true);
  if (size < 4) return 0;
  try {
    test::run(test::fixed(data[0], data[1]), {data + 4, data + size});
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
