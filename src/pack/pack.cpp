// SPDX-License-Identifier: BSD-2-Clause
#include "pack/pack.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "minbtf/error.hpp"
#include "pack/blocks.hpp"
#include "pack/stored_extras.hpp"
#include "pack/stored_pack.hpp"

namespace minbtf::pack {

class Pack::Tables {
 public:
  Tables(std::span<const std::uint8_t> bytes, const std::string& name) : stored_(bytes, name) {
    sort_keys();
    add_records(nodes_, SectionType::nodes, [this](const Section& section) {
      RecordBlock block = stored_.records(section);
      block.keys.reserve(section.count);
      for (std::uint32_t i = 0; i < section.count; ++i) block.keys.push_back(key_of(block.record(section.first + i)));
      return block;
    });
    add_records(cuts_, SectionType::cuts, [this](const Section& section) {
      RecordBlock block = stored_.records(section);
      if (!ranks_.empty()) sort_keys_of(block, section.count);
      return block;
    });
    for (const Segment& segment : stored_.segments()) {
      Blocks<ListBlock>& blocks = lists_.emplace_back(0);
      for (const Section* section : segment.lists)
        blocks.add(section->count, [this, &segment, section] { return stored_.lists(segment, *section); });
    }
    for (std::uint32_t i = 0; i < stored_.segments().size(); ++i) {
      const auto change = [this](std::span<std::uint32_t> record) {
        if (!ranks_.empty() && record[1] == cut_key) record[0] = ranks_[record[0]];
      };
      extras_.push_back(std::make_unique<const StoredExtras>(stored_, i, change));
    }
  }

  [[nodiscard]] const StoredPack& stored() const noexcept { return stored_; }
  [[nodiscard]] const KeyTable& keys() const noexcept { return keys_; }
  /// Returns the extras of the segment of a kernel.
  [[nodiscard]] const StoredExtras& extras(std::uint32_t kernel) const {
    return *extras_[static_cast<std::size_t>(&stored_.segment_of(kernel) - stored_.segments().data())];
  }
  /// Returns kernels in a row, one of which is `kernel`, that differ in nothing but their types, sizes and hashes.
  [[nodiscard]] KernelRange like(std::uint32_t kernel) const {
    const std::vector<PackedKernel>& kernels = stored_.catalog().kernels;
    const Segment& segment = stored_.segment_of(kernel);
    const auto is_like = [&](std::uint32_t other) {
      const auto facts = [&](std::uint32_t number) {
        const PackedKernel& each = kernels[number];
        return std::tuple(each.order, each.form, each.has_groups, each.base);
      };
      return facts(other) == facts(kernel);
    };
    KernelRange range = {.first = kernel, .end = kernel + 1};
    while (range.first > segment.first_kernel && is_like(range.first - 1)) --range.first;
    while (range.end < segment.kernel_end && is_like(range.end)) ++range.end;
    return range;
  }
  [[nodiscard]] std::string_view name(StringId id) const { return stored_.names()[id]; }
  [[nodiscard]] std::string_view field(StringId id) const { return stored_.fields()[id]; }
  [[nodiscard]] Words node(std::uint32_t id) const { return nodes_.holding(id).record(id); }
  [[nodiscard]] Words cut(std::uint32_t id) const { return cuts_.holding(id).record(id); }
  [[nodiscard]] std::uint32_t key_of_node(std::uint32_t id) const {
    const RecordBlock& block = nodes_.holding(id);
    return block.keys[id - block.first];
  }

