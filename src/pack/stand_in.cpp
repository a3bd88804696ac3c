// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stand_in.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/sorted.hpp"
#include "btf/bytes.hpp"
#include "minbtf/error.hpp"
#include "pack/identities.hpp"
#include "pack/number_map.hpp"
#include "pack/stand_in_writer.hpp"

namespace minbtf::pack {

namespace {

using btf::Kind;

class Builder {
 public:
  Builder(const TypeSource& source, const StandInRequest& request)
      : source_(source),
        request_(request),
        identities_(source, request.follows_pointers, request.max_bytes, request.name) {}

  StandIn run(io::Buffer& memory) {
    take_list(integers_key);
    for (const std::uint32_t key : wanted_keys()) take_list(key);
    for (const std::uint32_t key : wanted_extra_keys()) take_list(key);
    if (source_.has_groups()) {
      if (request_.everything) order_by_group();
      sort_by_group();
    }
    while (!whole_.empty()) follow_by_value(pop(whole_));
    while (!behind_.empty()) follow_behind_pointer(pop(behind_));
    return write(memory);
  }

 private:
  enum class Extent : std::uint8_t {
    none,
    stub,   ///< a STRUCT or UNION without members
    whole,  ///< the record; what a PTR leads to depends on the request
  };

  static IdentityId pop(std::vector<IdentityId>& queue) {
    const IdentityId id = queue.back();
    queue.pop_back();
    return id;
  }

  std::vector<std::uint32_t> wanted_keys() const {
    std::vector<std::uint32_t> keys;
    if (request_.everything) {
      for (std::uint32_t key = 0; key < source_.key_end(); ++key) keys.push_back(key);
    } else {
      for (const std::string& name : request_.names) {
        for (const std::uint32_t key : source_.keys_named(name)) keys.push_back(key);
      }
    }
    base::sort_unique(keys);
    return keys;
  }

  /// Returns the wanted keys of extras, with extra_bit.
  std::vector<std::uint32_t> wanted_extra_keys() const {
    std::vector<std::uint32_t> keys;
    if (request_.everything) {
      for (std::uint32_t key = 0; key < source_.extra_key_end(); ++key) keys.push_back(key | extra_bit);
    } else if (request_.extras) {
      for (const std::string& name : request_.names) {
        for (const std::uint32_t key : source_.extra_keys_named(name)) keys.push_back(key);
      }
    }
    base::sort_unique(keys);
    return keys;
  }

  void take_list(std::uint32_t key) {
    const bool is_extra = (key & extra_bit) != 0;
    const std::size_t entries = identities_.list(key).size();
    for (std::uint32_t index = 0; index < entries; ++index) {
      const IdentityId id = is_extra ? identities_.extra(key, index) : identities_.listed(key, index);
      if (!take(id, Extent::whole)) continue;
      places_.push_back({key, index});
      order_.push_back(id);
      whole_.push_back(id);
    }
  }

  /// Orders the types so that add_types() gives them the same groups again. A group begins with a type whose node is in
  /// the group before. Its other types follow, and then its extras.
  void order_by_group() {
    struct Item {
      std::uint32_t group = 0;
      bool is_extra = false;
      bool is_not_first = true;
      std::uint32_t node = 0;
      bool keeps_place = false;  ///< an earlier type of the list is in the group
      IdentityId id = 0;
    };
    std::vector<Item> items;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const auto [key, index] = places_[i];
      const auto& entries = identities_.list(key).entries;
      const std::uint32_t group = entries[index].group;
      items.push_back({.group = group,
                       .is_extra = (key & extra_bit) != 0,
                       .node = entries[index].node,
                       .keeps_place = index != 0 && entries[index - 1].group == group,
                       .id = order_[i]});
    }
    const auto place = [](const Item& item) { return std::tuple(item.group, item.is_extra, item.is_not_first); };
    std::ranges::stable_sort(items, {}, place);
    NumberMap<std::uint32_t> last_group;  // by node: the last group that has it, and 1
    std::uint32_t started = 0;            // the last group whose first type is known
    for (auto begin = items.begin(); begin != items.end();) {
      const std::uint32_t group = begin->group;
      const auto end = std::find_if(begin, items.end(), [&](const Item& item) { return item.group != group; });
      for (auto item = begin; item != end; ++item) {
        if (item->is_extra) continue;
        std::uint32_t& last = last_group[item->node];
        if (group != 0 && last == group && started != group && !item->keeps_place) {
          item->is_not_first = false;
          started = group;
        }
        last = group + 1;
      }
      begin = end;
    }
    std::ranges::stable_sort(items, {}, place);
    for (std::size_t i = 0; i < items.size(); ++i) order_[i] = items[i].id;
  }

