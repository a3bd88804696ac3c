// SPDX-License-Identifier: BSD-2-Clause
#include "commands/pack/pack_update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "archive/input/kernel_contents.hpp"
#include "archive/input/path_selection.hpp"
#include "io/read/buffer.hpp"
#include "minbtf/error.hpp"
#include "pack/section_file.hpp"

namespace minbtf::cli {

namespace {

/// Throws Error (damaged) if a section that a changed pack would have, too, is damaged.
void require_undamaged(const pack::StoredPack& pack, const archive::UnpackLimits& limits) {
  io::Buffer memory;
  for (const pack::Section& section : pack.file().sections()) {
    if (!pack::is_known(section.type)) continue;
    const bool is_verbatim = section.type == pack::SectionType::verbatim;
    if (is_verbatim) archive::check_kernel_size(section.raw_bytes, pack.file().name(), limits);
    static_cast<void>(pack.file().read(section, is_verbatim ? limits.kernel_bytes : pack::max_section_bytes, memory));
  }
}

enum class Relation {
  part,           ///< the pack has all of it
  whole,          ///< the pack has a part of the members of the same tar: a selection left out the others
  other_members,  ///< each of the two has members of the same tar that the other has not
  other_file,
};

/// Compares a source of INPUTs with one of a pack that has the same path.
Relation relation_of(const pack::PackedSource& added, const pack::PackedSource& old, const pack::Catalog& catalog,
                     const pack::PackWriter& writer) {
  if (added.hash != old.hash || added.sha256 != old.sha256 || added.is_elf != old.is_elf) return Relation::other_file;
  const auto is_same_member = [&](const pack::PackedMember& one, const pack::PackedMember& known) {
    pack::PackedKernel facts = catalog.kernels[known.kernel];
    facts.base = pack::no_kernel;
    return one.path == known.path && one.inner_tar == known.inner_tar && writer.facts(one.kernel) == facts;
  };
  const auto has_all = [](const auto& some, const auto& all, auto is_same) {
    return std::ranges::all_of(some, [&](const auto& one) {
      return std::ranges::any_of(all, [&](const auto& other) { return is_same(one, other); });
    });
  };
  const auto is_known_member = [&](const auto& one, const auto& other) { return is_same_member(other, one); };
  if (has_all(added.members, old.members, is_same_member) && has_all(added.others, old.others, std::equal_to<>()) &&
      has_all(added.links, old.links, std::equal_to<>())) {
    return Relation::part;
  }
  if (has_all(old.members, added.members, is_known_member) && has_all(old.others, added.others, std::equal_to<>()) &&
      has_all(old.links, added.links, std::equal_to<>())) {
    return Relation::whole;
  }
  return Relation::other_members;
}

/// Returns the sources of a pack that are not removed, by path.
std::map<std::string, pack::PackedSource> kept_sources(const pack::Catalog& catalog, const UpdateOptions& options,
                                                       UpdatedPack& result) {
  std::set<std::string> removed;
  for (const std::string& glob : options.removed) {
    const archive::PathSelection selection({.include = {glob}});
    bool matches = false;
    for (const pack::PackedSource& source : catalog.sources) {
      if (!selection.takes(source.path)) continue;
      matches = true;
      removed.insert(source.path);
    }
    if (!matches) result.unmatched.push_back(glob);
  }
  result.figures.removed = removed.size();
  std::map<std::string, pack::PackedSource> sources;
  for (const pack::PackedSource& source : catalog.sources) {
    if (!removed.contains(source.path)) sources.emplace(source.path, source);
  }
  return sources;
}

/// Returns a new pack of kernels of `old` and of the writer.
std::vector<std::uint8_t> rebuilt(const pack::StoredPack& old, pack::Catalog catalog, pack::PackWriter& writer) {
  const auto first = static_cast<std::uint32_t>(old.catalog().kernels.size());
  std::vector<bool> is_needed(first);
  for (const pack::PackedSource& source : catalog.sources) {
    for (const pack::PackedMember& member : source.members) {
      if (member.kernel < first) is_needed[member.kernel] = true;
    }
  }
  std::vector<std::uint32_t> kernels;
  for (std::uint32_t kernel = 0; kernel < first; ++kernel) {
    if (is_needed[kernel]) kernels.push_back(kernel);
  }
  const std::vector<std::uint32_t> added = writer.add_kernels(old, kernels);
  std::vector<std::uint32_t> numbers(first);
  for (std::size_t i = 0; i < kernels.size(); ++i) numbers[kernels[i]] = added[i];
  for (pack::PackedSource& source : catalog.sources) {
    for (pack::PackedMember& member : source.members)
      member.kernel = member.kernel < first ? numbers[member.kernel] : member.kernel - first;
  }
  return writer.finish(std::move(catalog));
}

}  // namespace

void AddedFiles::add_other(pack::OtherFile other) {
  pack::OtherFile& there = others[other.path];
  if (std::pair(there.ignored, there.modules) <= std::pair(other.ignored, other.modules)) there = std::move(other);
}

const pack::PackedSource* find_source(const pack::Catalog* catalog, const std::string& path) {
  if (catalog == nullptr) return nullptr;
  const auto& sources = catalog->sources;
  const auto found = std::ranges::lower_bound(sources, path, {}, &pack::PackedSource::path);
  return found == sources.end() || found->path != path ? nullptr : &*found;
}

bool is_of_one_tar(const pack::Catalog& catalog) {
  return catalog.sources.size() == 1 && catalog.sources.front().path.empty();
}

archive::Problem conflict_with(const std::string& path, const std::string& other) {
  return {.kind = ErrorKind::wrong_file,
          .member = "",
          .where = "",
          .reason = path.empty()
                        ? fmt::format("{} was made of one tar with other contents", other)
                        : fmt::format("the path {} is already that of {}, which has other contents", path, other)};
}

UpdatedPack updated_pack(const pack::StoredPack& old, const pack::Catalog* before, AddedFiles files,
                         pack::PackWriter& writer, const UpdateOptions& options, const archive::UnpackLimits& limits) {
  UpdatedPack result;
  const pack::Catalog& now = old.catalog();
  // A new pack of the kernels reads all that they need.
  if (!options.rebuilds) require_undamaged(old, limits);
  const auto first = static_cast<std::uint32_t>(now.kernels.size());
  UpdateFigures& figures = result.figures;
  std::map<std::string, pack::PackedSource> sources = kept_sources(now, options, result);
  for (const auto& [path, name] : files.known) {
    const auto known = sources.find(path);
    if (known == sources.end() || known->second.sha256 != find_source(before, path)->sha256) {
      throw Error(ErrorKind::io, old.file().name(), "",
                  "another run has removed what this run has found in it; run again");
    }
    ++figures.already_there;
  }
  for (const auto& [path, added] : files.sources) {
    pack::PackedSource source = added.packed;
    for (pack::PackedMember& member : source.members) member.kernel += first;
    const auto [known, is_new] = sources.try_emplace(path, std::move(source));
    if (is_new) {
      ++figures.added;
      continue;
    }
    const Relation relation = relation_of(added.packed, known->second, now, writer);
    if (relation == Relation::part) {
      ++figures.already_there;
    } else if (options.replaces || relation == Relation::whole) {
      known->second = added.packed;
      for (pack::PackedMember& member : known->second.members) member.kernel += first;
      ++figures.replaced;
    } else {
      result.faults.push_back({added.name, conflict_with(path, old.file().name())});
      result.faults.back().problem.reason +=
          relation == Relation::other_members ? ", of the same tar (--replace)" : " (--replace)";
    }
  }
  if (sources.contains("") && sources.size() > 1) {
    const auto added = files.sources.find("");
    if (added != files.sources.end() && !is_of_one_tar(now)) {
      throw Error(ErrorKind::io, added->second.name, "",
                  "another run has written PACK, and only a new PACK can have this INPUT; run again");
    }
    throw Error(ErrorKind::wrong_file, old.file().name(), "",
                "it was made of one tar, whose name it does not have, so that nothing can be added to it; pack the tar "
                "together with INPUT");
  }
  pack::Catalog catalog;
  for (const pack::OtherFile& other : now.others) files.add_other(other);
  for (const auto& [path, other] : files.others) {
    // A selection can leave out all kernels of a tar, and a later run can add them.
    if (!sources.contains(path)) catalog.others.push_back(other);
  }
  for (auto& [path, source] : sources) catalog.sources.push_back(std::move(source));
  if (options.rebuilds) {
    result.bytes = rebuilt(old, std::move(catalog), writer);
  } else if (figures.added + figures.replaced + figures.removed != 0) {
    result.bytes = writer.append(old, std::move(catalog));
  }
  return result;
}

}  // namespace minbtf::cli