  /// Returns the list of a kernel, or that of its base, of the base's base, and so on. `same` has kernels of one
  /// segment that have the same base; those that do not have this list are taken off.
  [[nodiscard]] List list(std::uint32_t kernel, std::uint32_t rank, KernelRange& same) const {
    const std::uint32_t key = ranks_.empty() ? rank : numbers_[rank];
    bool is_own = true;
    while (kernel != no_kernel) {
      const Segment& segment = stored_.segment_of(kernel);
      // The lists of an older segment do not have newer keys, and those of its base neither.
      if (key >= segment.key_end) break;
      const auto index = static_cast<std::size_t>(&segment - stored_.segments().data());
      const ListBlock& block = lists_[index].holding(key);
      const KernelRun run = block.run_of_kernel(key, kernel - segment.first_kernel);
      // What a base has is the same for all kernels that have this base.
      if (is_own) same.narrow(segment.first_kernel + run.first, segment.first_kernel + run.end);
      is_own = false;
      if (run.list > block.list_count(key)) break;
      if (run.list != 0) return block.list(key, run.list - 1);
      kernel = stored_.catalog().kernels[kernel].base;
    }
    return {};
  }

 private:
  [[nodiscard]] std::uint32_t key_of(Words node) const {
    if (!is_listed(node)) return no_key;
    if (kind_of(node) == btf::Kind::int_) return integers_key;
    const auto key = keys_.find(name_of(node), kind_of(node));
    if (!key) stored_.damaged("keys", "no key for the name of a node");
    return *key;
  }

  /// Sorts the keys of all segments. Throws Error (damaged) if two keys are equal. Users of the pack see sorted keys,
  /// as in a pack of one segment.
  void sort_keys() {
    std::vector<Key> sorted = stored_.keys();
    if (stored_.sections(SectionType::keys).size() > 1) {
      const auto place = [this](std::uint32_t number) {
        const Key& key = stored_.keys()[number];
        return std::tuple(stored_.names()[key.name], key.kind);
      };
      std::vector<std::uint32_t> in_file(sorted.size());
      std::iota(in_file.begin(), in_file.end(), 0);
      const auto first_end = in_file.begin() + stored_.segments().front().key_end;
      std::ranges::sort(first_end, in_file.end(), {}, place);
      std::ranges::merge(std::ranges::subrange(in_file.begin(), first_end),
                         std::ranges::subrange(first_end, in_file.end()), std::back_inserter(numbers_), {}, place,
                         place);
      if (std::ranges::adjacent_find(numbers_, {}, place) != numbers_.end()) stored_.damaged("keys", "two equal keys");
      ranks_.resize(sorted.size());
      for (std::uint32_t rank = 0; rank < numbers_.size(); ++rank) {
        ranks_[numbers_[rank]] = rank;
        sorted[rank] = stored_.keys()[numbers_[rank]];
      }
    }
    keys_ = KeyTable(std::move(sorted), stored_.names());
  }

  void sort_keys_of(RecordBlock& block, std::uint32_t count) const {
    auto* const words = reinterpret_cast<std::uint32_t*>(block.memory.data());
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t* const record = words + (i == 0 ? 0 : block.ends[i - 1]);
      if (record[1] == cut_key) record[0] = ranks_[record[0]];
    }
  }

  template <typename Decode>
  void add_records(Blocks<RecordBlock>& blocks, SectionType type, Decode decode) {
    for (const Section* section : stored_.sections(type)) {
      if (section->count == 0) stored_.damaged("section table", "an empty section of " + to_string(type));
      blocks.add(section->count, [section, decode] { return decode(*section); });
    }
  }

  StoredPack stored_;
  KeyTable keys_;
  // Empty if the keys of the file are sorted.
  std::vector<std::uint32_t> numbers_;  ///< by key, sorted: its number in the file
  std::vector<std::uint32_t> ranks_;    ///< inverse of numbers_
  Blocks<RecordBlock> nodes_{1};
  Blocks<RecordBlock> cuts_{1};
  std::vector<Blocks<ListBlock>> lists_;                     ///< by segment
  std::vector<std::unique_ptr<const StoredExtras>> extras_;  ///< by segment
};

class Pack::Types final : public TypeSource {
 public:
  Types(const Tables& tables, std::uint32_t kernel)
      : tables_(tables), kernel_(kernel), extras_(tables.extras(kernel)), same_(tables.like(kernel)) {}

  /// Returns kernels for which all calls until now return the same.
  [[nodiscard]] KernelRange same_kernels() const noexcept { return same_; }