  /// Puts the types of one group next to each other: most references stay in their group, and Identities finds those of
  /// the same group faster. The order of writing does not change.
  void sort_by_group() {
    std::ranges::stable_sort(whole_, {}, [&](IdentityId id) { return identities_.group(id); });
  }

  /// Returns true if the type was not taken before.
  bool take(IdentityId id, Extent extent) {
    if (extents_.size() < identities_.end()) extents_.resize(identities_.end(), Extent::none);
    if (extents_[id] != Extent::none) return false;
    extents_[id] = extent;
    return true;
  }

  void follow_by_value(IdentityId id) {
    const bool is_pointer = identities_.kind(id) == Kind::ptr;
    if (is_pointer && !request_.follows_pointers) return;
    for (const IdentityId to : identities_.references(id)) {
      if (to == 0) continue;
      if (is_pointer) {
        behind_.push_back(to);
      } else if (take(to, Extent::whole)) {
        rest_.push_back(to);
        whole_.push_back(to);
      }
    }
  }

  void follow_behind_pointer(IdentityId id) {
    const bool is_stub = !request_.everything && btf::is_composite(identities_.kind(id));
    if (!take(id, is_stub ? Extent::stub : Extent::whole)) return;
    rest_.push_back(id);
    if (is_stub) return;
    for (const IdentityId to : identities_.references(id)) {
      if (to != 0) behind_.push_back(to);
    }
  }

  /// Returns the references to write. Empty: void in their place.
  std::span<const IdentityId> references_of(IdentityId id) {
    const bool is_cut_off = !request_.follows_pointers && identities_.kind(id) == Kind::ptr;
    return is_cut_off ? std::span<const IdentityId>() : identities_.references(id);
  }

  std::size_t words_of(IdentityId id) {
    const Words record = identities_.record(id);
    return word_count(kind_of(record), btf::info_vlen(record[1]));
  }

  /// Moves a type with elements to the end, if a type that is in no list has some. libbpf before 1.3 reads the word
  /// behind the `struct btf_type` as the encoding of an integer (field_signed), whatever the type is. Behind the last
  /// type of a file are the strings, and bit 24 of what it reads there may be set.
  void end_with_elements() {
    const auto has_elements = [&](IdentityId id) { return words_of(id) > header_words; };
    const auto moved = std::ranges::find_if(rest_.rbegin(), rest_.rend(), has_elements);
    if (moved != rest_.rend()) std::rotate(rest_.rbegin(), moved, moved + 1);
  }

  StandIn write(io::Buffer& memory) {
    if (request_.everything) end_with_elements();
    order_.insert(order_.end(), rest_.begin(), rest_.end());
    std::vector<std::uint32_t> type_ids(identities_.end());
    for (std::uint32_t i = 0; i < order_.size(); ++i) type_ids[order_[i]] = i + 1;
    std::size_t words = 0;
    for (const IdentityId id : order_) {
      words += extents_[id] == Extent::stub ? header_words : words_of(id);
    }
    StandInWriter writer(source_, request_, words, memory);
    // The records and references of all these types are known, so the calls below change nothing in identities_.
    for (const IdentityId id : order_) {
      if (extents_[id] == Extent::stub) {
        writer.add_without_members(identities_.record(id));
      } else {
        writer.add(identities_.record(id), references_of(id), type_ids);
      }
    }
    return {.bytes = writer.finish(), .least_limit = std::max<std::uint64_t>(4 * words, identities_.bytes())};
  }

  const TypeSource& source_;
  const StandInRequest& request_;
  Identities identities_;
  std::vector<Extent> extents_;                                  ///< by identity
  std::vector<IdentityId> order_;                                ///< of writing
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places_;  ///< key and index of the types in order_
  std::vector<IdentityId> rest_;    ///< types that are not in a wanted list, in the order in which they were taken
  std::vector<IdentityId> whole_;   ///< taken by value, and not followed yet
  std::vector<IdentityId> behind_;  ///< behind a pointer, and not followed yet
};

}  // namespace

StandIn make_stand_in(const TypeSource& source, const StandInRequest& request, io::Buffer& memory) {
  return Builder(source, request).run(memory);
}

}  // namespace minbtf::pack
