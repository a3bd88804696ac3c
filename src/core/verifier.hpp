// SPDX-License-Identifier: BSD-2-Clause
// The kernel's verifier, as far as it follows numbers through a program: how far it does, and the read-only data that
// it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "btf/view.hpp"

namespace minbtf::core {

/// How far a verifier follows numbers and conditional jumps. Each value includes those before it. Distributions port
/// newer verifiers to older kernels.
enum class Verifier : std::uint8_t {
  any,         ///< Linux 4.4 to 4.15: only registers that were set to the very number with which they are compared
  linux_4_16,  ///< also to another number (kernel commit 3bf15921c58d), and 64-bit arithmetic
  linux_5_1,   ///< also less than, greater than and common bits, and 32-bit arithmetic
  linux_5_6,   ///< also loads from frozen maps (since 5.5, kernel commit a23740ec43ba)
};

/// Name of the enum by which verifier_of() recognizes the verifier: the helpers that programs may call
/// (include/uapi/linux/bpf.h). No question searches for it.
inline constexpr std::string_view verifier_enum = "bpf_func_id";

/// Returns the verifier of a kernel, as far as the kernel's BTF shows it. BTF has no version, but it has the helpers
/// (the first enum named verifier_enum), and distributions that port helpers to an older kernel port the verifier with
/// them. Returns Verifier::any without that enum: a reduced BTF usually lacks it.
[[nodiscard]] Verifier verifier_of(const btf::View& kernel);

/// A 16-byte instruction that takes the address of read-only data.
struct DataAddress {
  std::size_t insn = 0;       ///< instruction number within the program
  std::uint32_t section = 0;  ///< as in ReadOnlyData::load
  std::int64_t offset = 0;    ///< bytes from the start of the section
};

/// Data in maps that neither programs nor users can change once programs are loaded. libbpf freezes the maps that it
/// makes from .rodata before it loads programs (libbpf.c, bpf_object__populate_internal_map()). The verifier treats a
/// load from such a map as a number (verifier.c, bpf_map_direct_read()).
struct ReadOnlyData {
  /// Returns the `bytes` (1, 2, 4 or 8) at an offset of a section as an unsigned number, or nothing if the number is
  /// not known. May be called several times with the same arguments.
  using Load =
      std::function<std::optional<std::uint64_t>(std::uint32_t section, std::int64_t offset, std::uint32_t bytes)>;

  std::span<const DataAddress> addresses = {};
  Load load = {};
};

}  // namespace minbtf::core
