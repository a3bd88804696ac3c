// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stand_in_writer.hpp"

#include <algorithm>
#include <cstring>

#include "minbtf/error.hpp"

namespace minbtf::pack {

StandInWriter::StandInWriter(const TypeSource& source, const StandInRequest& request, std::size_t words,
                             io::Buffer& memory)
    : source_(source),
      order_(request.order),
      memory_(memory),
      end_(btf::header_size),
      strings_(1, '\0'),
      finds_equal_(request.everything) {
  if (words * 4 > request.max_bytes) {
    throw Error(ErrorKind::damaged, request.name, "types", "they need more bytes than the kernel's BTF has");
  }
  // Room for the strings as well: they have about as many bytes as the types.
  memory_.make_room(btf::header_size + words * 8, 0);
}

void StandInWriter::put(std::size_t at, std::uint32_t word) noexcept {
  if (order_ != btf::host_order) word = __builtin_bswap32(word);
  std::memcpy(memory_.data() + at, &word, sizeof word);
}

std::size_t StandInWriter::add_words(Words record) {
  const std::size_t at = end_;
  end_ += 4 * record.size();
  if (order_ == btf::host_order) {
    std::memcpy(memory_.data() + at, record.data(), 4 * record.size());
  } else {
    for (std::size_t i = 0; i < record.size(); ++i) put(at + 4 * i, record[i]);
  }
  return at;
}

void StandInWriter::add(Words record, std::span<const std::uint32_t> references,
                        std::span<const std::uint32_t> type_ids) {
  const std::size_t at = add_words(record.first(word_count(kind_of(record), btf::info_vlen(record[1]))));
  put(at, type_name(record[0]));
  std::size_t next = 0;
  for_each_reference_word(
      record, [&](std::size_t i) { put(at + 4 * i, references.empty() ? 0 : type_ids[references[next++]]); });
  for_each_field_word(record, [&](std::size_t i) { put(at + 4 * i, field_name(record[i])); });
}

void StandInWriter::add_without_members(Words record) {
  const std::uint32_t info = record[1];
  const std::uint32_t words[] = {type_name(record[0]),
                                 btf::make_info(btf::info_kind(info), 0, btf::info_kind_flag(info)), record[2]};
  add_words(words);
}

std::uint32_t StandInWriter::add_string(std::string_view text) {
  const auto offset = static_cast<std::uint32_t>(strings_.size());
  if (finds_equal_) {
    const auto [known, is_new] = offsets_.try_emplace(text, offset);
    if (!is_new) return known->second;
  }
  strings_.insert(strings_.end(), text.begin(), text.end());
  strings_.push_back('\0');
  return offset;
}

std::uint32_t StandInWriter::type_name(StringId id) {
  if (id == 0) return 0;
  std::uint32_t& offset = type_names_[id];
  if (offset == 0) offset = add_string(source_.name(id));
  return offset;
}

std::uint32_t StandInWriter::field_name(StringId id) {
  if (id == 0) return 0;
  std::uint32_t& offset = field_names_[id];
  if (offset == 0) offset = add_string(source_.field(id));
  return offset;
}

std::span<const std::uint8_t> StandInWriter::finish() {
  const std::size_t size = end_ + strings_.size();
  memory_.make_room(size, end_);
  const auto types = static_cast<std::uint32_t>(end_ - btf::header_size);
  const bool is_little = order_ == ByteOrder::little;
  const std::uint8_t start[4] = {static_cast<std::uint8_t>(is_little ? 0x9f : 0xeb),
                                 static_cast<std::uint8_t>(is_little ? 0xeb : 0x9f), btf::btf_version, 0};  // no flags
  std::ranges::copy(start, memory_.data());
  put(4, btf::header_size);
  put(8, 0);       // offset of types
  put(12, types);  // bytes of types, from offset 0
  put(16, types);  // offset of strings
  put(20, static_cast<std::uint32_t>(strings_.size()));
  std::ranges::copy(strings_, memory_.data() + end_);
  return {memory_.data(), size};
}

}  // namespace minbtf::pack
