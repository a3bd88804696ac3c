// SPDX-License-Identifier: BSD-2-Clause
#include "btf/scan.hpp"

#include <algorithm>
#include <limits>

#include "btf/kinds.hpp"

namespace minbtf::btf {

namespace {

using btf::Kind;

/// Most bytes of strings for which ShortParams is used. It compares signed words, and larger name offsets would be
/// negative.
constexpr std::size_t most_in_blocks = std::numeric_limits<std::int32_t>::max();

template <bool swap>
class Scanner {
 public:
  Scanner(const btf::ByteView& types, const btf::ByteView& layout, std::size_t string_bytes, Index& index)
      : begin_(types.data()),
        end_(begin_ + types.size()),
        layout_(layout),
        string_bytes_(string_bytes),
        index_(index) {}

  bool run() {
    std::uint32_t* const offsets = index_.offsets();
    offsets[0] = 0;
    named_ = index_.named();
    for (at_ = begin_; at_ != end_; ++id_) {
      if (left() < btf::type_header_size) return false;
      offsets[id_] = static_cast<std::uint32_t>(at_ - begin_);
      if (!take_record()) return false;
    }
    index_.id_end = id_;
    index_.named_count = static_cast<std::uint32_t>(named_ - index_.named());
    // Forward references are normal, so ids can be checked only when all types are counted.
    return std::max(largest_name_, params_.largest_name()) < string_bytes_ &&
           std::max(largest_type_, params_.largest_type()) < id_;
  }

 private:
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] static std::uint32_t load(const std::uint8_t* from) { return btf::load_u32<swap>(from); }

  /// Checks one record and moves on to the next. Each kind has a piece of code of its own: the processor predicts the
  /// branch to it, and thereby where the next record begins, and does not wait for the load of `info`.
  bool take_record() {
    const std::uint32_t info = load(at_ + 4);
    switch (static_cast<Kind>(btf::info_kind(info))) {
      case Kind::int_:
        return take<Kind::int_>(info);
      case Kind::ptr:
        return take<Kind::ptr>(info);
      case Kind::array:
        return take<Kind::array>(info);
      case Kind::struct_:
        return take<Kind::struct_>(info);
      case Kind::union_:
        return take<Kind::union_>(info);
      case Kind::enum_:
        return take<Kind::enum_>(info);
      case Kind::fwd:
        return take<Kind::fwd>(info);
      case Kind::typedef_:
        return take<Kind::typedef_>(info);
      case Kind::volatile_:
        return take<Kind::volatile_>(info);
      case Kind::const_:
        return take<Kind::const_>(info);
      case Kind::restrict_:
        return take<Kind::restrict_>(info);
      case Kind::func:
        return take<Kind::func>(info);
      case Kind::func_proto:
        return take<Kind::func_proto>(info);
      case Kind::var:
        return take<Kind::var>(info);
      case Kind::datasec:
        return take<Kind::datasec>(info);
      case Kind::float_:
        return take<Kind::float_>(info);
      case Kind::decl_tag:
        return take<Kind::decl_tag>(info);
      case Kind::type_tag:
        return take<Kind::type_tag>(info);
      case Kind::enum64:
        return take<Kind::enum64>(info);
      case Kind::void_:
        return false;
    }
    return take_unknown(info);
  }

  template <Kind kind>
  bool take(std::uint32_t info) {
    constexpr btf::KindShape shape = btf::shape(kind);
    constexpr std::size_t fixed_size = btf::type_header_size + shape.info_size;
    const std::uint8_t* const record = at_;
    // vlen has 24 bits: the product fits.
    const std::size_t size = fixed_size + std::size_t{btf::info_vlen(info)} * shape.elem_size;
    if (size > left()) return false;

    note_name(load(record));
    if constexpr (btf::is_sought(kind)) remember_name(load(record));
    if constexpr (kind == Kind::int_) index_.integers().push_back(id_);
    if constexpr (shape.third == btf::Third::type) note_type(load(record + 8));
    if constexpr (shape.info_types[0] >= 0) note_type(load(record + btf::type_header_size + shape.info_types[0]));
    if constexpr (shape.info_types[1] >= 0) note_type(load(record + btf::type_header_size + shape.info_types[1]));

    at_ = record + size;
    if constexpr (kind == Kind::func_proto && !swap) {
      const std::uint32_t vlen = btf::info_vlen(info);
      const std::size_t behind = static_cast<std::size_t>(end_ - record) - fixed_size;
      if (vlen <= ShortParams::most && behind >= ShortParams::block_bytes && string_bytes_ <= most_in_blocks) {
        params_.add(record + fixed_size, vlen);
        return true;
      }
    }
    if constexpr (shape.elem_size != 0) {
      for (const std::uint8_t* element = record + fixed_size; element != at_; element += shape.elem_size) {
        if constexpr (shape.elem_name >= 0) note_name(load(element + shape.elem_name));
        if constexpr (shape.elem_type >= 0) note_type(load(element + shape.elem_type));
      }
    }
    return true;
  }

  bool take_unknown(std::uint32_t info) {
    const auto sizes = btf::sizes_of_unknown(layout_, btf::info_kind(info));
    if (!sizes) return false;
    const std::size_t size =
        btf::type_header_size + sizes->info_size + std::size_t{btf::info_vlen(info)} * sizes->elem_size;
    if (size > left()) return false;
    note_name(load(at_));
    at_ += size;
    return true;
  }

  void note_name(std::uint32_t name) { largest_name_ = std::max(largest_name_, name); }
  void note_type(std::uint32_t type) { largest_type_ = std::max(largest_type_, type); }

  void remember_name(std::uint32_t name) {
    // The entry is always written, and counted only if the type has a name: this avoids a branch that is hard to
    // predict.
    *named_ = {.id = id_, .name_off = name};
    named_ += static_cast<std::ptrdiff_t>(name != 0);
  }

  const std::uint8_t* const begin_;
  const std::uint8_t* const end_;
  const btf::ByteView& layout_;
  const std::size_t string_bytes_;
  Index& index_;

  const std::uint8_t* at_ = nullptr;
  std::uint32_t id_ = 1;
  NamedType* named_ = nullptr;  ///< where the next entry goes
  std::uint32_t largest_name_ = 0;
  std::uint32_t largest_type_ = 0;
  ShortParams params_;
};

}  // namespace

bool scan(const btf::ByteView& types, const btf::ByteView& layout, std::size_t string_bytes, Index& index) {
  index.make_room(types.size());
  return types.is_swapped() ? Scanner<true>(types, layout, string_bytes, index).run()
                            : Scanner<false>(types, layout, string_bytes, index).run();
}

}  // namespace minbtf::btf
