// Reduces a kernel for an object. What comes out is BTF that libbpf accepts, on which everything is decided as on the
// whole, for all programs and for each alone, and which is not reduced further.
#include <algorithm>

#include "fuzz/harness.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "support/libbpf_btf.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t single_programs = 6;  ///< more of them cost time and show nothing new

std::string type_words(const btf::View& kernel, std::uint64_t id) {
  const btf::Type type = kernel.type(static_cast<std::uint32_t>(id));
  return std::to_string(static_cast<unsigned>(type.kind)) + std::string(kernel.string(type.name_off));
}

/// libbpf would not come back, or knows nothing of a kind: then there is no decision to compare.
bool beyond_libbpf(const std::vector<Resolution>& resolutions) {
  return std::any_of(resolutions.begin(), resolutions.end(), [](const Resolution& resolution) {
    return resolution.failure == Failure::endless_type || resolution.failure == Failure::unsupported_kind;
  });
}

std::string text(const BpfObject& object, const Btf& kernel, const Resolution& resolution) {
  std::string out = "record " + std::to_string(resolution.relocation) + ": ";
  out += std::string(resolution.status == Status::failed     ? to_string(resolution.failure)
                     : resolution.status == Status::poisoned ? "poison"
                                                             : "resolved");
  const std::uint32_t kind = object.data().records[resolution.relocation].kind;
  if (kind == static_cast<std::uint32_t>(RelocationKind::type_id_target)) {
    if (resolution.status == Status::resolved) out += " type " + type_words(kernel.view(), resolution.value);
  } else {
    out += " " + std::to_string(resolution.value);
  }
  return out + " load " + std::to_string(resolution.load_size);
}

void compare(const Plan& plan, const Btf& full, const Btf& reduced, const std::vector<bool>& programs) {
  const BpfObject& object = plan.objects()[0];
  const auto before = plan.resolve(full, 0, programs);
  if (beyond_libbpf(before)) return;
  const auto after = plan.resolve(reduced, 0, programs);
  require(before.size() == after.size(), "as many resolutions as before");
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string on_full = text(object, full, before[i]);
    const std::string on_reduced = text(object, reduced, after[i]);
    require(on_full == on_reduced, on_full + ", reduced " + on_reduced);
  }
}

/// libbpf 1.1 reads 16 bits of vlen.
bool known_to_libbpf(const btf::View& view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    if (view.type(id).vlen > 0xffff) return false;
  }
  return true;
}

void check(const Plan& plan, const Btf& full) {
  const std::vector<std::uint8_t> bytes = plan.minimize(full).bytes;
  const Btf reduced = Btf::parse(bytes, "reduced");
  require(reduced.byte_order() == full.byte_order(), "the byte order is the kernel's");
  if (known_to_libbpf(reduced.view())) require(LibbpfBtf(bytes).accepted(), "libbpf accepts what was written");
  require(plan.minimize(reduced).bytes == bytes, "reducing twice is reducing once");
  compare(plan, full, reduced, {});
  const std::size_t programs = plan.objects()[0].programs().size();
  for (std::size_t i = 0; i < std::min(programs, single_programs); ++i) {
    std::vector<bool> one(programs);
    one[i] = true;
    compare(plan, full, reduced, one);
  }
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  test::ObjectAndKernel parts = test::split(data, size);
  try {
    const Plan plan({BpfObject::parse(std::move(parts.object), "object")});
    test::check(plan, Btf::parse(std::move(parts.kernel), "kernel"));
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
