// SPDX-License-Identifier: BSD-2-Clause
#include "pack/extra_keys.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "pack/streams.hpp"

namespace minbtf::pack {

namespace {

enum ExtraKeyStream : std::size_t {
  stream_extra_names,   ///< name of a key that has one, as difference from the key before
  stream_extra_fields,  ///< field of any other key, as difference from the key before
  stream_extra_kinds,   ///< bit 7 is set for a key without a name
  extra_key_streams,
};

constexpr std::uint8_t no_name_bit = 0x80;

}  // namespace

std::vector<std::uint32_t> ExtraKeyTable::named(std::string_view essential_name) const {
  std::vector<std::uint32_t> found;
  const auto [begin, end] = std::ranges::equal_range(names, essential_name);
  for (auto each = begin; each != end; ++each) found.push_back(static_cast<std::uint32_t>(each - names.begin()));
  return found;
}

std::vector<std::uint8_t> encode_extra_keys(std::span<const ExtraKey> keys) {
  StreamWriter out(extra_key_streams);
  StringId name = 0;
  StringId field = 0;
  for (const ExtraKey& key : keys) {
    const auto kind = static_cast<std::uint8_t>(key.kind);
    if (key.name != 0) {
      out.byte(stream_extra_kinds, kind);
      out.number(stream_extra_names, key.name - name);
      name = key.name;
    } else {
      out.byte(stream_extra_kinds, kind | no_name_bit);
      out.signed_number(stream_extra_fields, static_cast<std::int64_t>(key.field) - field);
      field = key.field;
    }
  }
  return out.section();
}

ExtraKeyTable decode_extra_keys(std::span<const std::uint8_t> section, std::uint32_t count, const Strings& names,
                                const Strings& fields, const std::string& file) {
  StreamReader in(section, extra_key_streams, file, "extra keys");
  if (in.left(stream_extra_kinds) != count) in.damaged("another number of keys than the section table has");
  ExtraKeyTable table;
  table.keys.reserve(count);  // it has as many bytes in a stream
  std::uint64_t name = 0;
  std::uint64_t field = 0;
  std::optional<std::tuple<bool, std::string_view, btf::Kind, std::string_view>> before;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint8_t byte = in.byte(stream_extra_kinds);
    const bool has_name = (byte & no_name_bit) == 0;
    ExtraKey key = {.kind = static_cast<btf::Kind>(byte & ~no_name_bit)};
    if (has_name) {
      name += in.number(stream_extra_names);
      if (name == 0 || name >= names.size()) in.damaged("the number of a name that does not exist");
      key.name = static_cast<StringId>(name);
    } else {
      field += static_cast<std::uint64_t>(in.signed_number(stream_extra_fields));
      if (field >= fields.size()) in.damaged("the number of a field name that does not exist");
      key.field = static_cast<StringId>(field);
    }
    if (key.kind == btf::Kind::void_ || !btf::is_known(key.kind) || key.kind != btf::core_kind(key.kind) ||
        (has_name && btf::is_sought(key.kind))) {
      in.damaged("a key of a kind that is not one of extras");
    }
    const std::tuple now(!has_name, names[key.name], key.kind, fields[key.field]);
    if (before && *before >= now) in.damaged("keys that are not sorted");
    before = now;
    table.keys.push_back(key);
    if (has_name) table.names.push_back(names[key.name]);
  }
  in.finish();
  return table;
}

}  // namespace minbtf::pack
