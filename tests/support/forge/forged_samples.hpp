// Small BTF and objects that hold one of everything: what is truncated, corrupted and handed to the fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/forge/btf_forge.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

/// Types of all 19 kinds, named by these ids.
struct EveryKind {
  explicit EveryKind(ByteOrder order = ByteOrder::little);

  BtfForge forge;
  std::uint32_t int_, long_, ptr, struct_, array, union_, enum_, fwd, typedef_, volatile_, const_, restrict_,
      func_proto, func, var, datasec, float_, decl_tag, type_tag, enum64, bitfields;
};

struct ForgedAsk {
  std::uint32_t type;
  std::string access;
};

/// Programs that ask each with all 13 relocation kinds, sensible or not, in instructions that hold the local value.
[[nodiscard]] std::vector<ForgedProgram> ask_in_every_way(BtfForge local, const std::vector<ForgedAsk>& asks);

/// Asks about every named type of EveryKind.
[[nodiscard]] std::vector<std::uint8_t> sample_object(const ForgedObjectOptions& options = {});

/// Two kernels that answer it, the second with other offsets, a second candidate and a missing member.
[[nodiscard]] std::vector<std::uint8_t> sample_kernel(ByteOrder order = ByteOrder::little);
[[nodiscard]] std::vector<std::uint8_t> other_sample_kernel(ByteOrder order = ByteOrder::little);

}  // namespace minbtf::test
