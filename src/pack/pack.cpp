// SPDX-License-Identifier: BSD-2-Clause
#include "pack/pack.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "io/parallel.hpp"
#include "io/read/buffer.hpp"
#include "minbtf/error.hpp"
#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/table_sections.hpp"

namespace minbtf::pack {

namespace {

/// A part of the pack that is decoded when it is first needed. An exception is thrown again at each use.
template <typename Value>
class Lazy {
 public:
  explicit Lazy(std::function<Value()> make) : make_(std::move(make)) {}

  const Value& get() const {
    // std::call_once() takes longer than the rest of most uses.
    if (const Value* const made = made_.load(std::memory_order_acquire); made != nullptr) return *made;
    std::call_once(once_, [&] {
      try {
        made_ = &value_.emplace(make_());
      } catch (...) {
        failed_ = std::current_exception();
      }
    });
    if (failed_) std::rethrow_exception(failed_);
    return *value_;
  }

 private:
  std::function<Value()> make_;
  mutable std::once_flag once_;
  mutable std::optional<Value> value_;
  mutable std::atomic<const Value*> made_{nullptr};
  mutable std::exception_ptr failed_;
};

/// The sections of one type, with elements from `begin` up to `end`. All but the last have the same number of elements.
template <typename Block>
struct Blocks {
  std::vector<std::unique_ptr<Lazy<Block>>> blocks;
  std::uint32_t in_block = 1;  ///< number of elements
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  /// `id` is at least `begin`, and below `end`.
  [[nodiscard]] const Block& holding(std::uint32_t id) const { return blocks[(id - begin) / in_block]->get(); }
};

}  // namespace

class Pack::Tables {
 public:
  Tables(std::span<const std::uint8_t> bytes, const std::string& name) : file_(bytes, name) {
    if ((file_.flags() & flag_types_only) == 0) {
      throw Error(ErrorKind::unsupported, name, "header", "a pack that is not one of types only");
    }
    const Section& kernels = only(SectionType::kernels);
    const Section& sources = only(SectionType::sources);
    catalog_ = with_contents(kernels, [&](std::span<const std::uint8_t> of_kernels) {
      return with_contents(sources, [&](std::span<const std::uint8_t> of_sources) {
        return decode_catalog(of_kernels, kernels.count, of_sources, sources.count, name);
      });
    });
    const Section& keys = only(SectionType::keys);
    keys_ = with_contents(keys, [&](std::span<const std::uint8_t> contents) {
      return decode_keys(contents, keys.count, names_.get().strings, name);
    });
    bounds_.names = names_.get().strings.size();
    (void)only(SectionType::fields);
    bounds_.fields = end_of(SectionType::fields, 1);
    bounds_.keys = static_cast<std::uint32_t>(keys_.keys.size());
    bounds_.cuts = end_of(SectionType::cuts, 1);
    bounds_.nodes = end_of(SectionType::nodes, 1);
    add_blocks(nodes_, SectionType::nodes, 1, [this](const Section& section) {
      RecordBlock block = decoded(section, RecordForm::node);
      block.keys.reserve(section.count);
      for (std::uint32_t i = 0; i < section.count; ++i) block.keys.push_back(key_of(block.record(section.first + i)));
      return block;
    });
    add_blocks(cuts_, SectionType::cuts, 1,
               [this](const Section& section) { return decoded(section, RecordForm::cut); });
    add_blocks(lists_, SectionType::lists, 0, [this](const Section& section) {
      return with_contents(section, [&](std::span<const std::uint8_t> contents) {
        return ListBlock(contents, section.first, section.count, bounds_.nodes,
                         static_cast<std::uint32_t>(catalog_.kernels.size()), file_.name());
      });
    });
    if (lists_.end != bounds_.keys) damaged("section table", "not as many keys as lists of keys");
    find_verbatim();
  }

