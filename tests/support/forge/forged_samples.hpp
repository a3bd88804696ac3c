// SPDX-License-Identifier: BSD-2-Clause
// Small BTF and objects that contain one of everything. Tests truncate and corrupt them, and they are seeds of the
// fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/forge/btf_forge.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

/// Types of all 19 kinds. The fields are their ids.
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

/// Returns a program for each ask and each of the 13 relocation kinds, valid or not. Its instruction holds the local
/// value.
[[nodiscard]] std::vector<ForgedProgram> ask_in_every_way(BtfForge local, const std::vector<ForgedAsk>& asks);

/// Returns an object with relocations against the named types of EveryKind.
[[nodiscard]] std::vector<std::uint8_t> sample_object(const ForgedObjectOptions& options = {});

/// Two kernels for sample_object(). The second has other offsets, a second candidate and a missing member.
[[nodiscard]] std::vector<std::uint8_t> sample_kernel(ByteOrder order = ByteOrder::little);
[[nodiscard]] std::vector<std::uint8_t> other_sample_kernel(ByteOrder order = ByteOrder::little);

}  // namespace minbtf::test
