// Validated BTF, immutable, read in place. Type ids are those of the file; 0 is `void`.
//
// Validation (view.cpp) has checked every offset, length, type id and string offset, so that nothing here can
// read out of bounds. Loops between types are not looked for: walks have limits of their own.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/short_text.hpp"
#include "btf/bytes.hpp"
#include "btf/kinds.hpp"
#include "minbtf/btf.hpp"

namespace minbtf::btf {

using btf::Kind;

struct Type {
  std::uint32_t name_off = 0;
  Kind kind = Kind::void_;
  bool kind_flag = false;
  std::uint32_t vlen = 0;
  std::uint32_t size_or_type = 0;  ///< bytes or type id, as btf::shape(kind).third says
  std::uint32_t at = 0;            ///< where the record's info part or elements start in the type section
};

struct Member {
  std::uint32_t name_off = 0;
  std::uint32_t type = 0;
  std::uint32_t bit_offset = 0;
  std::uint32_t bitfield_size = 0;  ///< bits; 0: not a bitfield
};

struct Array {
  std::uint32_t type = 0;
  std::uint32_t index_type = 0;
  std::uint32_t nelems = 0;
};

struct Enumerator {
  std::uint32_t name_off = 0;
  std::uint64_t value = 0;  ///< 32-bit ones sign-extended, as libbpf patches them
};

struct Param {
  std::uint32_t name_off = 0;
  std::uint32_t type = 0;
};

/// An entry of a DATASEC.
struct Variable {
  std::uint32_t type = 0;
  std::uint32_t offset = 0;  ///< bytes
  std::uint32_t size = 0;    ///< bytes
};

/// INTs that tell a loader the size of a pointer (btf.c, determine_ptr_size()): the first one of 4 or 8 bytes that is
/// named `long`. libbpf before 1.0 knew two spellings of it, now it knows all.
struct PointerSize {
  std::uint32_t bytes = 0;  ///< 0: no such INT, a loader assumes its own
  std::uint32_t type = 0;   ///< the first one, in any spelling
  /// All in the two old spellings, by id: what tells older loaders.
  std::vector<std::uint32_t> old_types = {};
};

/// A type of a kind that CO-RE looks for by name.
struct NamedType {
  std::uint32_t id;
  std::uint32_t name_off;  ///< never 0
};

/// Where the types of a BTF are, and which of them have names: what one pass over the bytes leaves behind. The memory
/// of an index can be used for one BTF after another: it keeps its room, and what was in it is gone then.
class Index {
 public:
  /// Makes room for the records of `type_bytes` bytes of types. What is not written to costs no memory: the arrays are
  /// left uninitialised.
  void make_room(std::size_t type_bytes);

  /// By type id, into the type section; `void` counts and stands at the start of it.
  [[nodiscard]] std::uint32_t* offsets() noexcept { return offsets_.get(); }
  [[nodiscard]] const std::uint32_t* offsets() const noexcept { return offsets_.get(); }
  /// By ascending id.
  [[nodiscard]] NamedType* named() noexcept { return named_.get(); }
  [[nodiscard]] const NamedType* named() const noexcept { return named_.get(); }
  /// Ids of all INTs, ascending.
  [[nodiscard]] std::vector<std::uint32_t>& integers() noexcept { return integers_; }

  std::uint32_t id_end = 0;       ///< entries of offsets()
  std::uint32_t named_count = 0;  ///< entries of named()

 private:
  std::size_t room_ = 0;
  std::unique_ptr<std::uint32_t[]> offsets_;
  std::unique_ptr<NamedType[]> named_;
  std::vector<std::uint32_t> integers_;
};

class View {
 public:
  /// Throws Error. See view.cpp for what is checked.
  static View parse(std::vector<std::uint8_t> bytes, std::string name);
  /// The same of bytes that stay where they are as long as the view lives. `index` lends its memory.
  static View parse_in_place(std::span<const std::uint8_t> bytes, std::string name, Index index);
  /// The memory, for the next kernel. The view must not be used afterwards.
  [[nodiscard]] Index take_index() && noexcept { return std::move(index_); }

  View(View&&) noexcept = default;
  View& operator=(View&&) noexcept = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() = default;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t byte_size() const noexcept { return byte_size_; }
  [[nodiscard]] ByteOrder byte_order() const noexcept { return order_; }
  /// Ids are below this; `void` counts.
  [[nodiscard]] std::uint32_t id_end() const noexcept { return index_.id_end; }
  /// All types that have a name and are of a kind that btf::is_sought(), by id.
  [[nodiscard]] std::span<const NamedType> named_types() const noexcept { return {index_.named(), index_.named_count}; }
  [[nodiscard]] const PointerSize& pointer_size() const noexcept { return pointer_size_; }