  [[nodiscard]] const SectionFile& file() const noexcept { return file_; }
  [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }
  [[nodiscard]] const KeyTable& keys() const noexcept { return keys_; }
  [[nodiscard]] std::string_view name(StringId id) const { return names_.get().strings[id]; }
  [[nodiscard]] std::string_view field(StringId id) const { return fields_.get().strings[id]; }
  [[nodiscard]] Words node(std::uint32_t id) const { return nodes_.holding(id).record(id); }
  [[nodiscard]] Words cut(std::uint32_t id) const { return cuts_.holding(id).record(id); }
  [[nodiscard]] std::uint32_t key_of_node(std::uint32_t id) const {
    const RecordBlock& block = nodes_.holding(id);
    return block.keys[id - block.first];
  }

  [[nodiscard]] List list(std::uint32_t kernel, std::uint32_t key) const {
    const ListBlock& block = lists_.holding(key);
    const std::uint32_t list = block.list_of_kernel(key, kernel);
    return list == 0 ? List() : block.list(key, list - 1);
  }

  [[nodiscard]] std::span<const std::uint8_t> verbatim(std::uint32_t kernel, std::uint64_t most_bytes,
                                                       io::Buffer& memory) const {
    return file_.read(*verbatim_[kernel], most_bytes, memory);
  }

 private:
  [[noreturn]] void damaged(const std::string& where, const std::string& reason) const {
    throw Error(ErrorKind::damaged, file_.name(), where, reason);
  }

  [[nodiscard]] std::uint32_t key_of(Words node) const {
    if (!is_listed(node)) return no_key;
    if (kind_of(node) == btf::Kind::int_) return integers_key;
    const auto key = keys_.find(name_of(node), kind_of(node));
    if (!key) damaged("keys", "no key for the name of a node");
    return *key;
  }

  /// The strings of a section, with their bytes.
  struct StoredStrings {
    StoredStrings(const SectionFile& file, const Section& section)
        : strings(file.read(section, max_section_bytes, memory), section.count, file.name(), to_string(section.type)) {}

    io::Buffer memory{};
    Strings strings;
  };

  /// Calls use(contents) with the contents of a section, which are valid during the call.
  template <typename Use>
  std::invoke_result_t<Use, std::span<const std::uint8_t>> with_contents(const Section& section, Use use) const {
    const auto memory = sections_.lend();
    return use(file_.read(section, max_section_bytes, *memory));
  }

  [[nodiscard]] RecordBlock decoded(const Section& section, RecordForm form) const {
    return with_contents(section, [&](std::span<const std::uint8_t> contents) {
      return decode_records(contents, form, section.first, section.count, bounds_, file_.name());
    });
  }

  [[nodiscard]] const Section& only(SectionType type) const {
    const Section* found = nullptr;
    for (const Section& section : file_.sections()) {
      if (section.type != type) continue;
      if (found != nullptr) damaged("section table", "two sections of " + to_string(type));
      found = &section;
    }
    if (found == nullptr) damaged("section table", "no section of " + to_string(type));
    return *found;
  }

  /// Returns the number behind the last element of a type whose sections have elements from `begin` on.
  [[nodiscard]] std::uint32_t end_of(SectionType type, std::uint32_t begin) const {
    std::uint64_t end = begin;
    for (const Section& section : file_.sections()) {
      if (section.type != type) continue;
      if (section.first != end) damaged("section table", "sections of " + to_string(type) + " with a gap between them");
      // Every element has at least one byte.
      if (section.count > section.raw_bytes)
        damaged("section table", "a section of " + to_string(type) + " with too many elements");
      end += section.count;
    }
    if (end > 0x7fffffffU) damaged("section table", "too many elements of " + to_string(type));
    return static_cast<std::uint32_t>(end);
  }

  template <typename Block, typename Decode>
  void add_blocks(Blocks<Block>& blocks, SectionType type, std::uint32_t begin, Decode decode) {
    blocks.begin = begin;
    blocks.end = end_of(type, begin);
    bool is_last = false;
    for (const Section& section : file_.sections()) {
      if (section.type != type) continue;
      if (section.count == 0 || is_last)
        damaged("section table", "sections of " + to_string(type) + " of unequal size");
      if (blocks.blocks.empty()) blocks.in_block = section.count;
      if (section.count > blocks.in_block)
        damaged("section table", "sections of " + to_string(type) + " of unequal size");
      is_last = section.count < blocks.in_block;
      blocks.blocks.push_back(std::make_unique<Lazy<Block>>([&section, decode] { return decode(section); }));
    }
  }

