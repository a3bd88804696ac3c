// SPDX-License-Identifier: BSD-2-Clause
// Parses BTF. Accepted BTF can be read to the last byte. libbpf 1.1 accepts the BTF and reads it in the same way,
// except for the cases in support/libbpf/libbpf_limits.hpp.
#include "btf/view.hpp"
#include "fuzz/harness.hpp"
#include "minbtf/error.hpp"
#include "support/libbpf/libbpf_btf.hpp"
#include "support/libbpf/libbpf_limits.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;
using btf::Type;
using btf::View;

/// Reads all names and types that a type refers to. AddressSanitizer reports invalid reads.
std::uint64_t read_all(const View& view, std::uint32_t id) {
  const Type type = view.type(id);
  std::uint64_t sum = view.string(type.name_off).size();
  if (!btf::is_known(type.kind)) return sum;
  const btf::KindShape& shape = btf::shape(type.kind);
  const auto follow = [&](std::uint32_t to) { sum += view.type(to).vlen; };
  const auto name = [&](std::uint32_t offset) { sum += view.string(offset).size(); };
  if (shape.third == btf::Third::type) follow(type.size_or_type);
  if (shape.info_size == 4) sum += view.info_word(type);
  if (type.kind == Kind::array) {
    follow(view.array(type).type);
    follow(view.array(type).index_type);
  }
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (btf::is_composite(type.kind)) {
      follow(view.member(type, i).type);
      name(view.member(type, i).name_off);
    } else if (btf::is_any_enum(type.kind)) {
      name(view.enumerator(type, i).name_off);
    } else if (type.kind == Kind::func_proto) {
      follow(view.param(type, i).type);
      name(view.param(type, i).name_off);
    } else {
      break;
    }
  }
  return sum;
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  const std::vector<std::uint8_t> bytes(data, data + size);
  try {
    const auto view = minbtf::btf::View::parse(bytes, "fuzzed");
    std::uint64_t sum = 0;
    for (std::uint32_t id = 0; id < view.id_end(); ++id) sum += test::read_all(view, id);
    test::require(sum != UINT64_MAX, "no such sum");
    if (test::unreadable_for_libbpf(bytes).empty()) {
      const std::string difference = test::difference(test::LibbpfBtf(bytes), view);
      test::require(difference.empty(), difference);
    }
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