  [[nodiscard]] Type type(std::uint32_t id) const noexcept {
    assert(id < id_end());
    if (id == 0) return {};
    const std::uint32_t at = index_.offsets()[id];
    const std::uint32_t info = types_.u32(at + 4);
    return {.name_off = types_.u32(at),
            .kind = static_cast<Kind>(btf::info_kind(info)),
            .kind_flag = btf::info_kind_flag(info),
            .vlen = btf::info_vlen(info),
            .size_or_type = types_.u32(at + 8),
            .at = at + static_cast<std::uint32_t>(btf::type_header_size)};
  }
  [[nodiscard]] std::string_view string(std::uint32_t offset) const noexcept { return strings_.string(offset); }
  /// The first `most` bytes of it, or all: many names can end in one long string, which would be gone through for each.
  [[nodiscard]] std::string_view string_start(std::uint32_t offset, std::size_t most) const noexcept {
    const char* const start = reinterpret_cast<const char*>(strings_.data() + offset);
    return {start, ::strnlen(start, most)};  // the last byte of all strings is NUL
  }
  /// As much of it as a text takes.
  [[nodiscard]] std::string_view text(std::uint32_t offset) const noexcept {
    return string_start(offset, base::longest_text + 1);
  }
  [[nodiscard]] bool is_empty_string(std::uint32_t offset) const noexcept { return strings_.u8(offset) == 0; }
  /// The same as string(offset) == text, for a text without NUL that is not empty: most differ in the first byte.
  [[nodiscard]] bool is_string(std::uint32_t offset, std::string_view text) const noexcept {
    const char* const found = reinterpret_cast<const char*>(strings_.data() + offset);
    return found[0] == text[0] && std::strncmp(found, text.data(), text.size()) == 0 && found[text.size()] == 0;
  }
  /// The whole string section; the last byte is NUL.
  [[nodiscard]] const btf::ByteView& strings() const noexcept { return strings_; }
  [[nodiscard]] bool has_string(std::uint32_t offset) const noexcept { return offset < strings_.size(); }

  /// The word at `offset` bytes of the type's record, which has it; not for `void`.
  [[nodiscard]] std::uint32_t word(const Type& type, std::size_t offset) const noexcept {
    return types_.u32(type.at - btf::type_header_size + offset);
  }

  // Each of these takes a type of the fitting kind, and an index below its vlen.
  [[nodiscard]] Member member(const Type& type, std::uint32_t index) const noexcept {
    const std::uint32_t at = type.at + index * 12;
    const std::uint32_t offset = types_.u32(at + 8);
    return {.name_off = types_.u32(at),
            .type = types_.u32(at + 4),
            .bit_offset = type.kind_flag ? offset & 0xffffffU : offset,
            .bitfield_size = type.kind_flag ? offset >> 24U : 0};
  }
  [[nodiscard]] Array array(const Type& type) const noexcept {
    return {.type = types_.u32(type.at), .index_type = types_.u32(type.at + 4), .nelems = types_.u32(type.at + 8)};
  }
  [[nodiscard]] Enumerator enumerator(const Type& type, std::uint32_t index) const noexcept;
  [[nodiscard]] Param param(const Type& type, std::uint32_t index) const noexcept {
    return {.name_off = types_.u32(type.at + index * 8), .type = types_.u32(type.at + index * 8 + 4)};
  }
  [[nodiscard]] Variable variable(const Type& type, std::uint32_t index) const noexcept {
    const std::uint32_t at = type.at + index * 12;
    return {.type = types_.u32(at), .offset = types_.u32(at + 4), .size = types_.u32(at + 8)};
  }
  /// The word behind INT (encoding, offset, bits), VAR (linkage) or DECL_TAG (component index).
  [[nodiscard]] std::uint32_t info_word(const Type& type) const noexcept { return types_.u32(type.at); }

 private:
  friend class Validator;
  View() = default;

  std::string name_;
  std::vector<std::uint8_t> owned_;  ///< empty if the bytes are somebody else's
  std::size_t byte_size_ = 0;
  ByteOrder order_ = ByteOrder::little;
  btf::ByteView types_;
  btf::ByteView strings_;
  Index index_;
  PointerSize pointer_size_;
};

// The word behind an INT: btf_int_encoding() and btf_int_offset() of libbpf.
constexpr std::uint32_t int_encoding(std::uint32_t word) noexcept { return (word & 0x0f000000U) >> 24U; }
constexpr std::uint32_t int_offset(std::uint32_t word) noexcept { return (word & 0x00ff0000U) >> 16U; }
inline constexpr std::uint32_t int_signed = 1;

}  // namespace minbtf::btf
