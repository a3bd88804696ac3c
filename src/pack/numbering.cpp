// SPDX-License-Identifier: BSD-2-Clause
#include "pack/numbering.hpp"

#include <algorithm>
#include <tuple>

namespace minbtf::pack {

namespace {

/// Calls visit(word) for the word of each entry that is the number of its node.
template <typename List, typename Visit>
void for_each_node(List& words, Visit visit) {
  for (std::size_t at = 0; at < words.size(); at += 3 + 2 * std::size_t{words[at + 2]}) visit(words[at]);
}

}  // namespace

Numbered::Numbered(const TypeTables& tables, const ListRuns& lists, const ListRuns& extras)
    : tables_(tables),
      lists_(lists),
      extras_(extras),
      names_(tables.names.size()),
      fields_(tables.fields.size()),
      nodes_(tables.nodes.end()),
      cuts_(tables.cuts.end()),
      extra_names_(tables.names.size()),
      extra_fields_(tables.fields.size()),
      extra_cuts_(tables.extra_cuts.end()),
      keys_(tables.keys.size()),
      extra_keys_(tables.extra_keys.size()) {
  number_keys();
  lists.for_each_list(old_keys_, [this](std::uint32_t list) { number_list(list); });
  number_extra_keys();
  extras.for_each_list(old_extra_keys_, [this](std::uint32_t list) { number_extra_list(list); });
  // The fields of keys are those of records.
  for (const std::uint32_t key : old_extra_keys_) extra_fields_.add(tables.extra_keys[key].field);
}

/// Numbers the keys that the kernels have, and integers_key.
void Numbered::number_keys() {
  old_keys_ = lists_.keys();
  if (!lists_.has_key(integers_key)) old_keys_.push_back(integers_key);
  // integers_key has an empty name, and is the first.
  std::ranges::sort(old_keys_, {}, [&](std::uint32_t key) {
    return std::tuple(tables_.names.text(tables_.keys[key].name), tables_.keys[key].kind);
  });
  for (std::uint32_t i = 0; i < old_keys_.size(); ++i) {
    keys_[old_keys_[i]] = i;
    names_.add(tables_.keys[old_keys_[i]].name);
  }
}

void Numbered::number_extra_keys() {
  old_extra_keys_ = extras_.keys();
  std::ranges::sort(old_extra_keys_, {}, [&](std::uint32_t key) { return tables_.order_of(tables_.extra_keys[key]); });
  for (std::uint32_t i = 0; i < old_extra_keys_.size(); ++i) {
    extra_keys_[old_extra_keys_[i]] = i;
    extra_names_.add(tables_.extra_keys[old_extra_keys_[i]].name);
  }
}

void Numbered::number_list(ListId old) {
  ListTable::OneEntry memory;
  const Words words = tables_.lists.words(old, memory);
  for_each_node(words, [this](std::uint32_t node) { add_node(node); });
}

void Numbered::number_extra_list(ListId old) {
  ListTable::OneEntry memory;
  const Words words = tables_.extra_lists.words(old, memory);
  for_each_node(words, [this](std::uint32_t cut) { add_extra_cut(cut); });
}

void Numbered::add_node(std::uint32_t old) {
  if (old == 0 || nodes_.of_old(old) != 0) return;
  const Words words = tables_.nodes.words(old);
  const bool is_pointer = kind_of(words) == btf::Kind::ptr;
  names_.add(words[0]);
  for_each_field_word(words, [&](std::size_t i) { fields_.add(words[i]); });
  for_each_reference_word(words, [&](std::size_t i) { is_pointer ? add_cut(words[i]) : add_node(words[i]); });
  nodes_.add(old);
}

void Numbered::add_cut(std::uint32_t old) {
  if (old == 0 || cuts_.of_old(old) != 0) return;
  const Words words = tables_.cuts.words(old);
  if (words[1] == cut_leaf) {
    add_node(words[0]);
  } else if (words[1] != cut_key) {
    names_.add(words[0]);
    for_each_field_word(words, [&](std::size_t i) { fields_.add(words[i]); });
    for_each_reference_word(words, [&](std::size_t i) { add_cut(words[i]); });
  }
  cuts_.add(old);
}

void Numbered::add_extra_cut(std::uint32_t old) {
  if (old == 0 || extra_cuts_.of_old(old) != 0) return;
  const Words words = tables_.extra_cuts.words(old);
  if (words[1] == cut_leaf) {
    add_node(words[0]);
  } else if (words[1] != cut_key && words[1] != cut_extra_key) {
    extra_names_.add(words[0]);
    for_each_field_word(words, [&](std::size_t i) { extra_fields_.add(words[i]); });
    for_each_reference_word(words, [&](std::size_t i) { add_extra_cut(words[i]); });
  }
  extra_cuts_.add(old);
}

std::vector<std::string_view> Numbered::texts(const NewNumbers& numbers, const StringTable& strings) {
  std::vector<std::string_view> texts;
  texts.reserve(numbers.end());
  for (std::uint32_t id = 0; id < numbers.end(); ++id) texts.push_back(strings.text(numbers.old(id)));
  return texts;
}

std::vector<Key> Numbered::keys() const {
  std::vector<Key> keys;
  for (const std::uint32_t old : old_keys_) {
    const Key& key = tables_.keys[old];
    keys.push_back({.name = names_.of_old(key.name), .kind = key.kind});
  }
  return keys;
}

std::vector<ExtraKey> Numbered::extra_keys() const {
  std::vector<ExtraKey> keys;
  for (const std::uint32_t old : old_extra_keys_) {
    const ExtraKey& key = tables_.extra_keys[old];
    keys.push_back({.name = extra_names_.of_old(key.name), .field = extra_fields_.of_old(key.field), .kind = key.kind});
  }
  return keys;
}

RecordBounds Numbered::bounds() const {
  return {.names = names_.end(),
          .fields = fields_.end(),
          .keys = static_cast<std::uint32_t>(old_keys_.size()),
          .nodes = nodes_.end(),
          .cuts = cuts_.end()};
}

RecordBounds Numbered::extra_bounds() const {
  RecordBounds bounds = this->bounds();
  bounds.names = extra_names_.end();
  bounds.fields = extra_fields_.end();
  bounds.extra_keys = static_cast<std::uint32_t>(old_extra_keys_.size());
  return bounds;
}

std::uint32_t Numbered::record_end(RecordForm form) const {
  return form == RecordForm::node ? nodes_.end() : form == RecordForm::cut ? cuts_.end() : extra_cuts_.end();
}

Words Numbered::record(RecordForm form, std::uint32_t id, std::vector<std::uint32_t>& words) const {
  const bool is_extra = form == RecordForm::extra_cut;
  const RecordTable& table = form == RecordForm::node  ? tables_.nodes
                             : form == RecordForm::cut ? tables_.cuts
                                                       : tables_.extra_cuts;
  const NewNumbers& numbers = form == RecordForm::node ? nodes_ : form == RecordForm::cut ? cuts_ : extra_cuts_;
  const Words old = table.words(numbers.old(id));
  words.assign(old.begin(), old.end());
  if (btf::info_kind(old[1]) == 0) {
    words[0] = old[1] == cut_leaf ? nodes_.of_old(old[0]) : old[1] == cut_key ? keys_[old[0]] : extra_keys_[old[0]];
    return words;
  }
  const NewNumbers& names = is_extra ? extra_names_ : names_;
  const NewNumbers& fields = is_extra ? extra_fields_ : fields_;
  const NewNumbers& targets = form == RecordForm::node && kind_of(old) == btf::Kind::ptr ? cuts_ : numbers;
  words[0] = names.of_old(old[0]);
  for_each_field_word(old, [&](std::size_t i) { words[i] = fields.of_old(old[i]); });
  for_each_reference_word(old, [&](std::size_t i) { words[i] = targets.of_old(old[i]); });
  return words;
}

KeyLists Numbered::lists(std::uint32_t key) const {
  KeyLists lists = lists_of_key(lists_, old_keys_[key], tables_.lists);
  for (std::vector<std::uint32_t>& words : lists.lists)
    for_each_node(words, [&](std::uint32_t& node) { node = nodes_.of_old(node); });
  return lists;
}

KeyLists Numbered::extra_lists(std::uint32_t key) const {
  KeyLists lists = lists_of_key(extras_, old_extra_keys_[key], tables_.extra_lists);
  for (std::vector<std::uint32_t>& words : lists.lists)
    for_each_node(words, [&](std::uint32_t& cut) { cut = extra_cuts_.of_old(cut); });
  return lists;
}

}  // namespace minbtf::pack
