// SPDX-License-Identifier: BSD-2-Clause
// Checks BTF before libbpf writes it in C.
//
// libbpf's btf_dump.c expects BTF as compilers write it. On other BTF that View accepts, it has these faults:
//  - It recurses until the stack overflows, on typedefs or pointers that lead back to themselves, and on long chains.
//  - It does not end in reasonable time, because it visits some types each time they are referenced.
//  - It divides by a size of zero.
//  - It copies every name into the text, whatever the name contains.
// The checks find such BTF. They visit types as libbpf does (for_each_need()).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

// libbpf counts the uses of a name in hash tables. Its hash function is not keyed: a file can have many names with
// equal hashes, and each name is then compared with all of them.

/// Returns the highest number of names in one place of such a table, if one table had all names of composites, enums,
/// typedefs and enumerators. It is a small number unless the names were chosen for equal hashes.
[[nodiscard]] std::size_t most_names_in_one_place(const btf::View& btf);

/// A step from type to type, as libbpf's btf_dump_order_type() (btf_dump.c) does it.
struct TypeVisit {
  std::uint32_t id = 0;
  bool through_ptr = false;  ///< the type is reached through a pointer
};

/// Returns true if only the name of `type` is needed: it is a struct or union with a name, reached through a pointer.
[[nodiscard]] inline bool is_only_named(const btf::Type& type, bool through_ptr) {
  return through_ptr && btf::is_composite(type.kind) && type.name_off != 0;
}

/// Calls `take(TypeVisit)` for each type that the declaration of `type` needs, in the order of libbpf's
/// btf_dump_order_type() (btf_dump.c):
///  1. INT, FLOAT, enums and FWD need no type.
///  2. PTR needs its target, through a pointer.
///  3. ARRAY needs the type of its elements, not through a pointer.
///  4. STRUCT and UNION need no type if they have a name and are reached through a pointer. Otherwise they need the
///     types of their members, in order and not through a pointer.
///  5. Typedefs, qualifiers and type tags need their type, reached as they are.
///  6. FUNC_PROTO needs its return type, then the types of its parameters, reached as it is.
/// libbpf declares no FUNC, VAR, DATASEC and DECL_TAG, and stops there. This function also visits the types that they
/// need. Unknown kinds need no type.
template <typename Take>
void for_each_need(const btf::View& btf, const btf::Type& type, bool through_ptr, Take take) {
  using btf::Kind;
  switch (type.kind) {
    case Kind::ptr:
    case Kind::decl_tag:
      take(TypeVisit{.id = type.size_or_type, .through_ptr = true});
      return;
    case Kind::array:
      take(TypeVisit{.id = btf.array(type).type, .through_ptr = false});
      return;
    case Kind::struct_:
    case Kind::union_:
      if (is_only_named(type, through_ptr)) return;
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        take(TypeVisit{.id = btf.member(type, i).type, .through_ptr = false});
      }
      return;
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
      take(TypeVisit{.id = type.size_or_type, .through_ptr = through_ptr});
      return;
    case Kind::func_proto:
      take(TypeVisit{.id = type.size_or_type, .through_ptr = through_ptr});
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        take(TypeVisit{.id = btf.param(type, i).type, .through_ptr = through_ptr});
      }
      return;
    case Kind::func:
    case Kind::var:
      take(TypeVisit{.id = type.size_or_type, .through_ptr = false});
      return;
    case Kind::datasec:
      for (std::uint32_t i = 0; i < type.vlen; ++i)
        take(TypeVisit{.id = btf.variable(type, i).type, .through_ptr = false});
      return;
    case Kind::void_:
    case Kind::int_:
    case Kind::enum_:
    case Kind::fwd:
    case Kind::float_:
    case Kind::enum64:
      return;
  }
}

/// Returns true for an identifier as the kernel accepts it (kernel/bpf/btf.c, btf_name_valid_identifier(), and
/// KSYM_NAME_LEN): letters, digits and underscores, not starting with a digit, at most 511 characters.
[[nodiscard]] bool is_identifier(std::string_view name);

/// Returns the name at `offset`, or its first 512 bytes. The limit bounds the time: a million names of a file can be
/// its longest string.
[[nodiscard]] std::string_view start_of_name(const btf::View& btf, std::uint32_t offset);

/// Checks types before libbpf writes them.
class CheckForC {
 public:
  /// Throws Error (unsupported) if the BTF has a type that libbpf 1.1 does not support or would misread. libbpf reads
  /// all types, even if only some are written. `btf` must outlive this object.
  explicit CheckForC(const btf::View& btf);

  /// Checks a type and all types that it needs. Throws Error: damaged if no declaration in C is possible, unsupported
  /// if the text would be too long or nested too deep, or a name is not valid in C.
  void check(TypeVisit visited) { visit(visited, 0); }
  /// Checks all types that libbpf declares. Functions, variables, sections and DECL_TAGs are skipped, as libbpf does.
  void check_all();
  /// Checks a type for one more declaration, in which structs and unions are only named. Its text is counted each time.
  /// Throws as check() does.
  void check_declared(std::uint32_t id);
  /// Throws Error (unsupported) if the type has no name, or a name that is not valid in C.
  void check_name(std::uint32_t id) const;

  /// Returns true if a checked type is a struct or union, or refers to one by name.
  [[nodiscard]] bool has_met_record() const noexcept { return has_met_record_; }

  /// Throws an Error with the type, `what`, and the advice to use --format=json.
  [[noreturn]] void refuse(ErrorKind kind, std::uint32_t id, const std::string& what) const;

 private:
  struct Node {
    std::uint32_t cost = 0;   ///< estimated characters for the type and all types that it needs; saturates
    std::uint16_t depth = 0;  ///< types on the longest chain of needed types, this type included
    enum class State : std::uint8_t { fresh, open, done } state = State::fresh;
  };

  Node visit(TypeVisit visited, std::uint32_t level);
  void add_cost(std::uint32_t id, std::uint64_t cost);
  void check_own_name(std::uint32_t id, const btf::Type& type) const;
  void check_names_inside(std::uint32_t id, const btf::Type& type) const;
  void check_sizes(std::uint32_t id, const btf::Type& type) const;
  /// Returns true if the type has an alignment above 0. Call only after visit() has shown that the chain ends.
  [[nodiscard]] bool is_sized(std::uint32_t id) const;
  /// Returns the size in bits as libbpf computes it (btf__resolve_size()); 0 where libbpf fails.
  [[nodiscard]] std::uint64_t bits_of(std::uint32_t id) const;
  /// Returns the estimated characters in the braces or parentheses of a type, without the types that it needs.
  [[nodiscard]] std::uint64_t cost_inside(const btf::Type& type) const;

  const btf::View& btf_;
  std::vector<Node> nodes_;  ///< by TypeVisit: twice the id, and one more through a pointer
  std::uint64_t total_ = 0;
  bool has_met_record_ = false;
};

}  // namespace minbtf::libbpf
