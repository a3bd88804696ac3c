#include "core/question_key.hpp"

#include <cstdint>

#include "core/names.hpp"
#include "core/question.hpp"

namespace minbtf::core {

namespace {

/// Longer ones are equal only within one object. Real ones have some dozen bytes, and there is one for each question.
constexpr std::size_t longest_key = 1U << 10U;
constexpr int deepest = 40;  ///< more levels than any comparison follows

enum class Comparison : std::uint8_t { fields, compat, match };

class Writer {
 public:
  explicit Writer(const Question& question) : q_(question), local_(*question.local) {}

  /// False if the key grew too long to be worth having.
  bool write() {
    number(static_cast<std::uint64_t>(q_.kind));
    number(static_cast<std::uint64_t>(q_.root.kind));
    text(q_.root.name);
    if (q_.kind == RelocationKind::type_id_local) {
      number(q_.local_type);
    } else if (q_.kind == RelocationKind::type_matches) {
      type(q_.local_type, Comparison::match, false, 0);
    } else if (is_type_based(q_.kind)) {
      type(q_.local_type, Comparison::compat, false, 0);
    } else if (is_enumval_based(q_.kind)) {
      text(essential_name(q_.accessors.front().name));
    } else {
      for (const Accessor& accessor : q_.accessors) step(accessor);
    }
    return fits();
  }

  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  [[nodiscard]] bool fits() const { return key_.size() <= longest_key; }
  /// Seven bits a byte: no number is the beginning of another.
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
    type(local_.member(local_.type(accessor.type_id), accessor.index).type, Comparison::fields, false, 0);
  }

  /// What `comparison` reads of a local type.
  void type(std::uint32_t id, Comparison comparison, bool behind_ptr, int depth) {
    if (depth > deepest || !fits()) return give_up();
    Work work;
    const Underlying at = skip_mods_and_typedefs({local_, bpf_pointer_bytes, work}, id);
    if (at.failure != Failure::none) return give_up();
    const Kind kind = at.type.kind;
    number(static_cast<std::uint64_t>(wire::core_kind(kind)));
    if (comparison == Comparison::match) text(essential_name(local_.string(at.type.name_off)));
    switch (kind) {
      case Kind::int_:
        return integer(at.type, comparison);
      case Kind::ptr:
        if (comparison != Comparison::fields) type(at.type.size_or_type, comparison, true, depth + 1);
        return;
      case Kind::array:
        if (comparison == Comparison::match) number(local_.array(at.type).nelems);
        return type(local_.array(at.type).type, comparison, behind_ptr, depth + 1);
      case Kind::fwd:
        if (comparison == Comparison::fields) text(essential_name(local_.string(at.type.name_off)));
        return number(at.type.kind_flag ? 1 : 0);
      case Kind::enum_:
      case Kind::enum64:
        if (comparison == Comparison::fields) text(essential_name(local_.string(at.type.name_off)));
        if (comparison == Comparison::match) enumerators(at.type);
        return;
      case Kind::struct_:
      case Kind::union_:
        if (comparison == Comparison::match && !behind_ptr) members(at.type, depth);
        return;
      case Kind::func_proto:
        if (comparison != Comparison::fields) prototype(at.type, comparison, behind_ptr, depth);
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

  void integer(const Type& type, Comparison comparison) {
    const std::uint32_t word = local_.info_word(type);
    if (comparison != Comparison::match) return number(btf::int_offset(word) == 0 ? 1 : 0);
    number(type.size_or_type);
    number(btf::int_encoding(word) & btf::int_signed);
  }

  void enumerators(const Type& type) {
    number(type.size_or_type);
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      text(essential_name(local_.string(local_.enumerator(type, i).name_off)));
    }
  }

  void members(const Type& type, int depth) {
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      const btf::Member member = local_.member(type, i);
      text(essential_name(local_.string(member.name_off)));
      this->type(member.type, Comparison::match, false, depth + 1);
    }
  }

  void prototype(const Type& type, Comparison comparison, bool behind_ptr, int depth) {
    number(type.vlen);
    for (std::uint32_t i = 0; i < type.vlen && fits(); ++i) {
      const std::uint32_t param = local_.param(type, i).type;
      this->type(param, comparison, behind_ptr, depth + 1);
    }
    this->type(type.size_or_type, comparison, behind_ptr, depth + 1);
  }

  const Question& q_;
  const btf::View& local_;
  std::string key_;
};

}  // namespace

std::string question_key(const Question& question) {
  Writer writer(question);
  if (writer.write()) return writer.key();
  std::string key = "of one object " + std::to_string(reinterpret_cast<std::uintptr_t>(question.local)) + ' ' +
                    std::to_string(question.local_type) + ' ' +
                    std::to_string(static_cast<std::uint32_t>(question.kind));
  for (const Accessor& accessor : question.accessors) {
    key += ':' + std::to_string(accessor.type_id) + ',' + std::to_string(accessor.index);
  }
  return key;
}

}  // namespace minbtf::core
