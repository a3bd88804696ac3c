// SPDX-License-Identifier: BSD-2-Clause
#include "core/question.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/short_text.hpp"
#include "btf/essential_name.hpp"

namespace minbtf::core {

namespace {

/// Reads access strings as sscanf("%d") does in bpf_core_parse_spec(): blanks and a sign may precede a number, and
/// numbers are truncated to an int. Negative numbers are rejected, as libbpf does since 1.8; clang never writes them.
class AccessString {
 public:
  explicit AccessString(std::string_view text) : rest_(text) {}

  std::optional<std::vector<std::uint32_t>> parse() {
    std::vector<std::uint32_t> indices;
    if (rest_.empty() || rest_.front() == ':') return std::nullopt;
    while (!rest_.empty()) {
      if (rest_.front() == ':') rest_.remove_prefix(1);
      const auto index = number();
      if (!index || indices.size() == spec_max_len) return std::nullopt;
      indices.push_back(*index);
    }
    return indices;
  }

 private:
  static bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static bool digit(char c) { return c >= '0' && c <= '9'; }

  std::optional<std::uint32_t> number() {
    while (!rest_.empty() && blank(rest_.front())) rest_.remove_prefix(1);
    const bool negative = !rest_.empty() && rest_.front() == '-';
    if (!rest_.empty() && (rest_.front() == '-' || rest_.front() == '+')) rest_.remove_prefix(1);
    if (rest_.empty() || !digit(rest_.front())) return std::nullopt;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t value = 0;
    while (!rest_.empty() && digit(rest_.front())) {
      const auto next = static_cast<std::uint64_t>(rest_.front() - '0');
      value = value > (most - next) / 10 ? most : value * 10 + next;
      rest_.remove_prefix(1);
    }
    const auto as_int = static_cast<std::int32_t>(static_cast<std::uint32_t>(negative ? 0 - value : value));
    if (as_int < 0) return std::nullopt;
    return static_cast<std::uint32_t>(as_int);
  }

  std::string_view rest_;
};

std::string describe_type(const btf::View& local, std::uint32_t id) {
  const Type type = local.type(id);
  const std::string_view name = local.text(type.name_off);
  std::string text(btf::message_word(type.kind));
  base::add_text(text, " ");
  base::add_text(text, name.empty() ? "(anonymous)" : name);
  return text;
}

/// bpf_core_resolve_relo() and bpf_core_find_cands() of libbpf.c, then bpf_core_parse_spec() of relo_core.c:
///  1. The local type exists. It has a name, except for type_id_local, which needs no candidates.
///  2. The access string exists, and the kind of the relocation is known.
///  3. Type relocation: the access string is "0". The rules below do not apply.
///  4. Other relocations: the access string has 1 to BPF_CORE_SPEC_MAX_LEN indices, separated by ':'.
///  5. Qualifiers and typedefs of the local type are skipped.
///  6. Enumerator relocation: the type is an ENUM or ENUM64, and the only index is that of an enumerator. The name of
///     the enumerator is the accessor.
///  7. Field relocation: the first index is an accessor. It selects an element of an array of the type, and adds its
///     product with the type's size to the offset. The type must have a size (btf__resolve_size()).
///  8. Each later index selects a member or an element of the current type, whose qualifiers and typedefs are skipped:
///     a) STRUCT, UNION: the member exists; its offset is added. A named member is an accessor. An anonymous member
///        (name offset 0) is none. An empty name at another offset is rejected. The member's type is the current type.
///     b) ARRAY: the index is below the number of elements, or the array is flexible (is_flex_arr()). The index is an
///        accessor; its product with the element's size is added. The element type, its qualifiers and typedefs
///        skipped, is the current type.
///     c) Any other type is rejected.
/// A record that breaks a rule is invalid, and fails on every kernel. (Reader checks the kind before the string and the
/// name. This order changes only which failure is reported.)
///
/// Example: `s->a.b[2]` with `struct s { int x; struct { struct { int b[4]; } a; }; }` has the access string
/// "0:1:0:0:2". The accessors are [0], .a, .b and [2]; the anonymous member (index 1) leaves none.
class Reader {
 public:
  /// `subject` may be null; otherwise it receives the text of describe_record().
  Reader(Asked& out, std::uint32_t access_str_off, std::string* subject)
      : out_(out),
        subject_(subject),
        q_(out.question),
        side_{*out.question.local, bpf_pointer_bytes, work_},
        access_str_off_(access_str_off) {}

