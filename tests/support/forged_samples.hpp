// Small BTF and objects that hold one of everything: what is truncated, corrupted and handed to the fuzzers.
#pragma once

#include <cstdint>
#include <vector>

#include "support/btf_forge.hpp"
#include "support/object_forge.hpp"

namespace minbtf::test {

/// Types of all 19 kinds, named by these ids.
struct EveryKind {
  explicit EveryKind(ByteOrder order = ByteOrder::little);

  BtfForge forge;
  std::uint32_t int_, long_, ptr, struct_, array, union_, enum_, fwd, typedef_, volatile_, const_, restrict_,
      func_proto, func, var, datasec, float_, decl_tag, type_tag, enum64, bitfields;
};

/// Every kind with access to it that makes sense: records of all 13 relocation kinds, one program each.
[[nodiscard]] std::vector<std::uint8_t> sample_object(const ForgedObjectOptions& options = {});

/// Two kernels that answer it, the second with other offsets, a second candidate and a missing member.
[[nodiscard]] std::vector<std::uint8_t> sample_kernel(ByteOrder order = ByteOrder::little);
[[nodiscard]] std::vector<std::uint8_t> other_sample_kernel(ByteOrder order = ByteOrder::little);

/// Programs that ask about `type` with each relocation kind, as far as `access` can be an access of that kind.
void ask_in_every_way(std::vector<ForgedProgram>& programs, std::uint32_t type, const std::string& access);

}  // namespace minbtf::test
