// What has to be true of BTF before libbpf may write it in C.
//
// libbpf's btf_dump.c takes BTF as compilers write it. On other BTF, which is valid as far as View knows, it recurses
// until the stack is used up (typedefs or pointers that lead back to themselves, long chains), does not come to an end
// (types that fan out are gone through each time they are met), divides by a size of zero, and copies names into the
// text whatever they are. All of that is found here, along the ways that libbpf goes (for_each_need()).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

// libbpf counts how often a name was used, in hash tables whose hashes anybody can make equal: then each name is
// compared with all others.

/// Most names that a table of that size would have in one place, if all names of composites, enums, typedefs and
/// enumerators were in one. It is a handful unless somebody took pains.
[[nodiscard]] std::size_t most_names_in_one_place(const btf::View& btf);

// What the declaration of a type in C takes: the ways that libbpf's btf_dump_order_type() (btf_dump.c) goes, so that
// what is said about these ways is true of libbpf.
//
// A step is a type, and whether it is only pointed to. Of a struct or union that has a name and is pointed to, the name
// is enough.

struct TypeVisit {
  std::uint32_t id = 0;
  bool through_ptr = false;
};

/// Is `type`, met in this way, only named?
[[nodiscard]] inline bool is_only_named(const btf::Type& type, bool through_ptr) {
  return through_ptr && btf::is_composite(type.kind) && type.name_off != 0;
}

/// Calls `take(TypeVisit)` for each type that `type` needs, in order. libbpf does not go on from FUNC, VAR, DATASEC and
/// DECL_TAG, which it does not declare; what they need stands here all the same. Kinds that are not known need nothing.
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

/// Letters, digits and underscores, no digit first, at most 511 of them: what the kernel takes for a name
/// (kernel/bpf/btf.c, btf_name_valid_identifier() and KSYM_NAME_LEN).
[[nodiscard]] bool is_identifier(std::string_view name);

/// The name at `offset`, or its first 512 bytes: a file can have a million names that are all its longest string.
[[nodiscard]] std::string_view start_of_name(const btf::View& btf, std::uint32_t offset);

class CheckForC {
 public:
  /// Throws Error (unsupported) if there is a type that libbpf 1.1 does not know or would misread: it reads all of
  /// them, whatever is written. `btf` has to live as long.
  explicit CheckForC(const btf::View& btf);

  /// Everything that libbpf writes for the type, met in this way, and for what it needs. Throws Error: damaged for what
  /// no declaration in C can be, unsupported for what is too much or has a name that C does not take.
  void check(TypeVisit visited) { visit(visited, 0); }
  /// All types that are declared: functions, variables and sections are passed over, as libbpf does.
  void check_all();
  /// One more declaration with a type, of which structs and unions are only named: what it takes is counted each time.
  /// Throws as check() does.
  void check_declared(std::uint32_t id);
  /// Throws Error (unsupported) if it has no name, or none that C takes.
  void check_name(std::uint32_t id) const;

  /// Is a struct or union among what was checked, if only by its name?
  [[nodiscard]] bool has_met_record() const noexcept { return has_met_record_; }

  /// Throws Error that names the type and says that it cannot be written in C.
  [[noreturn]] void refuse(ErrorKind kind, std::uint32_t id, const std::string& what) const;

 private:
  struct Node {
    std::uint32_t cost = 0;   ///< characters of C, about, if nothing were written before; stays at its maximum
    std::uint16_t depth = 0;  ///< types on the longest way down, this one included
    enum class State : std::uint8_t { fresh, open, done } state = State::fresh;
  };

  Node visit(TypeVisit visited, std::uint32_t level);
  void add_cost(std::uint32_t id, std::uint64_t cost);
  void check_own_name(std::uint32_t id, const btf::Type& type) const;
  void check_names_inside(std::uint32_t id, const btf::Type& type) const;
  void check_sizes(std::uint32_t id, const btf::Type& type) const;
  /// Has a type by which libbpf can align a member? To be called when visit() has seen that there is an end.
  [[nodiscard]] bool is_sized(std::uint32_t id) const;
  /// As libbpf finds it, which takes 0 where it gives up.
  [[nodiscard]] std::uint64_t bits_of(std::uint32_t id) const;
  /// Of what stands in its braces or parentheses, without what that needs.
  [[nodiscard]] std::uint64_t cost_inside(const btf::Type& type) const;

  const btf::View& btf_;
  std::vector<Node> nodes_;  ///< by TypeVisit: twice the id, and one more through a pointer
  std::uint64_t total_ = 0;
  bool has_met_record_ = false;
};

}  // namespace minbtf::libbpf
