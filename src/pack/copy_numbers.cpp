// SPDX-License-Identifier: BSD-2-Clause
#include "pack/copy_numbers.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "btf/references.hpp"

namespace minbtf::pack {

namespace {

using btf::Type;

class CopyNumbering {
 public:
  CopyNumbering(const btf::View& kernel, StringNumbers& names, StringNumbers& fields, std::span<TypePlace> places)
      : kernel_(kernel), names_(names), fields_(fields), places_(places) {}

  /// Returns true if two types may be equal. A comparison of hashes takes less time than one of records.
  bool may_have_copies() {
    std::size_t types = 0;
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) types += is_unlisted(id) ? 1 : 0;
    std::vector<std::uint64_t> seen(std::bit_ceil(2 * types + 1));  // 0: a free place
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      if (!is_unlisted(id)) continue;
      std::uint64_t hash = 0;
      for_each_word(kernel_.type(id), [&](std::uint32_t word) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29U;
      });
      hash |= 1U;
      for (std::size_t at = hash >> 1U;; ++at) {
        std::uint64_t& place = seen[at & (seen.size() - 1)];
        if (place == hash) return true;
        if (place != 0) continue;
        place = hash;
        break;
      }
    }
    return false;
  }

  void run(const TypeTables& tables, std::span<const std::uint32_t> listed, std::span<const Extra> extras) {
    RecordTable records;
    record_by_id_.resize(kernel_.id_end());
    std::vector<std::uint32_t> words;
    for (std::uint32_t id = 1; id < kernel_.id_end(); ++id) {
      if (!is_unlisted(id)) continue;
      words.clear();
      for_each_word(kernel_.type(id), [&](std::uint32_t word) { words.push_back(word); });
      record_by_id_[id] = records.add(words);
    }
    counts_.resize(records.end());
    std::vector<std::uint32_t> order(listed.begin(), listed.end());
    std::ranges::sort(order, {}, [&](std::uint32_t id) {
      const Key& key = tables.keys[places_[id].key];
      return std::tuple(tables.names.text(key.name), key.kind, places_[id].index);
    });
    for (const std::uint32_t id : order) number_in(kernel_.type(id));
    std::vector<Extra> ordered(extras.begin(), extras.end());
    std::ranges::sort(ordered, {}, [&](const Extra& extra) {
      return std::tuple(tables.order_of(tables.extra_keys[extra.key & ~extra_bit]), extra.index);
    });
    for (const Extra& extra : ordered) {
      const bool is_new = number(extra.id);
      if (is_new || places_[extra.id].key != no_key) number_in(kernel_.type(extra.id));
    }
  }

 private:
  [[nodiscard]] bool is_unlisted(std::uint32_t id) const {
    return places_[id].key == no_key && !is_listed_extra(kernel_.type(id).kind);
  }

  /// Calls visit(word) for the words of the record of a type, with type ids as they are.
  template <typename Visit>
  void for_each_word(const Type& type, Visit visit) {
    const btf::KindShape& own = btf::shape(type.kind);
    visit(names_[type.name_off]);
    visit(btf::make_info(static_cast<std::uint8_t>(type.kind), type.vlen, type.kind_flag));
    visit(type.size_or_type);
    std::size_t at = btf::type_header_size;
    for (const std::size_t end = at + own.info_size; at < end; at += 4) visit(kernel_.word(type, at));
    if (own.elem_size == 0) return;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      for (std::int8_t in_element = 0; in_element < own.elem_size; in_element += 4, at += 4) {
        const std::uint32_t word = kernel_.word(type, at);
        visit(in_element == own.elem_name ? fields_[word] : word);
      }
    }
  }

  /// Returns false if the type has a list, or was numbered before.
  bool number(std::uint32_t id) {
    const std::uint32_t record = std::exchange(record_by_id_[id], 0);
    if (record == 0) return false;
    places_[id].copy = counts_[record]++;
    return true;
  }

  void number_in(const Type& type) {
    btf::for_each_reference(kernel_, type, [&](const btf::Reference& reference) {
      if (number(reference.id)) number_in(kernel_.type(reference.id));
    });
  }

  const btf::View& kernel_;
  StringNumbers& names_;
  StringNumbers& fields_;
  std::span<TypePlace> places_;
  std::vector<std::uint32_t> record_by_id_;  ///< 0 if the type is numbered, or has a list
  std::vector<std::uint32_t> counts_;        ///< by record
};

}  // namespace

void number_copies(const btf::View& kernel, const TypeTables& tables, std::span<const std::uint32_t> listed,
                   std::span<const Extra> extras, StringNumbers& names, StringNumbers& fields,
                   std::span<TypePlace> places) {
  CopyNumbering numbering(kernel, names, fields, places);
  if (numbering.may_have_copies()) numbering.run(tables, listed, extras);
}

}  // namespace minbtf::pack