  Failure run() {
    const btf::View& local = *q_.local;
    if (q_.local_type >= local.id_end()) {
      if (subject_ != nullptr) *subject_ = "type id " + std::to_string(q_.local_type);
      return Failure::unknown_local_type;
    }
    const Type type = local.type(q_.local_type);
    const std::string_view name = local.string(type.name_off);
    if (subject_ != nullptr) *subject_ = describe_type(local, q_.local_type);
    if (!is_known(q_.kind)) return Failure::unknown_relocation_kind;
    if (!local.has_string(access_str_off_)) return Failure::bad_access_string;
    const std::string_view access = local.string(access_str_off_);
    // libbpf searches for candidates by name before it parses the spec. type_id_local needs no candidates.
    if (name.empty() && q_.kind != RelocationKind::type_id_local) return Failure::anonymous_local_type;
    q_.root = {.kind = btf::core_kind(type.kind), .name = btf::essential_name(name)};
    const Failure failure = is_type_based(q_.kind) ? type_spec(access) : access_spec(access);
    return failure;
  }

 private:
  Failure type_spec(std::string_view access) {
    if (access != "0") return Failure::bad_access_string;
    out_.original.value = 1;
    if (q_.kind == RelocationKind::type_id_local || q_.kind == RelocationKind::type_id_target) {
      out_.original.value = q_.local_type;
    } else if (q_.kind == RelocationKind::type_size) {
      const Size size = resolve_size(side_, q_.local_type);
      if (size.failure != Failure::none) out_.original.failure = Failure::local_type_unusable;
      out_.original.value = size.bytes;
    }
    return Failure::none;
  }

  Failure access_spec(std::string_view access) {
    const auto indices = AccessString(access).parse();
    if (!indices) return Failure::bad_access_string;
    const Underlying root = skip_mods_and_typedefs(side_, q_.local_type);
    if (root.failure != Failure::none) return Failure::bad_access_string;
    if (is_enumval_based(q_.kind)) return enumerator_spec(*indices, root);
    return field_spec(*indices, root);
  }

  Failure enumerator_spec(const std::vector<std::uint32_t>& indices, const Underlying& root) {
    if (!btf::is_any_enum(root.type.kind) || indices.size() != 1 || indices[0] >= root.type.vlen) {
      return Failure::bad_access_string;
    }
    const btf::Enumerator enumerator = q_.local->enumerator(root.type, indices[0]);
    const std::string_view name = q_.local->string(enumerator.name_off);
    q_.accessors.push_back({.type_id = root.id, .index = indices[0], .named = true, .name = name});
    out_.original.value = q_.kind == RelocationKind::enumval_exists ? 1 : enumerator.value;
    describe("::", name);
    return Failure::none;
  }

  Failure field_spec(const std::vector<std::uint32_t>& indices, const Underlying& root) {
    std::uint32_t id = root.id;
    q_.accessors.push_back({.type_id = id, .index = indices[0]});
    if (indices[0] != 0) describe_element(indices[0]);
    const Size size = resolve_size(side_, id);
    if (size.failure != Failure::none) return Failure::bad_access_string;
    bit_offset_ = static_cast<std::uint32_t>(indices[0] * size.bytes * 8);
    for (std::size_t i = 1; i < indices.size(); ++i) {
      const Underlying at = skip_mods_and_typedefs(side_, id);
      if (at.failure != Failure::none) return Failure::bad_access_string;
      const auto next = btf::is_composite(at.type.kind) ? enter_member(at, indices[i])
                        : at.type.kind == Kind::array   ? enter_element(at, indices[i])
                                                        : std::nullopt;
      if (!next) return Failure::bad_access_string;
      id = *next;
    }
    out_.original = field_value(side_, q_.kind, {.last = q_.accessors.back(), .bit_offset = bit_offset_});
    Failure& failure = out_.original.failure;
    if (failure != Failure::none && failure != Failure::not_for_arrays) failure = Failure::local_type_unusable;
    return Failure::none;
  }

