// SPDX-License-Identifier: BSD-2-Clause
// Searches any bytes for BPF objects, and reads them as an ar archive.
#include "archive/unpack/ar_members.hpp"
#include "elf/bpf_images.hpp"
#include "fuzz/harness.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"
#include "object/source_name.hpp"

namespace {

using Bytes = std::span<const std::uint8_t>;

bool is_inside(Bytes part, Bytes whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void search(Bytes bytes) {
  using namespace minbtf;
  std::uint64_t end = 0;
  const elf::BpfImages images = elf::find_bpf_images(bytes, "fuzzed");
  for (const elf::BpfImage& image : images.complete) {
    test::require(image.offset >= end && image.size > 0, "images do not overlap");
    test::require(image.offset <= bytes.size() && image.size <= bytes.size() - image.offset, "images are in the bytes");
    end = image.offset + image.size;
    const Bytes found = bytes.subspan(image.offset, image.size);
    test::require(io::is_bpf_elf(found), "an image begins with the header of a BPF object");
    (void)object::source_name(found, "fuzzed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  const Bytes bytes(data, size);
  try {
    search(bytes);
    if (!io::is_ar(bytes)) return 0;
    for (const archive::ArMember& member : archive::ar_members(bytes, "fuzzed")) {
      test::require(is_inside(member.contents, bytes), "members are in the archive");
      test::require(member.name.size() <= size, "names are in the archive");
    }
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
