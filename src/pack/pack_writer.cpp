// SPDX-License-Identifier: BSD-2-Clause
#include "pack/pack_writer.hpp"

#include <algorithm>
#include <utility>

#include "io/hash.hpp"
#include "libbpf/readback.hpp"
#include "minbtf/error.hpp"
#include "pack/canonical_pack.hpp"
#include "pack/numbering.hpp"
#include "pack/read_back.hpp"
#include "pack/segment_writer.hpp"
#include "pack/stand_in.hpp"
#include "pack/stored_types.hpp"
#include "pack/tables_source.hpp"

namespace minbtf::pack {

std::uint32_t PackWriter::add_kernel(std::span<const std::uint8_t> btf, const std::string& name) {
  const btf::View view = btf::View::parse_in_place(btf, name, {});
  AddedKernel kernel;
  kernel.facts = {
      .bytes = btf.size(), .types = view.id_end() - 1, .order = view.byte_order(), .hash = io::hash_of(btf)};
  const std::string refusal = libbpf::libbpf_refusal(btf);
  const std::lock_guard lock(mutex_);
  try {
    // libbpf's refusal is part of what `verify` reports about a kernel.
    if (!refusal.empty()) throw DoesNotFit("libbpf refuses it: " + refusal);
    const KernelTypes types = types_of(view, name);
    kernel.facts.has_groups = types.has_groups;
    if (contents_ == PackContents::everything) kernel.facts.form = PackedKernel::Form::whole;
    kernel.row = lists_.add(types.lists);
    static_cast<void>(extras_.add(types.extras));
  } catch (const DoesNotFit& reason) {
    kernel.facts.form = PackedKernel::Form::verbatim;
    kernel.verbatim.assign(btf.begin(), btf.end());
    kernel.reason = reason.what();
  }
  const auto number = static_cast<std::uint32_t>(kernels_.size());
  kernels_.push_back(std::move(kernel));
  return known_from(number).front();
}

std::vector<std::uint32_t> PackWriter::known_from(std::uint32_t first) {
  const auto end = static_cast<std::uint32_t>(kernels_.size());
  struct Alike {
    std::uint32_t kernel;
    std::uint32_t known;
    std::size_t pair;
  };
  std::vector<Alike> alike;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rows;
  for (std::uint32_t kernel = first; kernel < end; ++kernel) {
    std::vector<std::uint32_t>& same_hash = by_hash_[kernels_[kernel].facts.hash];
    for (const std::uint32_t known : same_hash) {
      if (kernels_[known].facts != kernels_[kernel].facts || kernels_[known].verbatim != kernels_[kernel].verbatim)
        continue;
      alike.push_back({.kernel = kernel, .known = known, .pair = rows.size()});
      if (kernels_[kernel].row != ListRuns::no_row) rows.emplace_back(kernels_[kernel].row, kernels_[known].row);
    }
    same_hash.push_back(kernel);
  }
  const std::vector<bool> lists = lists_.are_equal(rows);
  const std::vector<bool> extras = extras_.are_equal(rows);
  std::vector<std::uint32_t> numbers;
  auto next = alike.begin();
  for (std::uint32_t kernel = first; kernel < end; ++kernel) {
    std::uint32_t number = kernel;
    for (; next != alike.end() && next->kernel == kernel; ++next) {
      const bool is_verbatim = kernels_[kernel].row == ListRuns::no_row;
      if (number == kernel && (is_verbatim || (lists[next->pair] && extras[next->pair])))
        number = next->known < first ? next->known : numbers[next->known - first];
    }
    numbers.push_back(number);
    if (number == kernel) continue;
    std::erase(by_hash_[kernels_[kernel].facts.hash], kernel);
    kernels_[kernel].verbatim.clear();
  }
  return numbers;
}

std::vector<std::uint32_t> PackWriter::add_kernels(const StoredPack& pack, std::span<const std::uint32_t> kernels) {
  const std::lock_guard lock(mutex_);
  const auto form_of = [&](std::uint32_t kernel) { return pack.catalog().kernels[kernel].form; };
  std::vector<std::uint32_t> typed;  // those that are not verbatim
  for (const std::uint32_t kernel : kernels) {
    if (contents_ == PackContents::everything && form_of(kernel) == PackedKernel::Form::types)
      throw Error(ErrorKind::wrong_file, pack.file().name(), "",
                  "a pack of types only; it can be INPUT only if PACK has types only as well (--types-only)");
    if (form_of(kernel) != PackedKernel::Form::verbatim) typed.push_back(kernel);
  }
  std::ranges::sort(typed);
  const std::uint32_t first_row = add_stored_types(pack, typed, contents_, tables_, lists_, extras_);
  const auto first = static_cast<std::uint32_t>(kernels_.size());
  for (const std::uint32_t number : kernels) {
    AddedKernel kernel;
    kernel.facts = pack.catalog().kernels[number];
    kernel.facts.base = no_kernel;
    if (contents_ == PackContents::types_only && kernel.facts.form == PackedKernel::Form::whole)
      kernel.facts.form = PackedKernel::Form::types;
    if (kernel.facts.form == PackedKernel::Form::verbatim) {
      io::Buffer memory;
      const auto btf = pack.verbatim(number, kernel.facts.bytes, memory);
      kernel.verbatim.assign(btf.begin(), btf.end());
      kernel.reason = "it is verbatim in " + pack.file().name();
    } else {
      kernel.row = first_row + static_cast<std::uint32_t>(std::ranges::lower_bound(typed, number) - typed.begin());
    }
    kernels_.push_back(std::move(kernel));
  }
  return known_from(first);
}

PackedKernel PackWriter::facts(std::uint32_t kernel) const {
  const std::lock_guard lock(mutex_);
  return kernels_[kernel].facts;
}

std::string PackWriter::verbatim_reason(std::uint32_t kernel) const {
  const std::lock_guard lock(mutex_);
  return kernels_[kernel].reason;
}

KernelTypes PackWriter::types_of(const btf::View& kernel, const std::string& name) {
  KernelTypes types = add_types(kernel, tables_, contents_);
  if (!is_read_back(kernel, tables_, types)) throw DoesNotFit("reading it back gives other types");
  if (types.steps <= max_reading_steps) return types;
  // A reader may need fewer steps: it does not follow each reference again.
  try {
    const std::span<const std::uint8_t> whole = make_stand_in(TablesSource(tables_, types),
                                                              {.follows_pointers = true,
                                                               .everything = true,
                                                               .order = kernel.byte_order(),
                                                               .max_bytes = kernel.byte_size(),
                                                               .name = name},
                                                              memory_)
                                                    .bytes;
    const auto again = btf::View::parse_in_place(whole, name, {});
    const bool is_complete = contents_ == PackContents::types_only || again.id_end() == kernel.id_end();
    const KernelTypes read = add_types(again, tables_, contents_);
    // Where each reference leads follows from the lists.
    if (is_complete && read.lists == types.lists && read.extras == types.extras) return types;
  } catch (const Error& error) {
    throw DoesNotFit(std::string("it cannot be read back: ") + error.what());
  }
  throw DoesNotFit("reading it back gives other types");
}

PackWriter::Selected PackWriter::select(Catalog& catalog, std::uint32_t first) const {
  Selected selected;
  std::vector<std::uint32_t> new_numbers(kernels_.size(), no_kernel);
  for (PackedSource& source : catalog.sources) {
    for (PackedMember& member : source.members) {
      if (member.kernel < first) continue;
      const AddedKernel& kernel = kernels_[member.kernel - first];
      std::uint32_t& number = new_numbers[member.kernel - first];
      if (number == no_kernel) {
        number = first + static_cast<std::uint32_t>(selected.kernels.size());
        selected.kernels.push_back({.kernel = &kernel, .source = &source, .member = &member});
        selected.rows.push_back(kernel.row);
      }
      member.kernel = number;
    }
  }
  return selected;
}

std::vector<std::uint8_t> PackWriter::finish(Catalog catalog) {
  const Selected selected = select(catalog, 0);
  catalog.kernels.clear();
  std::vector<std::span<const std::uint8_t>> verbatim;
  for (const SelectedKernel& each : selected.kernels) {
    catalog.kernels.push_back(each.kernel->facts);
    verbatim.emplace_back(each.kernel->verbatim);
  }
  lists_.select(selected.rows);
  extras_.select(selected.rows);
  return canonical_pack(catalog, Numbered(tables_, lists_, extras_), verbatim, contents_);
}

std::vector<std::uint8_t> PackWriter::append(const StoredPack& pack, Catalog catalog) {
  const Selected selected = select(catalog, static_cast<std::uint32_t>(pack.catalog().kernels.size()));
  std::vector<NewKernel> added;
  for (const SelectedKernel& each : selected.kernels) {
    const PackedSource& source = *each.source;
    added.push_back({.facts = each.kernel->facts,
                     .path = source.path + "/" + each.member->path,
                     .verbatim = each.kernel->verbatim,
                     .sha256 = source.members.size() == 1 ? source.sha256 : io::Sha256()});
  }
  lists_.select(selected.rows);
  extras_.select(selected.rows);
  return with_segment(pack, std::move(catalog),
                      {.tables = tables_, .lists = std::move(lists_), .extras = std::move(extras_)}, std::move(added));
}

}  // namespace minbtf::pack