  void find_verbatim() {
    verbatim_.resize(catalog_.kernels.size());
    for (const Section& section : file_.sections()) {
      if (section.type != SectionType::verbatim) continue;
      if (section.first >= verbatim_.size() || section.count != 1)
        damaged("section table", "a verbatim section of no kernel");
      if (std::exchange(verbatim_[section.first], &section) != nullptr)
        damaged("section table", "two verbatim sections of one kernel");
    }
    for (std::size_t kernel = 0; kernel < verbatim_.size(); ++kernel) {
      const PackedKernel& facts = catalog_.kernels[kernel];
      const bool is_verbatim = facts.form == PackedKernel::Form::verbatim;
      const Section* const section = verbatim_[kernel];
      if (is_verbatim != (section != nullptr) ||
          (is_verbatim && (section->raw_bytes != facts.bytes || section->hash != facts.hash))) {
        damaged("section table", "a kernel and its verbatim section contradict each other");
      }
    }
  }

  SectionFile file_;
  Catalog catalog_;
  mutable io::Pool<io::Buffer> sections_;  ///< memory for sections that are decoded
  Lazy<StoredStrings> names_{[this] { return StoredStrings(file_, only(SectionType::names)); }};
  Lazy<StoredStrings> fields_{[this] { return StoredStrings(file_, only(SectionType::fields)); }};
  KeyTable keys_;
  RecordBounds bounds_;
  Blocks<RecordBlock> nodes_;
  Blocks<RecordBlock> cuts_;
  Blocks<ListBlock> lists_;
  std::vector<const Section*> verbatim_;  ///< by kernel; null for a kernel that is not verbatim
};

class Pack::Types final : public TypeSource {
 public:
  Types(const Tables& tables, std::uint32_t kernel) : tables_(tables), kernel_(kernel) {}

  [[nodiscard]] std::string_view name(StringId id) const override { return tables_.name(id); }
  [[nodiscard]] std::string_view field(StringId id) const override { return tables_.field(id); }
  [[nodiscard]] Words node(std::uint32_t id) const override { return tables_.node(id); }
  [[nodiscard]] Words cut(std::uint32_t id) const override { return tables_.cut(id); }
  [[nodiscard]] std::uint32_t key_of_node(std::uint32_t id) const override { return tables_.key_of_node(id); }
  [[nodiscard]] std::vector<std::uint32_t> keys_named(std::string_view essential_name) const override {
    return tables_.keys().named(essential_name);
  }
  [[nodiscard]] std::uint32_t key_end() const override {
    return static_cast<std::uint32_t>(tables_.keys().keys.size());
  }
  [[nodiscard]] List list(std::uint32_t key) const override { return tables_.list(kernel_, key); }
  [[nodiscard]] bool has_groups() const override { return tables_.catalog().kernels[kernel_].has_groups; }

 private:
  const Tables& tables_;
  std::uint32_t kernel_;
};

Pack::Pack(std::span<const std::uint8_t> bytes, const std::string& name)
    : tables_(std::make_unique<const Tables>(bytes, name)) {}
Pack::~Pack() = default;

const SectionFile& Pack::file() const noexcept { return tables_->file(); }
const Catalog& Pack::catalog() const noexcept { return tables_->catalog(); }

std::unique_ptr<TypeSource> Pack::types(std::uint32_t kernel) const {
  return std::make_unique<Types>(*tables_, kernel);
}

std::span<const std::uint8_t> Pack::kernel_btf(std::uint32_t kernel, StandInRequest request, std::uint64_t most_bytes,
                                               io::Buffer& memory) const {
  const PackedKernel& facts = catalog().kernels[kernel];
  if (facts.form == PackedKernel::Form::verbatim) return tables_->verbatim(kernel, most_bytes, memory);
  if (facts.bytes > most_bytes) {
    throw Error(ErrorKind::unsupported, request.name, "",
                std::to_string(facts.bytes) + " bytes of BTF, over the limit of " + std::to_string(most_bytes));
  }
  request.order = facts.order;
  request.max_bytes = facts.bytes;
  return make_stand_in(*types(kernel), request, memory);
}

}  // namespace minbtf::pack
