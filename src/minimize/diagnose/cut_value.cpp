// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/cut_value.hpp"

#include <cstdint>

#include "base/short_text.hpp"
#include "core/question.hpp"

namespace minbtf::minimize {

/// Worked example: the object declares `enum e { FLAG = 0x100000001 }`, an ENUM64. The kernel's BTF has an ENUM of 8
/// bytes with FLAG = 1. libbpf resolves the relocation to 1, although FLAG is 0x100000001 in the kernel's source. The
/// explanation has both values. If the object's value were -1, it would be equal to its low 32 bits, sign-extended:
/// such a value is not truncated.
std::optional<Explanation> cut_value(const btf::View& local, const object::Record& record, const Resolution& resolution,
                                     const btf::View& kernel) {
  const bool asks_value = record.kind == static_cast<std::uint32_t>(RelocationKind::enumval_value);
  if (!asks_value || resolution.status != Status::resolved) return std::nullopt;
  const btf::Type target = kernel.type(resolution.target_type);
  constexpr std::uint32_t cut_bytes = 8;
  if (target.kind != btf::Kind::enum_ || target.size_or_type != cut_bytes) return std::nullopt;
  const core::FieldValue own = core::read_record(local, record.kind, record.type_id, record.access_str_off).original;
  const auto low_half = static_cast<std::int32_t>(static_cast<std::uint32_t>(own.value));
  if (static_cast<std::uint64_t>(std::int64_t{low_half}) == own.value) return std::nullopt;
  return Explanation{.reason = Reason::cut_value,
                     .subject = core::describe_record(local, record.kind, record.type_id, record.access_str_off),
                     .detail = base::hex(resolution.value) + " there, " + base::hex(own.value) + " in the object"};
}

}  // namespace minbtf::minimize
