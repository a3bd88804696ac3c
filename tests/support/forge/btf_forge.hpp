// SPDX-License-Identifier: BSD-2-Clause
// BTF for tests, including BTF that no compiler writes. The forge checks nothing.
//
// The forge shares no code with the production writer, which can write only valid BTF. A mistake in one of them is thus
// found by the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "btf/kinds.hpp"
#include "minbtf/btf.hpp"

namespace minbtf::test {

struct ForgedMember {
  std::string name;
  std::uint32_t type;
  std::uint32_t bit_offset;
  std::uint32_t bitfield_size = 0;  ///< bits; 0: not a bitfield
};

struct ForgedEnumerator {
  std::string name;
  std::int64_t value;
};

struct ForgedParam {
  std::string name;
  std::uint32_t type;
};

/// An entry of a DATASEC.
struct ForgedVariable {
  std::uint32_t type;
  std::uint32_t offset;
  std::uint32_t size;
};

/// `struct btf_layout`: the sizes of the records of one kind.
struct ForgedLayout {
  std::uint8_t info_sz = 0;
  std::uint8_t elem_sz = 0;
  std::uint16_t flags = 0;
};

/// `struct btf_header`. A field that is not set is computed from the added types and strings.
struct ForgedHeader {
  std::uint16_t magic = btf::btf_magic;
  std::uint8_t version = btf::btf_version;
  std::uint8_t flags = 0;
  std::optional<std::uint32_t> hdr_len = {};
  std::optional<std::uint32_t> type_off = {};
  std::optional<std::uint32_t> type_len = {};
  std::optional<std::uint32_t> str_off = {};
  std::optional<std::uint32_t> str_len = {};
  std::optional<std::uint32_t> layout_off = {};
  std::optional<std::uint32_t> layout_len = {};
  /// Entry i is for kind i. With a layout section the header has 32 bytes instead of 24.
  std::optional<std::vector<ForgedLayout>> layout = {};
  // Numbers of zero bytes that nothing refers to.
  std::size_t header_padding = 0;  ///< after the header's fields, counted in hdr_len
  std::size_t gap = 0;             ///< between types and strings
  std::size_t trailing = 0;        ///< at the end of the file
};

class BtfForge {
 public:
  explicit BtfForge(ByteOrder order = ByteOrder::little);
  /// Starts split BTF, as of a kernel module: type ids and string offsets continue after those of `base`, and a string
  /// that `base` has is not added again.
  [[nodiscard]] static BtfForge split(const BtfForge& base);

  /// Returns the offset of `text` in the string section. Adds `text` if it is missing.
  std::uint32_t string(std::string_view text);

  // Each of these functions adds a type and returns its id.
  std::uint32_t type(std::string_view name, std::uint8_t kind, std::uint32_t vlen, bool kind_flag,
                     std::uint32_t size_or_type, std::vector<std::uint32_t> words = {});
  std::uint32_t type(std::string_view name, btf::Kind kind, std::uint32_t vlen, bool kind_flag,
                     std::uint32_t size_or_type, std::vector<std::uint32_t> words = {});
  /// `encoding` is BTF_INT_SIGNED (1), _CHAR (2), _BOOL (4). `bits` 0: 8 * bytes.
  std::uint32_t integer(std::string_view name, std::uint32_t bytes, std::uint32_t encoding = 0, std::uint32_t bits = 0,
                        std::uint32_t offset = 0);
  std::uint32_t ptr(std::uint32_t type);
  std::uint32_t array(std::uint32_t elem, std::uint32_t index_type, std::uint32_t nelems);
  /// Sets kind_flag if a member has a bitfield size.
  std::uint32_t structure(std::string_view name, std::uint32_t bytes, const std::vector<ForgedMember>& members);
  std::uint32_t union_(std::string_view name, std::uint32_t bytes, const std::vector<ForgedMember>& members);
  std::uint32_t enumeration(std::string_view name, std::uint32_t bytes, const std::vector<ForgedEnumerator>& values,
                            bool is_signed = false);
  std::uint32_t enumeration64(std::string_view name, std::uint32_t bytes, const std::vector<ForgedEnumerator>& values,
                              bool is_signed = false);
  std::uint32_t fwd(std::string_view name, bool is_union = false);
  std::uint32_t typedef_(std::string_view name, std::uint32_t type);
  std::uint32_t const_(std::uint32_t type);
  std::uint32_t volatile_(std::uint32_t type);
  std::uint32_t restrict_(std::uint32_t type);
  std::uint32_t type_tag(std::string_view name, std::uint32_t type);
  std::uint32_t func(std::string_view name, std::uint32_t proto, std::uint32_t linkage = 1);
  std::uint32_t func_proto(std::uint32_t ret, const std::vector<ForgedParam>& params);
  std::uint32_t var(std::string_view name, std::uint32_t type, std::uint32_t linkage);
  std::uint32_t datasec(std::string_view name, std::uint32_t bytes, const std::vector<ForgedVariable>& variables);
  std::uint32_t float_(std::string_view name, std::uint32_t bytes);
  std::uint32_t decl_tag(std::string_view name, std::uint32_t type, std::uint32_t component);

  /// Overwrites one word of a type: 0 is name_off, 1 info, 2 size or type; from 3 on, the kind's own data and the
  /// elements.
  void set_type_word(std::uint32_t id, std::size_t word_index, std::uint32_t value);

  ForgedHeader& header() { return header_; }
  [[nodiscard]] ByteOrder order() const { return order_; }
  /// The id of the type that is added next.
  [[nodiscard]] std::uint32_t next_id() const { return base_types_ + static_cast<std::uint32_t>(types_.size()) + 1; }
  [[nodiscard]] std::vector<std::uint8_t> bytes() const;

 private:
  using Type = std::vector<std::uint32_t>;
  std::uint32_t composite(btf::Kind kind, std::string_view name, std::uint32_t bytes,
                          const std::vector<ForgedMember>& members);

  ByteOrder order_;
  std::uint32_t base_types_ = 0;
  std::uint32_t base_strings_ = 0;  ///< bytes
  ForgedHeader header_;
  std::vector<Type> types_;
  std::string strings_;
  std::unordered_map<std::string, std::uint32_t> offsets_;
};

}  // namespace minbtf::test
