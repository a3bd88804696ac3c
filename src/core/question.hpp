// SPDX-License-Identifier: BSD-2-Clause
// Questions: what a CO-RE record searches for in a kernel, and everything that follows from the object alone.
//
// Two records have the same question if matching cannot distinguish them. Their Question::key is then equal, whatever
// their objects, their type ids and the layouts of their declarations. Source: libbpf src/relo_core.c,
// bpf_core_parse_spec().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/field_value.hpp"
#include "core/walk.hpp"

namespace minbtf::core {

inline constexpr std::uint32_t spec_max_len = 64;  ///< relo_core.h, BPF_CORE_SPEC_MAX_LEN

/// Pointer size that a BPF loader assumes for the types of a BPF object.
inline constexpr std::uint32_t bpf_pointer_bytes = 8;

constexpr bool is_field_based(RelocationKind kind) noexcept { return kind <= RelocationKind::field_rshift_u64; }
constexpr bool is_enumval_based(RelocationKind kind) noexcept {
  return kind == RelocationKind::enumval_exists || kind == RelocationKind::enumval_value;
}
constexpr bool is_known(RelocationKind kind) noexcept { return kind <= RelocationKind::type_matches; }
constexpr bool is_type_based(RelocationKind kind) noexcept {
  return is_known(kind) && !is_field_based(kind) && !is_enumval_based(kind);
}

/// Essential name and kind of the candidates.
struct Root {
  Kind kind = Kind::void_;     ///< core_kind(): never enum64
  std::string_view name = {};  ///< essential name; in the strings of the object's BTF

  auto operator<=>(const Root&) const = default;
};

/// A distinct relocation: what is searched for in a kernel.
struct Question {
  RelocationKind kind = RelocationKind::field_byte_offset;
  const btf::View* local = nullptr;  ///< BTF of the object; must outlive the question
  std::uint32_t local_type = 0;
  Root root;
  std::vector<Accessor> accessors;  ///< libbpf's high-level spec: named members and array indices
  /// Everything on the local side that matching reads. Questions with equal keys have equal outcomes on every kernel.
  std::string key;
};

/// Returns true if evaluating the question can read a type behind a pointer of the kernel. __bpf_core_types_match()
/// compares members. __bpf_core_types_are_compat() compares what a typedef leads to; it is done with any other type as
/// soon as the kinds are the same.
[[nodiscard]] constexpr bool can_follow_pointers(RelocationKind kind, const Root& root) noexcept {
  if (kind == RelocationKind::type_matches) return true;
  if (!is_type_based(kind)) return false;
  return !btf::is_composite(root.kind) && root.kind != Kind::enum_ && root.kind != Kind::fwd &&
         root.kind != Kind::int_ && root.kind != Kind::float_;
}

/// The result of reading one record: its question, and its value for the object itself.
struct Asked {
  /// Set if libbpf rejects the record on every kernel. The question is then not valid.
  Failure invalid = Failure::none;
  Question question;
  /// The value for the local type, which the instruction should hold. If it has a failure, libbpf fails on every
  /// kernel, after it has searched for candidates.
  FieldValue original;
};

/// Reads one record. `local` must outlive the result. A bad record is no exception: it sets Asked::invalid.
[[nodiscard]] Asked read_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id,
                                std::uint32_t access_str_off);

/// Returns the type and access of a record for messages: "struct task_struct::real_parent". At most base::longest_text
/// bytes.
[[nodiscard]] std::string describe_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id,
                                          std::uint32_t access_str_off);

}  // namespace minbtf::core
