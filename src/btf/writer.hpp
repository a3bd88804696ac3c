// Writes BTF in the plain form that every loader reads: 24-byte header, strings deduplicated and never shared by
// their tails (some readers refuse an offset that is not the start of a string).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::btf {

class Writer {
 public:
  explicit Writer(ByteOrder order);

  /// Offset of a string, which is appended if it is new: names are stored in the order of their first use.
  std::uint32_t string(std::string_view text);

  /// Starts a type; its info words and elements follow by the calls below. Ids count from 1.
  void begin_type(std::string_view name, Kind kind, std::uint32_t vlen, bool kind_flag, std::uint32_t size_or_type);
  void word(std::uint32_t value);
  void member(std::string_view name, std::uint32_t type, std::uint32_t offset);
  void enumerator(Kind kind, std::string_view name, std::uint64_t value);
  void param(std::string_view name, std::uint32_t type);

  /// The whole blob. The writer is done with afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish();

 private:
  void put(std::vector<std::uint8_t>& out, std::uint32_t value) const;

  ByteOrder order_;
  std::vector<std::uint8_t> types_;
  std::vector<std::uint8_t> strings_;
  std::unordered_map<std::string, std::uint32_t> offsets_;
};

}  // namespace minbtf::btf
