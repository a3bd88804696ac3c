// SPDX-License-Identifier: BSD-2-Clause
// Validated BTF, immutable, read in place. Type ids are those of the file; 0 is `void`.
//
// Validation (view.cpp) has checked every offset, length, type id and string offset, so no function here can read out
// of bounds. Validation does not look for loops between types: code that walks from type to type has limits of its own.
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
  std::uint32_t size_or_type = 0;  ///< bytes or type id, see btf::shape(kind).third
  std::uint32_t at = 0;            ///< offset in the type section of the record's info part, or of its elements
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
  std::uint64_t value = 0;  ///< 32-bit values sign-extended, as libbpf patches them
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

/// Pointer size that a 64-bit loader assumes for BTF that has no INT named `long`.
inline constexpr std::uint32_t default_pointer_bytes = 8;

/// INTs from which a loader derives the pointer size (libbpf's btf.c, determine_ptr_size()): the first INT of 4 or 8
/// bytes that is named `long`. libbpf before 1.0 accepted two spellings of `long`; newer versions accept all of them.
struct PointerSize {
  std::uint32_t bytes = 0;  ///< 0: no such INT; a loader assumes its own pointer size
  std::uint32_t type = 0;   ///< id of the first such INT, in any spelling
  /// Ids of all such INTs in the two old spellings, ascending. Older loaders use the first.
  std::vector<std::uint32_t> old_types = {};
};

/// A named type of a kind that CO-RE searches for by name (is_sought()).
struct NamedType {
  std::uint32_t id;
  std::uint32_t name_off;  ///< never 0
};

/// Offsets of the types of a BTF, and its named types: the result of one pass over the bytes (scan.hpp). An index can
/// be reused for one BTF after another: it keeps its memory and loses its contents.
class Index {
 public:
  /// Makes room for the records of `type_bytes` bytes of types, and clears the index. The arrays are left
  /// uninitialised, so pages that are never written take no memory.
  void make_room(std::size_t type_bytes);

  /// Offset of each type in the type section, by type id. The entry of `void` is 0.
  [[nodiscard]] std::uint32_t* offsets() noexcept { return offsets_.get(); }
  [[nodiscard]] const std::uint32_t* offsets() const noexcept { return offsets_.get(); }
  /// Named types by ascending id.
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

/// BTF that passed validation.
class View {
 public:
  /// Checks `bytes` and keeps them. `name` names the file in messages. `modules` are as for parse_in_place(). Throws
  /// Error; view.cpp lists the checks.
  static View parse(std::vector<std::uint8_t> bytes, std::string name, std::vector<KernelModule> modules = {});
  /// Like parse(), but does not copy: `bytes` must outlive the view. The view reuses the memory of `index`.
  static View parse_in_place(std::span<const std::uint8_t> bytes, std::string name, Index index) {
    return parse_in_place(bytes, std::move(name), std::move(index), bytes.size());
  }
  /// The same for BTF that may be a stand-in or a joined BTF (minbtf::KernelBtf). `source_bytes` is the size of the
  /// whole BTF. `modules` are those whose types follow the types of vmlinux.
  static View parse_in_place(std::span<const std::uint8_t> bytes, std::string name, Index index,
                             std::uint64_t source_bytes, std::vector<KernelModule> modules = {});
  /// Returns the index, whose memory the next kernel can reuse. The view must not be used afterwards.
  [[nodiscard]] Index take_index() && noexcept { return std::move(index_); }

