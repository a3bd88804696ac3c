// A question that a CO-RE record asks of a kernel, with everything that can be said without one.
//
// Two records ask the same question if matching cannot tell them apart: Question::key is then equal, whatever the
// objects, type ids or layout of declarations they come from. Reference: libbpf src/relo_core.c, bpf_core_parse_spec().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/field_value.hpp"
#include "core/walk.hpp"

namespace minbtf::core {

inline constexpr std::uint32_t spec_max_len = 64;  ///< relo_core.h, BPF_CORE_SPEC_MAX_LEN

/// What a BPF loader assumes of the types of a BPF object.
inline constexpr std::uint32_t bpf_pointer_bytes = 8;
/// What a loader on today's kernels assumes of a target that does not tell.
inline constexpr std::uint32_t default_pointer_bytes = 8;

constexpr bool is_field_based(RelocationKind kind) noexcept { return kind <= RelocationKind::field_rshift_u64; }
constexpr bool is_enumval_based(RelocationKind kind) noexcept {
  return kind == RelocationKind::enumval_exists || kind == RelocationKind::enumval_value;
}
constexpr bool is_known(RelocationKind kind) noexcept { return kind <= RelocationKind::type_matches; }
constexpr bool is_type_based(RelocationKind kind) noexcept {
  return is_known(kind) && !is_field_based(kind) && !is_enumval_based(kind);
}

/// Types of the target that have this essential name and kind are the candidates.
struct Root {
  Kind kind = Kind::void_;     ///< core_kind(): never enum64
  std::string_view name = {};  ///< essential; in the strings of the object's BTF

  auto operator<=>(const Root&) const = default;
};

/// What is looked for in a kernel.
struct Question {
  RelocationKind kind = RelocationKind::field_byte_offset;
  const btf::View* local = nullptr;  ///< outlives the question
  std::uint32_t local_type = 0;
  Root root;
  std::vector<Accessor> accessors;  ///< libbpf's high-level spec: named members and array indices
  /// Equal only for questions that every kernel answers alike: of equal keys matching reads the same.
  std::string key;
};

/// One record, read: what it looks for, and what it says about the object itself.
struct Asked {
  /// Set if libbpf refuses the record on every kernel; then there is no question.
  Failure invalid = Failure::none;
  Question question;
  /// The value for the local type, which the instruction should hold. If its failure is set, the relocation fails on
  /// every kernel once candidates have been looked at.
  FieldValue original;
};

/// Reads one record. `local` has to outlive the result. Never throws for a bad record: see Asked::invalid.
[[nodiscard]] Asked read_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id,
                                std::uint32_t access_str_off);

/// What a record is about, for people: "struct task_struct::real_parent". Not longer than base::longest_text.
[[nodiscard]] std::string describe_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id,
                                          std::uint32_t access_str_off);

}  // namespace minbtf::core
