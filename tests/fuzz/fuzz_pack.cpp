// SPDX-License-Identifier: BSD-2-Clause
// Reads a pack, makes stand-ins of its kernels and reduces them. Hashes and sizes in the pack are set right first, so
// that changes are not found by their hashes.
//
// Checked: an error or a stand-in, and the same one each time. A stand-in is valid BTF or refused, and can be reduced.
// Memory stays within the limits.
#include <algorithm>
#include <numeric>
#include <optional>

#include "btf/view.hpp"
#include "fuzz/harness.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "pack/pack.hpp"
#include "pack/pack_writer.hpp"
#include "pack/stored_pack.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/os/peak_memory.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Small, so that the fuzzer reaches the limits.
constexpr std::size_t most_kernel_bytes = 64 << 10;
constexpr std::size_t most_section_bytes = 1 << 20;
constexpr std::uint32_t most_kernels = 8;
constexpr std::size_t memory_limit = std::size_t{256} << 20U;

const Plan& plan() {
  static const Plan plan({BpfObject::parse(sample_object(), "object")});
  return plan;
}

/// Returns nothing if the pack has no such BTF.
std::optional<Bytes> stand_in(const pack::Pack& pack, std::uint32_t kernel, const pack::StandInRequest& request) {
  std::optional<Bytes> made;
  try {
    io::Buffer memory;
    const auto btf = pack.kernel_btf(kernel, request, most_kernel_bytes, memory);
    made.emplace(btf.begin(), btf.end());
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::internal, error.what());
  }
  return made;
}

void reduce(const pack::Pack& pack, std::uint32_t kernel, const Bytes& btf) {
  const pack::PackedKernel& facts = pack.catalog().kernels[kernel];
  try {
    Workspace workspace;
    const auto view = btf::View::parse_in_place(btf, "stand-in", {});
    require(view.byte_order() == facts.order || facts.form == pack::PackedKernel::Form::verbatim, "the byte order");
    (void)plan().minimize(KernelBtf(btf, facts.bytes, facts.types), "stand-in", workspace);
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::internal, error.what());
  }
}

void use(const pack::Pack& pack, std::uint32_t kernel) {
  const WantedTypes wanted = plan().wanted_types_of_all();
  require(wanted.follows_pointers, "the plan compares types");
  const std::vector<pack::StandInRequest> requests = {
      {.names = wanted.names, .follows_pointers = false, .name = "kernel"},
      {.names = wanted.names, .follows_pointers = true, .name = "kernel"},
      {.names = wanted.names, .follows_pointers = true, .extras = true, .name = "kernel"},
      {.follows_pointers = true, .everything = true, .name = "kernel"}};
  for (const pack::StandInRequest& request : requests) {
    const std::optional<Bytes> btf = stand_in(pack, kernel, request);
    require(btf == stand_in(pack, kernel, request), "the same stand-in again");
    if (btf) reduce(pack, kernel, *btf);
  }
}

/// Makes a pack of the kernels of a pack. It can be read.
void rebuild(const pack::StoredPack& pack) {
  std::vector<std::uint32_t> all(pack.catalog().kernels.size());
  std::iota(all.begin(), all.end(), 0);
  pack::PackWriter writer;
  std::vector<std::uint32_t> numbers;
  try {
    numbers = writer.add_kernels(pack, all);
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::internal, error.what());
    return;
  }
  pack::Catalog catalog = pack.catalog();
  for (pack::PackedSource& source : catalog.sources) {
    for (pack::PackedMember& member : source.members) member.kernel = numbers[member.kernel];
  }
  const Bytes rebuilt = writer.finish(std::move(catalog));
  const pack::Pack again(rebuilt, "rebuilt");
  require(again.stored().segments().size() == 1, "one segment");
}

void run(const Bytes& bytes) {
  const pack::Pack pack(bytes, "pack");
  if (pack.catalog().kernels.size() <= most_kernels) rebuild(pack.stored());
  const auto kernels = static_cast<std::uint32_t>(pack.catalog().kernels.size());
  for (std::uint32_t kernel = 0; kernel < std::min(kernels, most_kernels); ++kernel) use(pack, kernel);
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  const test::PeakMemory peak;
  try {
    // A file that begins otherwise is no pack, and nothing in it is set right.
    const bool is_pack = io::is_pack({data, size});
    test::run(is_pack ? test::PackForge({data, size}, test::most_section_bytes).bytes()
                      : std::vector<std::uint8_t>(data, data + size));
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  test::require(peak.bytes() <= test::memory_limit, std::to_string(peak.bytes()) + " bytes of memory");
  return 0;
}