  View(View&&) noexcept = default;
  View& operator=(View&&) noexcept = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() = default;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t byte_size() const noexcept { return byte_size_; }
  /// Returns the size of the whole BTF if this is a stand-in (minbtf::KernelBtf), otherwise byte_size(). Limits that
  /// grow with a kernel's size use it: a stand-in has the limits of the whole BTF.
  [[nodiscard]] std::uint64_t source_bytes() const noexcept { return source_bytes_; }
  [[nodiscard]] ByteOrder byte_order() const noexcept { return order_; }
  /// Number of type ids, including `void`: every id is below it.
  [[nodiscard]] std::uint32_t id_end() const noexcept { return index_.id_end; }
  /// The types of vmlinux have the ids below this one, those of modules the others (btf::join()). id_end() if there are
  /// no modules.
  [[nodiscard]] std::uint32_t base_end() const noexcept {
    return modules_.empty() ? id_end() : modules_.front().first_type;
  }
  /// Returns the module of a type with an id of at least base_end().
  [[nodiscard]] const KernelModule& module_of(std::uint32_t id) const noexcept;
  /// Returns the id that the type has in the file of vmlinux or of its module.
  [[nodiscard]] std::uint32_t own_id(std::uint32_t id) const noexcept {
    return id < base_end() ? id : id - module_of(id).first_type + base_end();
  }
  [[nodiscard]] bool has_modules() const noexcept { return base_end() < id_end(); }
  /// All named types of the kinds in btf::is_sought(), by ascending id.
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
  /// Returns at most the first `most` bytes of the string. In a hostile file many names can end in one long string;
  /// reading it to its end for each name would take too long.
  [[nodiscard]] std::string_view string_start(std::uint32_t offset, std::size_t most) const noexcept {
    const char* const start = reinterpret_cast<const char*>(strings_.data() + offset);
    return {start, ::strnlen(start, most)};  // the last byte of the section is NUL
  }
  /// Returns as much of the string as a message can hold (base::longest_text), and one byte more.
  [[nodiscard]] std::string_view text(std::uint32_t offset) const noexcept {
    return string_start(offset, base::longest_text + 1);
  }
  [[nodiscard]] bool is_empty_string(std::uint32_t offset) const noexcept { return strings_.u8(offset) == 0; }
  /// Returns string(offset) == text, for a `text` that is not empty and has no NUL. Most strings differ in the first
  /// byte.
  [[nodiscard]] bool is_string(std::uint32_t offset, std::string_view text) const noexcept {
    const char* const found = reinterpret_cast<const char*>(strings_.data() + offset);
    return found[0] == text[0] && std::strncmp(found, text.data(), text.size()) == 0 && found[text.size()] == 0;
  }
  /// The string section; its last byte is NUL.
  [[nodiscard]] const btf::ByteView& strings() const noexcept { return strings_; }
  /// The type section.
  [[nodiscard]] const btf::ByteView& types() const noexcept { return types_; }
  /// The layout section: sizes of the kinds. Empty if there is none.
  [[nodiscard]] const btf::ByteView& layout() const noexcept { return layout_; }
  [[nodiscard]] bool has_string(std::uint32_t offset) const noexcept { return offset < strings_.size(); }

  /// Returns the word at `offset` bytes from the start of the type's record. The record must have it; `void` has none.
  [[nodiscard]] std::uint32_t word(const Type& type, std::size_t offset) const noexcept {
    return types_.u32(type.at - btf::type_header_size + offset);
  }

  // Each of these functions takes a type of the kind that its name says, and an index below its vlen.
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
  /// Returns the word that follows an INT (encoding, offset, bits), VAR (linkage) or DECL_TAG (component index).
  [[nodiscard]] std::uint32_t info_word(const Type& type) const noexcept { return types_.u32(type.at); }

 private:
  friend class Validator;
  View() = default;

  std::string name_;
  std::vector<std::uint8_t> owned_;  ///< empty after parse_in_place()
  std::size_t byte_size_ = 0;
  std::uint64_t source_bytes_ = 0;
  ByteOrder order_ = ByteOrder::little;
  btf::ByteView types_;
  btf::ByteView strings_;
  btf::ByteView layout_;
  std::vector<KernelModule> modules_;  ///< by first type
  Index index_;
  PointerSize pointer_size_;
};

// Fields of the word that follows an INT, as libbpf's btf_int_encoding() and btf_int_offset().
constexpr std::uint32_t int_encoding(std::uint32_t word) noexcept { return (word & 0x0f000000U) >> 24U; }
constexpr std::uint32_t int_offset(std::uint32_t word) noexcept { return (word & 0x00ff0000U) >> 16U; }
inline constexpr std::uint32_t int_signed = 1;

/// Opens a Btf to the library's own files.
struct Access {
  [[nodiscard]] static const View& view_of(const Btf& btf) noexcept { return *btf.view_; }
};

/// Returns the view behind `btf`. Valid as long as `btf` or a copy of it.
[[nodiscard]] inline const View& view_of(const Btf& btf) noexcept { return Access::view_of(btf); }

}  // namespace minbtf::btf
