// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/ar_members.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/short_text.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;
using namespace std::string_view_literals;

constexpr std::size_t magic_bytes = 8;

// A member's header has 60 bytes of text: the name, times and modes, the size, and a mark.
constexpr std::size_t header_bytes = 60;
constexpr std::size_t name_bytes = 16;
constexpr std::size_t size_offset = 48;
constexpr std::size_t size_bytes = 10;
constexpr std::string_view header_mark = "`\n";

std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string_view without_blanks(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Reader {
 public:
  Reader(ByteView bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::vector<ArMember> read() {
    if (text_of(bytes_).starts_with("!<thin>"sv)) {
      throw Error(ErrorKind::unsupported, name_, "", "a thin ar archive, which holds no contents; use its members");
    }
    for (at_ = magic_bytes; at_ < bytes_.size();) read_member();
    return std::move(members_);
  }

 private:
  [[noreturn]] void damaged(const std::string& reason) const {
    throw Error(ErrorKind::damaged, name_, base::place("ar", at_), reason);
  }

  void read_member() {
    if (bytes_.size() - at_ < header_bytes) damaged("truncated header of a member");
    const std::string_view header = text_of(bytes_.subspan(at_, header_bytes));
    const auto size = number_of(without_blanks(header.substr(size_offset, size_bytes)));
    if (!header.ends_with(header_mark) || !size) damaged("an invalid header of a member");
    const std::size_t left = bytes_.size() - at_ - header_bytes;
    if (*size > left) {
      damaged("a member of " + std::to_string(*size) + " bytes, but " + std::to_string(left) + " bytes are left");
    }
    add(without_blanks(header.substr(0, name_bytes)), bytes_.subspan(at_ + header_bytes, *size));
    at_ += header_bytes + *size;
    if (at_ % 2 != 0) ++at_;  // padding
  }

  void add(std::string_view name, ByteView contents) {
    if (name == "//") {  // GNU: the long names
      long_names_ = text_of(contents);
      return;
    }
    if (name == "/" || name == "/SYM64/") return;  // GNU: the symbols
    if (name.starts_with("#1/")) {                 // BSD: the name is at the start of the contents
      const auto length = number_of(name.substr(3));
      if (!length || *length > contents.size()) damaged("an invalid length of a name");
      name = text_of(contents.first(*length));
      name = name.substr(0, std::min(name.find('\0'), base::longest_text));
      contents = contents.subspan(*length);
    } else if (name.starts_with('/')) {  // GNU: an offset in the long names
      const auto offset = number_of(name.substr(1));
      if (!offset || *offset >= long_names_.size()) damaged("a long name that does not exist");
      name = long_names_.substr(*offset, long_names_.substr(*offset, base::longest_text).find('\n'));
      name = name.substr(0, base::longest_text);
    }
    if (name.ends_with('/')) name.remove_suffix(1);  // GNU: the end of a name
    if (name.starts_with("__.SYMDEF")) return;       // BSD: the symbols
    members_.push_back({.name = name, .contents = contents});
  }

  ByteView bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::string_view long_names_;
  std::vector<ArMember> members_;
};

}  // namespace

std::vector<ArMember> ar_members(ByteView bytes, const std::string& name) { return Reader(bytes, name).read(); }

}  // namespace minbtf::archive
