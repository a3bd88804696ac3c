// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/libbpf_btf.hpp"

#include <bpf/libbpf.h>

#include <string_view>

namespace minbtf::test {

LibbpfBtf::LibbpfBtf(const std::vector<std::uint8_t>& bytes) {
  const libbpf_print_fn_t before = libbpf_set_print(nullptr);
  btf_ = btf__new(bytes.data(), static_cast<__u32>(bytes.size()));
  libbpf_set_print(before);
}

LibbpfBtf::~LibbpfBtf() { btf__free(btf_); }

namespace {

using btf::Kind;
using btf::Type;

/// Compares one type. Keeps only the first difference.
class Comparison {
 public:
  Comparison(const struct btf* theirs, const btf::View& view, std::uint32_t id)
      : btf_(theirs), view_(view), theirs_(btf__type_by_id(theirs, id)), ours_(view.type(id)) {}

  std::string run() {
    if (theirs_ == nullptr) return "libbpf has no such type";
    number("kind", btf_kind(theirs_), static_cast<std::uint32_t>(ours_.kind));
    number("vlen", btf_vlen(theirs_), ours_.vlen);
    number("kind_flag", btf_kflag(theirs_) ? 1 : 0, ours_.kind_flag ? 1 : 0);
    number("size or type", theirs_->size, ours_.size_or_type);
    name("name", theirs_->name_off, ours_.name_off);
    if (difference_.empty()) rest();
    return difference_;
  }

 private:
  void number(const std::string& what, std::uint64_t theirs, std::uint64_t ours) {
    if (theirs == ours || !difference_.empty()) return;
    difference_ = what + ": libbpf " + std::to_string(theirs) + ", ours " + std::to_string(ours);
  }

  void name(const std::string& what, std::uint32_t theirs, std::uint32_t ours) {
    const char* text = btf__name_by_offset(btf_, theirs);
    const std::string their_text = text == nullptr ? "(none)" : text;
    if (their_text == view_.string(ours) || !difference_.empty()) return;
    difference_ = what + ": libbpf " + their_text + ", ours " + std::string(view_.string(ours));
  }

  void rest() {
    switch (ours_.kind) {
      case Kind::int_: {
        const std::uint32_t word = view_.info_word(ours_);
        number("encoding", btf_int_encoding(theirs_), btf::int_encoding(word));
        number("bit offset", btf_int_offset(theirs_), btf::int_offset(word));
        number("bits", btf_int_bits(theirs_), word & 0xffU);
        break;
      }
      case Kind::array: {
        const struct btf_array* theirs = btf_array(theirs_);
        const btf::Array ours = view_.array(ours_);
        number("element type", theirs->type, ours.type);
        number("index type", theirs->index_type, ours.index_type);
        number("elements", theirs->nelems, ours.nelems);
        break;
      }
      case Kind::struct_:
      case Kind::union_:
        for (std::uint32_t i = 0; i < ours_.vlen; ++i) member(i);
        break;
      case Kind::enum_:
        for (std::uint32_t i = 0; i < ours_.vlen; ++i) {
          const struct btf_enum& theirs = btf_enum(theirs_)[i];
          const btf::Enumerator ours = view_.enumerator(ours_, i);
          name("enumerator", theirs.name_off, ours.name_off);
          number("value", static_cast<std::uint64_t>(std::int64_t{theirs.val}), ours.value);
        }
        break;
      case Kind::enum64:
        for (std::uint32_t i = 0; i < ours_.vlen; ++i) {
          const struct btf_enum64& theirs = btf_enum64(theirs_)[i];
          const btf::Enumerator ours = view_.enumerator(ours_, i);
          name("enumerator", theirs.name_off, ours.name_off);
          number("value", btf_enum64_value(&theirs), ours.value);
        }
        break;
      case Kind::func_proto:
        for (std::uint32_t i = 0; i < ours_.vlen; ++i) {
          const struct btf_param& theirs = btf_params(theirs_)[i];
          const btf::Param ours = view_.param(ours_, i);
          name("param", theirs.name_off, ours.name_off);
          number("param type", theirs.type, ours.type);
        }
        break;
      case Kind::var:
        number("linkage", btf_var(theirs_)->linkage, view_.info_word(ours_));
        break;
      case Kind::decl_tag:
        number("component", static_cast<std::uint32_t>(btf_decl_tag(theirs_)->component_idx), view_.info_word(ours_));
        break;
      case Kind::void_:
      case Kind::ptr:
      case Kind::fwd:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::func:
      case Kind::datasec:  // our reader does not read its variables
      case Kind::float_:
      case Kind::type_tag:
        break;
    }
  }

  void member(std::uint32_t i) {
    const struct btf_member& theirs = btf_members(theirs_)[i];
    const btf::Member ours = view_.member(ours_, i);
    name("member", theirs.name_off, ours.name_off);
    number("member type", theirs.type, ours.type);
    number("bit offset", btf_member_bit_offset(theirs_, i), ours.bit_offset);
    number("bitfield size", btf_member_bitfield_size(theirs_, i), ours.bitfield_size);
  }

  const struct btf* btf_;
  const btf::View& view_;
  const struct btf_type* theirs_;
  Type ours_;
  std::string difference_;
};

}  // namespace

std::string difference(const LibbpfBtf& theirs, const btf::View& view) {
  if (!theirs.accepted()) return "libbpf refuses it";
  if (btf__type_cnt(theirs.get()) != view.id_end()) {
    return "types: libbpf " + std::to_string(btf__type_cnt(theirs.get())) + ", ours " + std::to_string(view.id_end());
  }
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const std::string found = Comparison(theirs.get(), view, id).run();
    if (!found.empty()) return "type [" + std::to_string(id) + "] " + found;
  }
  return "";
}

}  // namespace minbtf::test
