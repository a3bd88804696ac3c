// SPDX-License-Identifier: BSD-2-Clause
#include "evolution/evolution.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "inputs/names.hpp"

namespace minbtf::bench {

namespace {

using btf::Kind;

// A change of a type that many types embed, such as list_head, is rare in real kernels.
constexpr std::uint32_t few_embeddings = 30;
constexpr std::uint32_t some_embeddings = 150;

// Types that tracing and network programs read.
constexpr std::array<std::string_view, 40> wanted_names = {
    "task_struct",    "sock",        "request",       "sk_buff",
    "mm_struct",      "file",        "inode",         "dentry",
    "net_device",     "bio",         "cred",          "signal_struct",
    "nsproxy",        "super_block", "vfsmount",      "mount",
    "sock_common",    "tcp_sock",    "inet_sock",     "cgroup",
    "css_set",        "kernfs_node", "bpf_map",       "bpf_prog",
    "request_queue",  "gendisk",     "linux_binprm",  "path",
    "vm_area_struct", "rq",          "cfs_rq",        "files_struct",
    "fs_struct",      "pid",         "pid_namespace", "block_device",
    "page",           "kiocb",       "irqaction",     "inet_connection_sock"};

}  // namespace

Evolution::Evolution(EvolvingKernel& kernel, std::uint64_t seed)
    : kernel_(kernel), layouts_(kernel), random_(seed), most_embeddings_(few_embeddings), is_tagged_(kernel.end()) {
  for (Handle handle = 1; handle < kernel.end(); ++handle) {
    const Record& record = kernel.at(handle);
    if (btf::is_composite(record.kind) && record.elements.size() > 1 && layouts_.may_change(handle)) {
      composites_.push_back(handle);
      const bool is_wanted =
          std::find(wanted_names.begin(), wanted_names.end(), kernel.string(record.name)) != wanted_names.end();
      if (is_wanted) wanted_.push_back(handle);
    }
    if (record.kind == Kind::enum_ && record.elements.size() > 1) enums_.push_back(handle);
    if (record.kind == Kind::ptr) pointers_.push_back(handle);
    if (record.kind == Kind::datasec && layouts_.may_change(handle)) sections_.push_back(handle);
    if (record.kind == Kind::func) functions_.push_back(handle);
    if (record.kind == Kind::decl_tag) is_tagged_[record.third] = true;
  }
}

std::uint32_t Evolution::diverge() {
  // As many changes as 300 times a power of two between 1 and 16.
  const std::uint32_t count = (300U << random_.below(5)) / 100 * (75 + random_.below(50));
  remove_drivers(random_.below(25));
  most_embeddings_ = some_embeddings;
  const std::uint32_t made = make(count);
  change_wanted(4 + random_.below(30));
  most_embeddings_ = few_embeddings;
  finish();
  return made;
}

std::uint32_t Evolution::next_build() {
  const std::uint32_t sort = random_.below(100);
  std::uint32_t count = 0;
  if (sort < 3) {
    return 0;
  } else if (sort < 33) {
    count = 1 + random_.below(5);
  } else if (sort < 97) {
    count = 15 + random_.below(50);
  } else {
    count = 150 + random_.below(250);
  }
  const std::uint32_t made = make(count);
  if (count > 5 && random_.percent(20)) change_wanted(1 + random_.below(3));
  finish();
  return made;
}

std::uint32_t Evolution::make(std::uint32_t count) {
  std::uint32_t made = 0;
  for (std::uint32_t i = 0; i < count; ++i) made += make_one() ? 1U : 0U;
  return made;
}

bool Evolution::make_one() {
  constexpr std::array<std::pair<std::uint32_t, Change>, 12> weights = {{{22, Change::add_member},
                                                                         {5, Change::move_member},
                                                                         {4, Change::rename_member},
                                                                         {5, Change::remove_member},
                                                                         {7, Change::add_enumerator},
                                                                         {6, Change::add_struct},
                                                                         {2, Change::add_enum},
                                                                         {2, Change::add_typedef},
                                                                         {25, Change::add_function},
                                                                         {1, Change::add_variable},
                                                                         {6, Change::change_function},
                                                                         {15, Change::remove_function}}};
  std::uint32_t at = random_.below(100);
  Change change = Change::add_member;
  for (const auto& [weight, one] : weights) {
    change = one;
    if (at < weight) break;
    at -= weight;
  }
  switch (change) {
    case Change::add_member:
    case Change::move_member:
    case Change::rename_member:
    case Change::remove_member: {
      const std::optional<Handle> composite = some_composite();
      if (!composite) return false;
      if (change == Change::add_member) return add_member(*composite);
      if (change == Change::move_member) return move_member(*composite);
      if (change == Change::rename_member) return rename_member(*composite);
      return remove_member(*composite);
    }
    case Change::add_enumerator:
      return add_enumerator();
    case Change::add_struct:
      add_struct();
      return true;
    case Change::add_enum:
      add_enum();
      return true;
    case Change::add_typedef:
      add_typedef();
      return true;
    case Change::add_function:
      add_function();
      return true;
    case Change::add_variable:
      add_variable();
      return true;
    case Change::change_function:
      return change_function();
    case Change::remove_function:
      if (functions_.empty()) return false;
      remove_function(random_.any(functions_));
      return true;
  }
  return false;
}

void Evolution::finish() {
  layouts_.settle();
  remove_unused_prototypes();
  kernel_.arrange();
  std::erase_if(functions_, [&](Handle function) { return kernel_.at(function).is_removed; });
}

void Evolution::remove_unused_prototypes() {
  std::vector<bool> is_used(kernel_.end());
  for (Handle handle = 1; handle < kernel_.end(); ++handle) {
    const Record& record = kernel_.at(handle);
    if (!record.is_removed && btf::shape(record.kind).third == btf::Third::type) is_used[record.third] = true;
  }
  for (Handle handle = 1; handle < kernel_.end(); ++handle) {
    if (kernel_.at(handle).kind == Kind::func_proto && !is_used[handle]) kernel_.remove(handle);
  }
}

std::optional<Handle> Evolution::some_composite() {
  constexpr int attempts = 20;
  for (int i = 0; i < attempts; ++i) {
    const Handle handle = random_.any(composites_);
    if (kernel_.at(handle).name == 0 && !random_.percent(20)) continue;
    if (layouts_.embedding_count(handle, most_embeddings_) < most_embeddings_) return handle;
  }
  return std::nullopt;
}

void Evolution::change_wanted(std::uint32_t count) {
  if (wanted_.empty()) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Handle handle = random_.any(wanted_);
    const std::uint32_t sort = random_.below(100);
    if (sort < 70) {
      add_member(handle);
    } else if (sort < 92) {
      move_member(handle);
    } else {
      rename_member(handle);
    }
  }
}