  std::optional<std::uint32_t> enter_member(const Underlying& at, std::uint32_t index) {
    if (index >= at.type.vlen) return std::nullopt;
    const btf::Member member = q_.local->member(at.type, index);
    bit_offset_ += member.bit_offset;
    const std::string_view name = q_.local->string(member.name_off);
    // An anonymous member has name offset 0. An empty string at another offset is rejected.
    if (member.name_off != 0 && name.empty()) return std::nullopt;
    if (member.name_off != 0) {
      q_.accessors.push_back({.type_id = at.id, .index = index, .named = true, .name = name});
      describe(q_.accessors.size() == 2 ? "::" : ".", name);
    }
    return member.type;
  }

  std::optional<std::uint32_t> enter_element(const Underlying& at, std::uint32_t index) {
    const btf::Array array = q_.local->array(at.type);
    const Underlying element = skip_mods_and_typedefs(side_, array.type);
    if (element.failure != Failure::none) return std::nullopt;
    if (index >= array.nelems && !is_flexible(*q_.local, q_.accessors.back(), array)) return std::nullopt;
    q_.accessors.push_back({.type_id = element.id, .index = index});
    describe_element(index);
    const Size size = resolve_size(side_, element.id);
    if (size.failure != Failure::none) return std::nullopt;
    bit_offset_ += static_cast<std::uint32_t>(index * size.bytes * 8);
    return element.id;
  }

  void describe(std::string_view separator, std::string_view name) {
    if (subject_ == nullptr) return;
    base::add_text(*subject_, separator);
    base::add_text(*subject_, name);
  }
  void describe_element(std::uint32_t index) {
    if (subject_ != nullptr) base::add_text(*subject_, "[" + std::to_string(index) + "]");
  }

  Asked& out_;
  std::string* subject_;
  Question& q_;
  StepCounter work_;
  MatchSide side_;
  std::uint32_t access_str_off_;
  std::uint32_t bit_offset_ = 0;
};

Asked read(const btf::View& local, std::uint32_t kind, std::uint32_t type_id, std::uint32_t access_str_off,
           std::string* subject) {
  Asked asked;
  asked.question.kind = static_cast<RelocationKind>(kind);
  asked.question.local = &local;
  asked.question.local_type = type_id;
  asked.invalid = Reader(asked, access_str_off, subject).run();
  return asked;
}

/// Most bytes of a key that questions of several objects can share. Real keys have some dozen bytes.
constexpr std::size_t longest_key = 1U << 10U;
constexpr int deepest = 40;  ///< levels of nested types in such a key

/// The three comparisons of compat.cpp. Each reads other parts of a type.
enum class Compared : std::uint8_t { fields, compat, match };

/// Writes everything that spec_match.cpp and compat.cpp read on the local side.
///
/// Example: field_exists of `pid` in `struct task_struct { int pid; }` and in
/// `struct task_struct___new { long pad; unsigned pid; }` has one key: the kind of the relocation, struct,
/// "task_struct", [0], .pid, and an INT without bit offset. Offsets, sizes, signs, flavors and other members do not
/// occur in it, because matching does not read them.
class KeyWriter {
 public:
  explicit KeyWriter(const Question& question) : q_(question), local_(*question.local) {}

  /// Returns false if the key is longer than longest_key, or the types nest deeper than `deepest`.
  bool write() {
    number(static_cast<std::uint64_t>(q_.kind));
    number(static_cast<std::uint64_t>(q_.root.kind));
    text(q_.root.name);
    if (q_.kind == RelocationKind::type_id_local) {
      number(q_.local_type);
    } else if (q_.kind == RelocationKind::type_matches) {
      type(q_.local_type, Compared::match, false, 0);
    } else if (is_type_based(q_.kind)) {
      type(q_.local_type, Compared::compat, false, 0);
    } else if (is_enumval_based(q_.kind)) {
      text(btf::essential_name(q_.accessors.front().name));
    } else {
      for (const Accessor& accessor : q_.accessors) step(accessor);
    }
    return fits();
  }

  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  [[nodiscard]] bool fits() const { return key_.size() <= longest_key; }
  /// Writes seven bits in each byte, so no number is the beginning of another.
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) key_ += static_cast<char>(value | 0x80U);
    key_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    key_ += value.substr(0, longest_key + 1);
  }
  void give_up() { key_.resize(longest_key + 1); }

