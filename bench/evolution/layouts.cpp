// SPDX-License-Identifier: BSD-2-Clause
#include "evolution/layouts.hpp"

#include <algorithm>
#include <bit>
#include <unordered_set>

namespace minbtf::bench {

namespace {

using btf::Kind;

constexpr std::uint32_t cache_line = 64;
// With kind_flag, the offset of a member has 24 bits.
constexpr std::uint32_t largest_that_changes = 1U << 19U;

/// Returns the step of a member at `offset`, when what is before it ends at `end`.
std::uint64_t step_of(std::uint64_t offset, std::uint64_t end, std::uint64_t natural, std::uint64_t line) {
  const std::uint64_t hole = offset - end;
  if (hole < natural) return natural;
  if (hole < line && offset % line == 0) return line;
  return std::bit_ceil(hole + 1);
}

/// Returns the first offset from `end` on that equals `old` modulo `step`.
std::uint64_t next_offset(std::uint64_t end, std::uint64_t old, std::uint64_t step) {
  return end + (old + step - end % step) % step;
}

}  // namespace

Layouts::Layouts(EvolvingKernel& kernel)
    : kernel_(kernel), aligned_(kernel.end()), is_fixed_(kernel.end()), embedded_in_(kernel.end()) {
  is_touched_.resize(kernel.end());
  for (Handle handle = 1; handle < kernel.end(); ++handle) {
    const Kind kind = kernel.at(handle).kind;
    if (btf::is_composite(kind)) prepare(handle);
    if (kind == Kind::datasec) sections_.push_back(handle);
  }
  for (const Handle section : sections_) prepare_section(section);
  for (Handle handle = 1; handle < kernel.end(); ++handle) {
    if (is_fixed_[handle]) fix(handle);
  }
}

std::uint32_t Layouts::align_of(Handle handle) const {
  const Handle at = kernel_.embedded(handle);
  const Record& record = kernel_.at(at);
  if (record.kind == Kind::ptr) return kernel_.pointer_bytes();
  if (btf::is_composite(record.kind)) return aligned_[at].align;
  return std::clamp(std::bit_floor(kernel_.bytes_of(at)), 1U, 16U);
}

std::uint64_t Layouts::width_of(const Record& record, const Element& element) const {
  if (record.kind_flag && element.width != 0) return element.width;
  const Record& type = kernel_.at(kernel_.plain(element.type));
  // Without kind_flag, the INT of a bitfield has fewer bits than its bytes have.
  if (type.kind == Kind::int_ && (type.word & 0xffU) != 0) return type.word & 0xffU;
  return std::uint64_t{kernel_.bytes_of(element.type)} * 8;
}

void Layouts::prepare(Handle composite) {
  if (aligned_[composite].is_known) return;
  aligned_[composite].is_known = true;
  Record& record = kernel_.at(composite);
  std::uint32_t align = 1;
  bool is_packed = false;
  for (const Element& element : record.elements) {
    const Handle inner = kernel_.embedded(element.type);
    if (btf::is_composite(kernel_.at(inner).kind)) {
      prepare(inner);
      embedded_in_[inner].push_back(composite);
    }
    const std::uint32_t natural = align_of(element.type);
    const bool is_bitfield = width_of(record, element) != std::uint64_t{kernel_.bytes_of(element.type)} * 8;
    if (!is_bitfield && element.value % (natural * 8) != 0) is_packed = true;
    align = std::max(align, natural);
  }
  if (record.third % align != 0) is_packed = true;
  if (is_packed) align = 1;
  std::uint64_t end = 0;
  bool is_fixed = record.third > largest_that_changes;
  for (Element& element : record.elements) {
    const std::uint64_t natural = is_packed ? 8 : std::uint64_t{align_of(element.type)} * 8;
    if (record.kind == Kind::struct_ && element.value < end) is_fixed = true;
    if (record.kind == Kind::struct_ && !is_fixed) {
      element.step = static_cast<std::uint32_t>(step_of(element.value, end, natural, cache_line * 8));
      if (element.step == cache_line * 8 && record.third % cache_line == 0) align = cache_line;
    }
    end = std::max(end, element.value + width_of(record, element));
  }
  const std::uint64_t bits = std::uint64_t{record.third} * 8;
  if (bits < end) {
    is_fixed = true;
  } else {
    aligned_[composite].step =
        static_cast<std::uint32_t>(step_of(bits, end, std::uint64_t{align} * 8, std::uint64_t{cache_line} * 8));
  }
  aligned_[composite].align = align;
  is_fixed_[composite] = is_fixed;
}

void Layouts::prepare_section(Handle section) {
  Record& record = kernel_.at(section);
  std::uint64_t end = 0;
  bool is_fixed = false;
  for (Element& element : record.elements) {
    const Handle type = kernel_.at(element.type).third;
    is_fixed = is_fixed || element.value < end || element.width != kernel_.bytes_of(element.type);
    if (is_fixed) break;
    element.step = static_cast<std::uint32_t>(step_of(element.value, end, align_of(type), cache_line));
    end = element.value + element.width;
  }
  is_fixed_[section] = is_fixed || record.third < end;
}

/// Marks all that is embedded in a type of fixed layout.
void Layouts::fix(Handle composite) {
  is_fixed_[composite] = true;
  for (const Element& element : kernel_.at(composite).elements) {
    const Record& type = kernel_.at(element.type);
    const Handle inner = kernel_.embedded(type.kind == Kind::var ? type.third : element.type);
    if (btf::is_composite(kernel_.at(inner).kind) && !is_fixed_[inner]) fix(inner);
  }
}

std::uint32_t Layouts::embedding_count(Handle composite, std::uint32_t most) const {
  std::unordered_set<Handle> found;
  std::vector<Handle> open = {composite};
  while (!open.empty() && found.size() < most) {
    const Handle next = open.back();
    open.pop_back();
    if (next >= embedded_in_.size()) continue;
    for (const Handle outer : embedded_in_[next]) {
      if (found.insert(outer).second) open.push_back(outer);
    }
  }
  return static_cast<std::uint32_t>(std::min<std::size_t>(found.size(), most));
}

bool Layouts::embeds(Handle outer, Handle inner) const {
  if (outer == inner) return true;
  const Record& record = kernel_.at(outer);
  return btf::is_composite(record.kind) &&
         std::any_of(record.elements.begin(), record.elements.end(),
                     [&](const Element& element) { return embeds(kernel_.embedded(element.type), inner); });
}

Element Layouts::member(std::uint32_t name, Handle type) const {
  return {.name = name, .type = type, .value = 0, .width = 0, .step = align_of(type) * 8};
}

void Layouts::add(Handle composite) {
  std::uint32_t align = 1;
  for (const Element& element : kernel_.at(composite).elements) align = std::max(align, align_of(element.type));
  aligned_.resize(kernel_.end());
  is_fixed_.resize(kernel_.end());
  aligned_[composite] = {.align = align, .step = align * 8, .is_known = true};
  touch(composite);
}

void Layouts::touch(Handle handle) {
  if (is_touched_.size() < kernel_.end()) is_touched_.resize(kernel_.end());
  is_touched_[handle] = true;
}

void Layouts::settle() {
  is_touched_.resize(kernel_.end());
  aligned_.resize(kernel_.end());
  is_fixed_.resize(kernel_.end());
  embedded_in_.resize(kernel_.end());
  is_visited_.assign(kernel_.end(), false);
  has_new_size_.assign(kernel_.end(), false);
  for (Handle handle = 1; handle < kernel_.end(); ++handle) {
    if (btf::is_composite(kernel_.at(handle).kind)) visit(handle);
  }
  for (const Handle section : sections_) lay_out_section(section);
  is_touched_.assign(kernel_.end(), false);
}

void Layouts::visit(Handle composite) {
  if (is_visited_[composite]) return;
  is_visited_[composite] = true;
  bool is_changed = is_touched_[composite];
  for (const Element& element : kernel_.at(composite).elements) {
    const Handle inner = kernel_.embedded(element.type);
    if (!btf::is_composite(kernel_.at(inner).kind)) continue;
    visit(inner);
    is_changed = is_changed || has_new_size_[inner];
  }
  if (is_changed) lay_out(composite);
}

void Layouts::lay_out(Handle composite) {
  Record& record = kernel_.at(composite);
  std::uint64_t end = 0;
  for (Element& element : record.elements) {
    if (record.kind == Kind::struct_) {
      element.value = static_cast<std::uint32_t>(next_offset(end, element.value, element.step));
    }
    end = std::max(end, element.value + width_of(record, element));
  }
  const std::uint64_t bits = next_offset(end, std::uint64_t{record.third} * 8, aligned_[composite].step);
  const auto bytes = static_cast<std::uint32_t>((bits + 7) / 8);
  has_new_size_[composite] = bytes != record.third;
  record.third = bytes;
}

void Layouts::lay_out_section(Handle section) {
  if (is_fixed_[section]) return;
  Record& record = kernel_.at(section);
  std::uint64_t end = 0;
  for (Element& element : record.elements) {
    element.value = static_cast<std::uint32_t>(next_offset(end, element.value, element.step));
    element.width = kernel_.bytes_of(element.type);
    end = element.value + element.width;
  }
  if (record.third < end) record.third = static_cast<std::uint32_t>(end);
}

}  // namespace minbtf::bench
