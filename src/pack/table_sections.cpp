// SPDX-License-Identifier: BSD-2-Clause
#include "pack/table_sections.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "btf/essential_name.hpp"
#include "minbtf/error.hpp"
#include "pack/streams.hpp"

namespace minbtf::pack {

namespace {

enum KeyStream : std::size_t {
  stream_name_steps,  ///< name of a key, as difference from the key before
  stream_key_kinds,
  key_streams,
};

/// Sets KeyTable::of_name.
void fill_of_name(const Strings& names, KeyTable& table) {
  const auto none = static_cast<std::uint32_t>(table.keys.size());
  table.of_name.assign(names.size(), none);
  for (std::uint32_t key = none; key-- > integers_key + 1;) table.of_name[table.keys[key].name] = key;
  for (StringId name = 0; name < names.size(); ++name) {
    const std::string_view essential = btf::essential_name(names[name]);
    // Such a name has a flavor, or is the essential name of no type.
    if (essential.size() == names[name].size()) continue;
    const std::vector<std::uint32_t> keys = table.named(essential);
    table.of_name[name] = keys.empty() ? none : keys.front();
  }
}

}  // namespace

std::vector<std::uint8_t> encode_strings(std::span<const std::string_view> strings) {
  std::vector<std::uint8_t> section;
  for (const std::string_view text : strings) {
    section.insert(section.end(), text.begin(), text.end());
    section.push_back(0);
  }
  return section;
}

Strings::Strings(std::span<const std::uint8_t> section, std::uint32_t count, const std::string& file,
                 const std::string& where)
    : text_(reinterpret_cast<const char*>(section.data())) {
  // Each string has at least two bytes.
  ends_.reserve(std::min<std::size_t>(count, section.size() / 2) + 1);
  const auto end = static_cast<std::uint32_t>(section.size());
  for (std::uint32_t at = 0; at < end;) {
    const void* const zero = std::memchr(text_ + at, 0, end - at);
    if (zero == nullptr || size() > count) {
      throw Error(ErrorKind::damaged, file, where, "another number of strings than the section table has");
    }
    const auto next = static_cast<std::uint32_t>(static_cast<const char*>(zero) - text_) + 1;
    if (next == at + 1) throw Error(ErrorKind::damaged, file, where, "an empty string");
    ends_.push_back(next);
    at = next;
  }
  if (size() != count + 1) {
    throw Error(ErrorKind::damaged, file, where, "another number of strings than the section table has");
  }
}

std::vector<std::uint8_t> encode_keys(std::span<const Key> keys) {
  StreamWriter out(key_streams);
  StringId name = 0;
  for (const Key& key : keys) {
    out.signed_number(stream_name_steps, static_cast<std::int64_t>(key.name) - name);
    out.byte(stream_key_kinds, static_cast<std::uint8_t>(key.kind));
    name = key.name;
  }
  return out.section();
}

std::vector<Key> decode_keys(std::span<const std::uint8_t> section, std::uint32_t first, std::uint32_t count,
                             const Strings& names, const std::string& file) {
  StreamReader in(section, key_streams, file, "keys");
  if (in.left(stream_key_kinds) != count) in.damaged("another number of keys than the section table has");
  std::vector<Key> keys;
  keys.reserve(count);  // it has as many bytes in a stream
  std::uint64_t name = 0;
  std::string_view last_text;
  for (std::uint32_t i = 0; i < count; ++i) {
    // The keys of a later segment can have names of earlier segments, so that a name can have a smaller number than the
    // name before.
    name += static_cast<std::uint64_t>(in.signed_number(stream_name_steps));
    if (name >= names.size()) in.damaged("the number of a name that does not exist");
    const auto kind = static_cast<btf::Kind>(in.byte(stream_key_kinds));
    const Key key = {.name = static_cast<StringId>(name), .kind = kind};
    const std::string_view text = names[key.name];
    if (first + i == integers_key) {
      if (key != Key{}) in.damaged("the first key is not that of all INTs");
    } else {
      if (!btf::is_known(kind) || !is_listed(kind, !text.empty()) || kind == btf::Kind::int_ ||
          kind != btf::core_kind(kind)) {
        in.damaged("a key of a kind that has no list");
      }
      if (i != 0 && std::tuple(last_text, keys.back().kind) >= std::tuple(text, kind)) {
        in.damaged("keys that are not sorted");
      }
    }
    keys.push_back(key);
    last_text = text;
  }
  if (first == integers_key && keys.empty()) in.damaged("no key of all INTs");
  in.finish();
  return keys;
}

KeyTable::KeyTable(std::vector<Key> sorted, const Strings& strings) : keys(std::move(sorted)) {
  names.reserve(keys.size());
  for (const Key& key : keys) names.push_back(strings[key.name]);
  fill_of_name(strings, *this);
}

std::vector<std::uint32_t> KeyTable::named(std::string_view essential_name) const {
  std::vector<std::uint32_t> found;
  if (essential_name.empty()) return found;
  const auto [begin, end] = std::ranges::equal_range(names, essential_name);
  for (auto each = begin; each != end; ++each) found.push_back(static_cast<std::uint32_t>(each - names.begin()));
  return found;
}

std::optional<std::uint32_t> KeyTable::find(StringId name, btf::Kind kind) const {
  for (std::uint32_t key = of_name[name]; key < keys.size() && keys[key].name == keys[of_name[name]].name; ++key) {
    if (keys[key].kind == btf::core_kind(kind)) return key;
  }
  return std::nullopt;
}

}  // namespace minbtf::pack
