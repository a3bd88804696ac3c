// One pass over untrusted BTF. What is true afterwards: the sections lie within the file, the string section starts
// and ends with NUL, every record lies within the type section, every name offset is within the string section, and
// every type id names a type of this file. What is not: that following types ends.
//
// The rules are those of libbpf's btf_parse_hdr(), btf_parse_str_sec(), btf_parse_type_sec() and btf_sanity_check(),
// with the layout section of 2026 (include/uapi/linux/btf.h, struct btf_layout).
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "btf/view.hpp"
#include "minbtf/error.hpp"
#include "wire/place.hpp"

namespace minbtf::btf {

namespace {

/// Spellings of `long` in the order of btf.c, determine_ptr_size(); the two that libbpf before 1.0 knew come first.
constexpr std::array<std::string_view, 11> long_spellings = {
    "long int",          "long unsigned int", "long",
    "int long",          "unsigned long",     "long unsigned",
    "unsigned long int", "unsigned int long", "long int unsigned",
    "int unsigned long", "int long unsigned"};
constexpr std::size_t old_long_spellings = 2;

}  // namespace

class Validator {
 public:
  explicit Validator(View& view) : view_(view), file_(view.bytes_.data(), view.bytes_.size(), ByteOrder::little) {}

  void run() {
    header();
    records();
    if (max_reference_ >= view_.id_end()) find_bad_reference();
  }

 private:
  struct Section {
    std::size_t offset = 0;
    std::size_t length = 0;
  };

  [[noreturn]] void fail(ErrorKind kind, const std::string& where, const std::string& reason) const {
    throw Error(kind, view_.name_, where, reason);
  }
  [[noreturn]] void damaged(const char* section, std::size_t offset, const std::string& reason) const {
    fail(ErrorKind::damaged, wire::place(section, offset), reason);
  }
  [[noreturn]] void bad_type(std::uint32_t id, const std::string& reason) const {
    damaged("types", view_.offsets_[id], "type [" + std::to_string(id) + "] " + reason);
  }

  void header() {
    if (file_.size() < 2) fail(ErrorKind::wrong_file, "", "not BTF: " + std::to_string(file_.size()) + " bytes");
    const std::uint8_t first = file_.u8(0);
    const std::uint8_t second = file_.u8(1);
    if (first == 0x9f && second == 0xeb) {
      view_.order_ = ByteOrder::little;
    } else if (first == 0xeb && second == 0x9f) {
      view_.order_ = ByteOrder::big;
    } else {
      fail(ErrorKind::wrong_file, "header+0x0", "not BTF: the magic number is missing");
    }
    file_ = wire::ByteView(view_.bytes_.data(), view_.bytes_.size(), view_.order_);
    if (!file_.contains(0, wire::header_size)) {
      damaged("header", 0, "truncated: " + std::to_string(file_.size()) + " bytes, the header has 24");
    }
    if (file_.u8(2) != wire::btf_version) {
      fail(ErrorKind::unsupported, "header+0x2", "BTF version " + std::to_string(file_.u8(2)) + ", known is 1");
    }
    if (file_.u8(3) != 0) {
      fail(ErrorKind::unsupported, "header+0x3", "BTF flags " + wire::hex(file_.u8(3)) + ", none are known");
    }
    const std::size_t length = file_.u32(4);
    if (length < wire::header_size) damaged("header", 4, "header length " + std::to_string(length) + " is below 24");
    if (length > file_.size()) {
      damaged(
          "header", 4,
          "header length " + std::to_string(length) + " is over the file's " + std::to_string(file_.size()) + " bytes");
    }
    const wire::ByteView body = file_.sub(length, file_.size() - length);
    const Section types = section(body, 8, "type");
    const Section strings = section(body, 16, "string");
    if (types.offset % 4 != 0) damaged("header", 8, "the type section is not aligned to 4 bytes");
    if (types.offset + types.length > strings.offset) {
      damaged("header", 16, "the string section begins before the type section ends");
    }
    view_.types_ = body.sub(types.offset, types.length);
    view_.strings_ = body.sub(strings.offset, strings.length);
    if (strings.length == 0) damaged("header", 20, "the string section is empty");
    if (view_.strings_.u8(0) != 0) damaged("strings", 0, "the string section does not begin with NUL");
    if (view_.strings_.u8(strings.length - 1) != 0) {
      damaged("strings", strings.length - 1, "the string section does not end with NUL");
    }
    if (length >= wire::layout_header_size) {
      const Section layout = section(body, 24, "layout");
      if (layout.offset % 4 != 0 || layout.length % wire::layout_entry_size != 0) {
        damaged("header", 24, "the layout section is not aligned to 4 bytes");
      }
      layout_ = body.sub(layout.offset, layout.length);
    }
  }

  Section section(const wire::ByteView& body, std::size_t at, const char* what) const {
    const Section found = {.offset = file_.u32(at), .length = file_.u32(at + 4)};
    if (!body.contains(found.offset, found.length)) {
      damaged("header", at,
              std::string("the ") + what + " section (" + std::to_string(found.length) + " bytes at " +
                  std::to_string(found.offset) + ") reaches beyond the end of the data, " +
                  std::to_string(body.size()) + " bytes");
    }
    return found;
  }

  void records() {
    const wire::ByteView& types = view_.types_;
    // A record has at least 12 bytes: the estimate is never out of proportion to the file.
    view_.offsets_.reserve(types.size() / 24 + 2);
    view_.offsets_.push_back(0);
    std::size_t at = 0;
    while (at < types.size()) {
      if (!types.contains(at, wire::type_header_size)) {
        damaged("types", at, "truncated: " + std::to_string(types.size() - at) + " bytes are left, a type has 12");
      }
      view_.offsets_.push_back(static_cast<std::uint32_t>(at));
      at += record(static_cast<std::uint32_t>(view_.offsets_.size() - 1));
    }
    view_.offsets_.shrink_to_fit();
  }