  [[nodiscard]] std::string_view name(StringId id) const override {
    return (id & extra_bit) != 0 ? extras_.name(id & ~extra_bit) : tables_.name(id);
  }
  [[nodiscard]] std::string_view field(StringId id) const override {
    return (id & extra_bit) != 0 ? extras_.field(id & ~extra_bit) : tables_.field(id);
  }
  [[nodiscard]] Words node(std::uint32_t id) const override { return tables_.node(id); }
  [[nodiscard]] Words cut(std::uint32_t id) const override { return tables_.cut(id); }
  [[nodiscard]] std::uint32_t key_of_node(std::uint32_t id) const override { return tables_.key_of_node(id); }
  [[nodiscard]] std::vector<std::uint32_t> keys_named(std::string_view essential_name) const override {
    return tables_.keys().named(essential_name);
  }
  [[nodiscard]] std::uint32_t key_end() const override {
    return static_cast<std::uint32_t>(tables_.keys().keys.size());
  }
  [[nodiscard]] List list(std::uint32_t key) const override {
    return (key & extra_bit) != 0 ? extras_.list(kernel_, key & ~extra_bit, same_) : tables_.list(kernel_, key, same_);
  }
  [[nodiscard]] Words extra_cut(std::uint32_t id) const override { return extras_.cut(id); }
  [[nodiscard]] std::vector<std::uint32_t> extra_keys_named(std::string_view essential_name) const override {
    if (extra_key_end() == 0) return {};
    std::vector<std::uint32_t> keys = extras_.keys().named(essential_name);
    for (std::uint32_t& key : keys) key |= extra_bit;
    return keys;
  }
  [[nodiscard]] std::pair<btf::Kind, std::string_view> extra_key(std::uint32_t key) const override {
    const ExtraKey& found = extras_.keys().keys[key];
    return {found.kind, extras_.name(found.name)};
  }
  [[nodiscard]] std::uint32_t extra_key_end() const override {
    const bool is_whole = tables_.stored().catalog().kernels[kernel_].form == PackedKernel::Form::whole;
    return is_whole ? extras_.key_end() : 0;
  }
  [[nodiscard]] bool has_groups() const override { return tables_.stored().catalog().kernels[kernel_].has_groups; }

 private:
  const Tables& tables_;
  std::uint32_t kernel_;
  const StoredExtras& extras_;  ///< of the segment
  mutable KernelRange same_;
};

Pack::Pack(std::span<const std::uint8_t> bytes, const std::string& name)
    : tables_(std::make_unique<const Tables>(bytes, name)) {}
Pack::~Pack() = default;

const StoredPack& Pack::stored() const noexcept { return tables_->stored(); }
const SectionFile& Pack::file() const noexcept { return stored().file(); }
const Catalog& Pack::catalog() const noexcept { return stored().catalog(); }

std::unique_ptr<TypeSource> Pack::types(std::uint32_t kernel) const {
  return std::make_unique<Types>(*tables_, kernel);
}

SharedBtf Pack::shared_btf(std::uint32_t kernel, StandInRequest request, std::uint64_t most_bytes,
                           io::Buffer& memory) const {
  const PackedKernel& facts = catalog().kernels[kernel];
  if (facts.form == PackedKernel::Form::verbatim) {
    return {.bytes = stored().verbatim(kernel, most_bytes, memory),
            .kernels = {.first = kernel, .end = kernel + 1},
            .least_size = facts.bytes};
  }
  if (facts.bytes > most_bytes) {
    throw Error(ErrorKind::unsupported, request.name, "",
                std::to_string(facts.bytes) + " bytes of BTF, over the limit of " + std::to_string(most_bytes));
  }
  request.order = facts.order;
  request.max_bytes = facts.bytes;
  const Types types(*tables_, kernel);
  const StandIn made = make_stand_in(types, request, memory);
  return {.bytes = made.bytes, .kernels = types.same_kernels(), .least_size = made.least_limit};
}

}  // namespace minbtf::pack