bool Evolution::is_bitfield(const Record& record, const Element& element) const {
  if (record.kind_flag && element.width != 0) return true;
  const Record& type = kernel_.at(kernel_.plain(element.type));
  return type.kind == Kind::int_ && (type.word & 0xffU) != type.third * 8;
}

bool Evolution::is_place(const Record& record, std::size_t index) const {
  const std::vector<Element>& all = record.elements;
  if (index < all.size() && is_bitfield(record, all[index])) return false;
  if (index > 0 && is_bitfield(record, all[index - 1])) return false;
  return index < all.size() || all.empty() || kernel_.bytes_of(all.back().type) != 0;
}

std::optional<Handle> Evolution::member_type(Handle host) {
  constexpr std::uint32_t most_bytes = 64;
  constexpr int attempts = 20;
  for (int i = 0; i < attempts; ++i) {
    const Record& from = kernel_.at(random_.any(composites_));
    const Element& element = random_.any(from.elements);
    const std::uint32_t bytes = kernel_.bytes_of(element.type);
    if (bytes == 0 || bytes > most_bytes || is_bitfield(from, element)) continue;
    const Handle inner = kernel_.embedded(element.type);
    const Record& type = kernel_.at(inner);
    // A type without a name belongs to the member that declares it.
    if (type.name == 0 && type.kind != Kind::ptr) continue;
    if (layouts_.align_of(element.type) > layouts_.align_of(host) || layouts_.embeds(inner, host)) continue;
    if (btf::is_composite(type.kind) && !random_.percent(30)) continue;
    return element.type;
  }
  return std::nullopt;
}