  void step(const Accessor& accessor) {
    if (!accessor.named) {
      key_ += '[';
      return number(accessor.index);
    }
    key_ += '.';
    text(accessor.name);
    type(local_.member(local_.type(accessor.type_id), accessor.index).type, Compared::fields, false, 0);
  }

  /// Writes the parts of a local type that `compared` reads.
  void type(std::uint32_t id, Compared compared, bool behind_ptr, int depth) {
    if (depth > deepest || !fits()) return give_up();
    StepCounter steps;
    const Underlying at = skip_mods_and_typedefs({local_, bpf_pointer_bytes, steps}, id);
    if (at.failure != Failure::none) return give_up();
    const Kind kind = at.type.kind;
    number(static_cast<std::uint64_t>(btf::core_kind(kind)));
    if (compared == Compared::match) text(btf::essential_name(local_.string(at.type.name_off)));
    switch (kind) {
      case Kind::int_:
        return integer(at.type, compared);
      case Kind::ptr:
        if (compared != Compared::fields) type(at.type.size_or_type, compared, true, depth + 1);
        return;
      case Kind::array:
        if (compared == Compared::match) number(local_.array(at.type).nelems);
        return type(local_.array(at.type).type, compared, behind_ptr, depth + 1);
      case Kind::fwd:
        if (compared == Compared::fields) text(btf::essential_name(local_.string(at.type.name_off)));
        return number(at.type.kind_flag ? 1 : 0);
      case Kind::enum_:
      case Kind::enum64:
        if (compared == Compared::fields) text(btf::essential_name(local_.string(at.type.name_off)));
        if (compared == Compared::match) enumerators(at.type);
        return;
      case Kind::struct_:
      case Kind::union_:
        if (compared == Compared::match && !behind_ptr) members(at.type, depth);
        return;
      case Kind::func_proto:
        if (compared != Compared::fields) prototype(at.type, compared, behind_ptr, depth);
        return;
      case Kind::void_:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::func:
      case Kind::var:
      case Kind::datasec:
      case Kind::float_:
      case Kind::decl_tag:
      case Kind::type_tag:
        return;
    }
  }

  void integer(const Type& type, Compared compared) {
    const std::uint32_t word = local_.info_word(type);
    if (compared != Compared::match) return number(btf::int_offset(word) == 0 ? 1 : 0);
    number(type.size_or_type);
    number(btf::int_encoding(word) & btf::int_signed);
  }

  void enumerators(const Type& type) {
    number(type.size_or_type);
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      text(btf::essential_name(local_.string(local_.enumerator(type, i).name_off)));
    }
  }

  void members(const Type& type, int depth) {
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      const btf::Member member = local_.member(type, i);
      text(btf::essential_name(local_.string(member.name_off)));
      this->type(member.type, Compared::match, false, depth + 1);
    }
  }

  void prototype(const Type& type, Compared compared, bool behind_ptr, int depth) {
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      const std::uint32_t param = local_.param(type, i).type;
      this->type(param, compared, behind_ptr, depth + 1);
    }
    this->type(type.size_or_type, compared, behind_ptr, depth + 1);
  }

  const Question& q_;
  const btf::View& local_;
  std::string key_;
};

/// Returns the key of a question. If the key would be too long (a type graph that fans out), it returns a key that only
/// questions of the same object can share.
std::string question_key(const Question& question) {
  KeyWriter writer(question);
  if (writer.write()) return writer.key();
  std::string key = "of one object " + std::to_string(reinterpret_cast<std::uintptr_t>(question.local)) + ' ' +
                    std::to_string(question.local_type) + ' ' +
                    std::to_string(static_cast<std::uint32_t>(question.kind));
  for (const Accessor& accessor : question.accessors) {
    key += ':' + std::to_string(accessor.type_id) + ',' + std::to_string(accessor.index);
  }
  return key;
}

}  // namespace

Asked read_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id, std::uint32_t access_str_off) {
  Asked asked = read(local, kind, type_id, access_str_off, nullptr);
  if (asked.invalid == Failure::none) asked.question.key = question_key(asked.question);
  return asked;
}

std::string describe_record(const btf::View& local, std::uint32_t kind, std::uint32_t type_id,
                            std::uint32_t access_str_off) {
  std::string subject;
  (void)read(local, kind, type_id, access_str_off, &subject);
  return subject;
}

}  // namespace minbtf::core
