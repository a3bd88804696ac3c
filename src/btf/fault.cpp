// SPDX-License-Identifier: BSD-2-Clause
// Checks the rules of scan.cpp again, one record and one field at a time. References are checked last: forward
// references are normal, so ids can be checked only when all types are counted.
#include "btf/fault.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/short_text.hpp"
#include "btf/kinds.hpp"
#include "minbtf/error.hpp"

namespace minbtf::btf {

namespace {

using btf::Kind;

class FaultFinder {
 public:
  FaultFinder(const Sections& sections, const std::string& name)
      : types_(sections.types), strings_(sections.strings), layout_(sections.layout), name_(name) {}

  [[noreturn]] void run() {
    std::size_t at = 0;
    while (at < types_.size()) {
      if (!types_.contains(at, btf::type_header_size)) {
        damaged(at, "truncated: " + std::to_string(types_.size() - at) + " bytes are left, a type has 12");
      }
      offsets_.push_back(static_cast<std::uint32_t>(at));  // a BTF has at most 4 GiB
      at += record(at);
    }
    references();
    throw Error(ErrorKind::internal, name_, "types", "scan() rejected the types, but no fault was found");
  }

 private:
  [[noreturn]] void damaged(std::size_t at, const std::string& reason) const {
    throw Error(ErrorKind::damaged, name_, base::place("types", at), reason);
  }
  /// Throws for the type whose record begins at `at`.
  [[noreturn]] void bad_type(std::size_t at, std::size_t id, const std::string& reason) const {
    damaged(at, "type [" + std::to_string(id) + "] " + reason);
  }

  /// Checks one record except its references. Returns its size in bytes.
  std::size_t record(std::size_t at) {
    const std::size_t id = offsets_.size();
    const std::uint32_t info = types_.u32(at + 4);
    const auto kind = static_cast<Kind>(btf::info_kind(info));
    check_name(at, id, types_.u32(at), "name");
    if (kind == Kind::void_) bad_type(at, id, "has kind 0, which no type may have");
    if (!btf::is_known(kind)) return unknown_record(at, id, info);
    const btf::KindShape& shape = btf::shape(kind);
    const std::size_t size = checked_size(at, id, info, shape.info_size, shape.elem_size);
    if (shape.elem_size == 0 || shape.elem_name < 0) return size;
    for (std::size_t i = 0; i < btf::info_vlen(info); ++i) {
      check_name(at, id,
                 types_.u32(elements(at, shape) + i * shape.elem_size + static_cast<std::size_t>(shape.elem_name)),
                 "member name");
    }
    return size;
  }

  static std::size_t elements(std::size_t at, const btf::KindShape& shape) {
    return at + btf::type_header_size + shape.info_size;
  }

  std::size_t unknown_record(std::size_t at, std::size_t id, std::uint32_t info) const {
    const std::uint8_t kind = btf::info_kind(info);
    const std::size_t entry = btf::layout_entry(kind);
    if (!layout_.contains(entry, btf::layout_entry_size)) {
      throw Error(ErrorKind::unsupported, name_, base::place("types", at),
                  "type [" + std::to_string(id) + "] has unknown kind " + std::to_string(kind) +
                      ", and no layout section has its size");
    }
    const auto sizes = btf::sizes_of_unknown(layout_, kind);
    if (!sizes) {
      throw Error(ErrorKind::damaged, name_, base::place("layout", entry),
                  "the sizes of kind " + std::to_string(kind) + " are not multiples of 4");
    }
    return checked_size(at, id, info, sizes->info_size, sizes->elem_size);
  }

  std::size_t checked_size(std::size_t at, std::size_t id, std::uint32_t info, std::size_t info_size,
                           std::size_t elem_size) const {
    // vlen has 24 bits and sizes have 8: the product fits.
    const std::size_t size = btf::type_header_size + info_size + btf::info_vlen(info) * elem_size;
    const std::size_t left = types_.size() - at;
    if (size > left) {
      bad_type(at, id,
               "needs " + std::to_string(size) + " bytes, the type section has " + std::to_string(left) + " left");
    }
    return size;
  }

  void check_name(std::size_t at, std::size_t id, std::uint32_t offset, const char* what) const {
    if (offset < strings_.size()) return;
    bad_type(at, id,
             std::string("has a ") + what + " at string offset " + std::to_string(offset) +
                 ", the string section has " + std::to_string(strings_.size()) + " bytes");
  }

  void references() const {
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      const std::size_t at = offsets_[i];
      const std::uint32_t info = types_.u32(at + 4);
      const auto kind = static_cast<Kind>(btf::info_kind(info));
      if (!btf::is_known(kind)) continue;
      std::uint32_t worst = 0;
      const auto look_at = [&](std::size_t offset) { worst = std::max(worst, types_.u32(at + offset)); };
      btf::for_each_fixed_type_id(kind, [&](btf::TypeIdField, std::size_t offset) { look_at(offset); });
      const std::uint32_t elements = btf::has_element_type_ids(kind) ? btf::info_vlen(info) : 0;
      for (std::uint32_t n = 0; n < elements; ++n) look_at(btf::element_type_id(kind, n));
      if (worst <= offsets_.size()) continue;
      bad_type(at, i + 1,
               "refers to type id " + std::to_string(worst) + ", the file has " + std::to_string(offsets_.size()) +
                   " types (BTF of a module cannot be read without its base)");
    }
  }

  const btf::ByteView& types_;
  const btf::ByteView& strings_;
  const btf::ByteView& layout_;
  const std::string& name_;
  std::vector<std::uint32_t> offsets_;  ///< by type id, without `void`
};

}  // namespace

void throw_fault(const Sections& sections, const std::string& name) { FaultFinder(sections, name).run(); }

}  // namespace minbtf::btf