  /// Checks one record and returns its size in bytes.
  std::size_t record(std::uint32_t id) {
    const Type type = view_.type(id);
    check_name(id, type.name_off, "name");
    if (type.kind == Kind::void_) bad_type(id, "has kind 0, which no type may have");
    if (!wire::is_known(type.kind)) return unknown_record(id, type);
    const wire::KindShape& shape = wire::shape(type.kind);
    const std::size_t size = checked_size(id, type, shape.info_size, shape.elem_size);
    if (shape.third == wire::Third::type) note_reference(type.size_or_type);
    for (const std::int8_t offset : shape.info_types) {
      if (offset >= 0) note_reference(view_.types_.u32(type.at + static_cast<std::size_t>(offset)));
    }
    if (shape.elem_size != 0) elements(id, type, shape);
    if (type.kind == Kind::int_) note_long(id, type);
    return size;
  }

  void elements(std::uint32_t id, const Type& type, const wire::KindShape& shape) {
    std::size_t at = type.at;
    for (std::uint32_t i = 0; i < type.vlen; ++i, at += shape.elem_size) {
      if (shape.elem_name >= 0) {
        check_name(id, view_.types_.u32(at + static_cast<std::size_t>(shape.elem_name)), "member name");
      }
      if (shape.elem_type >= 0) note_reference(view_.types_.u32(at + static_cast<std::size_t>(shape.elem_type)));
    }
  }

  std::size_t unknown_record(std::uint32_t id, const Type& type) {
    const auto kind = static_cast<std::size_t>(type.kind);
    const std::size_t entry = kind * wire::layout_entry_size;
    if (!layout_.contains(entry, wire::layout_entry_size)) {
      fail(ErrorKind::unsupported, wire::place("types", view_.offsets_[id]),
           "type [" + std::to_string(id) + "] has unknown kind " + std::to_string(kind) +
               ", and no layout section tells its size");
    }
    const std::size_t info_size = layout_.u8(entry);
    const std::size_t elem_size = layout_.u8(entry + 1);
    if (info_size % 4 != 0 || elem_size % 4 != 0) {
      damaged("layout", entry, "the sizes of kind " + std::to_string(kind) + " are not multiples of 4");
    }
    return checked_size(id, type, info_size, elem_size);
  }

  std::size_t checked_size(std::uint32_t id, const Type& type, std::size_t info_size, std::size_t elem_size) const {
    // vlen has 24 bits and sizes have 8: the product fits.
    const std::size_t size = wire::type_header_size + info_size + type.vlen * elem_size;
    const std::size_t left = view_.types_.size() - view_.offsets_[id];
    if (size > left) {
      bad_type(id, "needs " + std::to_string(size) + " bytes, the type section has " + std::to_string(left) + " left");
    }
    return size;
  }

  void check_name(std::uint32_t id, std::uint32_t offset, const char* what) const {
    if (!view_.has_string(offset)) {
      bad_type(id, std::string("has a ") + what + " at string offset " + std::to_string(offset) +
                       ", the string section has " + std::to_string(view_.strings_.size()) + " bytes");
    }
  }

  void note_reference(std::uint32_t id) { max_reference_ = std::max(max_reference_, id); }

  /// Forward references are normal, so ids can be judged only when all types are counted; the culprit is looked for
  /// once it is known that there is one.
  [[noreturn]] void find_bad_reference() const {
    const std::uint32_t end = view_.id_end();
    for (std::uint32_t id = 1; id < end; ++id) {
      const Type type = view_.type(id);
      if (!wire::is_known(type.kind)) continue;
      const wire::KindShape& shape = wire::shape(type.kind);
      std::uint32_t worst = shape.third == wire::Third::type ? type.size_or_type : 0;
      for (const std::int8_t offset : shape.info_types) {
        if (offset >= 0) worst = std::max(worst, view_.types_.u32(type.at + static_cast<std::size_t>(offset)));
      }
      for (std::size_t i = 0, at = type.at; shape.elem_type >= 0 && i < type.vlen; ++i, at += shape.elem_size) {
        worst = std::max(worst, view_.types_.u32(at + static_cast<std::size_t>(shape.elem_type)));
      }
      if (worst >= end) {
        bad_type(id, "refers to type id " + std::to_string(worst) + ", the file has " + std::to_string(end - 1) +
                         " types (BTF of a module cannot be read without its base)");
      }
    }
    fail(ErrorKind::internal, "types", "a bad type id was counted and not found again");
  }

  void note_long(std::uint32_t id, const Type& type) {
    if (type.size_or_type != 4 && type.size_or_type != 8) return;
    const std::string_view name = view_.string(type.name_off);
    const auto* const found = std::find(long_spellings.begin(), long_spellings.end(), name);
    if (found == long_spellings.end()) return;
    PointerSize& size = view_.pointer_size_;
    if (size.type == 0) {
      size.type = id;
      size.bytes = type.size_or_type;
    }
    const bool is_old = found - long_spellings.begin() < static_cast<std::ptrdiff_t>(old_long_spellings);
    if (is_old) size.old_types.push_back(id);
  }

  View& view_;
  wire::ByteView file_;
  wire::ByteView layout_;
  std::uint32_t max_reference_ = 0;
};

View View::parse(std::vector<std::uint8_t> bytes, std::string name) {
  View view;
  view.name_ = std::move(name);
  view.bytes_ = std::move(bytes);
  if (view.bytes_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::wrong_file, view.name_, "", "over 4 GiB: BTF offsets have 32 bits");
  }
  Validator(view).run();
  return view;
}

}  // namespace minbtf::btf