std::uint32_t Evolution::new_member_name(const Record& record) {
  std::string prefix;
  for (const Element& element : record.elements) {
    const std::string& name = kernel_.string(element.name);
    const std::size_t end = name.find('_');
    if (end != std::string::npos && end < 5) prefix = name.substr(0, end);
  }
  const std::string name = names::member(random_, prefix);
  std::string unique = name;
  const auto is_there = [&](const Element& element) { return kernel_.string(element.name) == unique; };
  for (int i = 2; std::any_of(record.elements.begin(), record.elements.end(), is_there); ++i) {
    unique = name + std::to_string(i);
  }
  return kernel_.number_of(unique);
}

bool Evolution::add_member(Handle composite) {
  const std::optional<Handle> type = member_type(composite);
  if (!type) return false;
  Record& record = kernel_.at(composite);
  // More often at the end than anywhere else.
  const std::size_t size = record.elements.size();
  const std::size_t index = random_.percent(40) ? size : random_.below(size + 1);
  if (!is_place(record, index)) return false;
  const Element added = layouts_.member(new_member_name(record), *type);
  record.elements.insert(record.elements.begin() + static_cast<std::ptrdiff_t>(index), added);
  layouts_.touch(composite);
  return true;
}

bool Evolution::move_member(Handle composite) {
  Record& record = kernel_.at(composite);
  if (record.elements.size() < 3) return false;
  const std::size_t from = random_.below(record.elements.size() - 1);
  const std::size_t to = random_.below(record.elements.size() - 1);
  const Element moved = record.elements[from];
  // A member behind a hole is aligned explicitly, and stays where it is.
  if (from == to || moved.step != layouts_.align_of(moved.type) * 8 || !is_place(record, from + 1) ||
      !is_place(record, from) || !is_place(record, to)) {
    return false;
  }
  record.elements.erase(record.elements.begin() + static_cast<std::ptrdiff_t>(from));
  record.elements.insert(record.elements.begin() + static_cast<std::ptrdiff_t>(to), moved);
  layouts_.touch(composite);
  return true;
}

bool Evolution::rename_member(Handle composite) {
  Record& record = kernel_.at(composite);
  const std::size_t index = random_.below(record.elements.size());
  if (record.elements[index].name == 0) return false;
  record.elements[index].name = new_member_name(record);
  return true;
}

bool Evolution::remove_member(Handle composite) {
  Record& record = kernel_.at(composite);
  if (record.elements.size() < 3) return false;
  const std::size_t index = random_.below(record.elements.size());
  if (!is_place(record, index) || !is_place(record, index + 1)) return false;
  record.elements.erase(record.elements.begin() + static_cast<std::ptrdiff_t>(index));
  layouts_.touch(composite);
  return true;
}

bool Evolution::add_enumerator() {
  if (enums_.empty()) return false;
  Record& record = kernel_.at(random_.any(enums_));
  std::vector<Element>& all = record.elements;
  const std::string& neighbour = kernel_.string(all[all.size() / 2].name);
  std::string prefix = neighbour.substr(0, neighbour.rfind('_'));
  Element added{.name = kernel_.number_of(names::enumerator(random_, prefix))};
  const auto is_there = [&](const Element& element) { return element.name == added.name; };
  if (std::any_of(all.begin(), all.end(), is_there)) return false;
  Element& last = all.back();
  const Element before = all[all.size() - 2];
  if (last.value != before.value + 1) return false;  // flags, or no order
  if (last.value >= 0x7ffffffeU) return false;
  // Many enums end with an enumerator that is their number.
  if (random_.percent(50)) {
    added.value = last.value++;
    all.insert(all.end() - 1, added);
  } else {
    added.value = last.value + 1;
    all.push_back(added);
  }
  return true;
}

Handle Evolution::pointer_to(Handle target, Handle anchor) {
  const Handle pointer = kernel_.add(anchor, {.kind = Kind::ptr, .third = target});
  pointers_.push_back(pointer);
  return pointer;
}

void Evolution::add_struct() {
  const Handle anchor = random_.any(composites_);
  const Handle added =
      kernel_.add(anchor, {.kind = Kind::struct_, .name = kernel_.new_type_name(names::structure(random_))});
  const std::uint32_t count = 2 + random_.small_below(20);
  // A type of the same size as a pointer has every alignment that member_type() may need.
  std::vector<Element> elements = {
      layouts_.member(kernel_.number_of(names::member(random_, "")), random_.any(pointers_))};
  kernel_.at(added).elements = elements;
  layouts_.add(added);
  for (std::uint32_t i = 0; i < count; ++i) add_member(added);
  composites_.push_back(added);
  const Handle pointer = pointer_to(added, added);
  for (std::uint32_t i = random_.below(4); i > 0; --i) {
    const Handle proto = kernel_.add(pointer, {.kind = Kind::func_proto, .third = random_.percent(50) ? 0 : pointer});
    kernel_.at(proto).elements = {
        {.name = kernel_.number_of(names::member(random_, "")), .type = pointer},
        {.name = kernel_.number_of(names::member(random_, "")), .type = random_.any(pointers_)}};
    functions_.push_back(kernel_.add(
        proto, {.kind = Kind::func, .name = kernel_.new_type_name(names::function(random_)), .third = proto}));
  }
}

void Evolution::add_enum() {
  const std::string prefix = names::enumerator_prefix(random_);
  Record record{.kind = Kind::enum_, .name = kernel_.new_type_name(names::structure(random_)), .third = 4};
  const std::uint32_t count = 2 + random_.small_below(15);
  for (std::uint32_t i = 0; i < count; ++i) {
    record.elements.push_back(
        {.name = kernel_.number_of(names::enumerator(random_, prefix) + std::to_string(i)), .value = i});
  }
  const Handle added = kernel_.add(random_.any(composites_), std::move(record));
  enums_.push_back(added);
}

void Evolution::add_typedef() {
  const Handle anchor = random_.any(functions_);
  const Handle proto = prototype(anchor);
  const Handle pointer = pointer_to(proto, proto);
  kernel_.add(pointer,
              {.kind = Kind::typedef_, .name = kernel_.new_type_name(names::typedef_(random_)), .third = pointer});
}

Handle Evolution::prototype(Handle anchor) {
  Record record{.kind = Kind::func_proto,
                .third = random_.percent(40) ? 0 : kernel_.at(kernel_.at(random_.any(functions_)).third).third};
  const std::uint32_t count = 1 + random_.small_below(5);
  for (std::uint32_t i = 0; i < count; ++i) {
    record.elements.push_back({.name = kernel_.number_of(names::member(random_, "")), .type = random_.any(pointers_)});
  }
  return kernel_.add(anchor, std::move(record));
}

void Evolution::add_function() {
  const Handle anchor = random_.any(functions_);
  const bool is_new_prototype = random_.percent(40);
  const Handle proto = is_new_prototype ? prototype(anchor) : kernel_.at(random_.any(functions_)).third;
  functions_.push_back(
      kernel_.add(is_new_prototype ? proto : anchor,
                  {.kind = Kind::func, .name = kernel_.new_type_name(names::function(random_)), .third = proto}));
}

bool Evolution::change_function() {
  const Handle function = random_.any(functions_);
  kernel_.at(function).third = prototype(function);
  return true;
}

void Evolution::remove_function(Handle function) {
  if (function >= is_tagged_.size() || !is_tagged_[function]) kernel_.remove(function);
}

void Evolution::remove_drivers(std::uint32_t percent) {
  constexpr std::size_t driver = 80;
  std::size_t to_remove = functions_.size() * percent / 100;
  while (to_remove > 0) {
    const std::size_t count = std::min<std::size_t>(to_remove, 1 + random_.below(driver));
    const std::size_t first = random_.below(functions_.size());
    for (std::size_t i = first; i < std::min(first + count, functions_.size()); ++i) remove_function(functions_[i]);
    to_remove -= count;
  }
}

void Evolution::add_variable() {
  if (sections_.empty()) return;
  const Handle section = random_.any(sections_);
  if (kernel_.at(section).elements.empty()) return;
  const std::optional<Handle> type = member_type(section);
  if (!type) return;
  Record& record = kernel_.at(section);
  const std::size_t index = random_.below(record.elements.size());
  const Handle anchor = record.elements[index].type;
  const Handle added = kernel_.add(
      anchor, {.kind = Kind::var, .name = kernel_.number_of(names::variable(random_)), .third = *type, .word = 1});
  const Element element{.type = added, .step = layouts_.align_of(*type)};
  std::vector<Element>& all = kernel_.at(section).elements;
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(index), element);
}

}  // namespace minbtf::bench
