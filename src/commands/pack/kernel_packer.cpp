// SPDX-License-Identifier: BSD-2-Clause
#include "commands/pack/kernel_packer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "archive/input/directory_input.hpp"
#include "archive/input/kernel_contents.hpp"
#include "archive/input/pack_sources.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"
#include "pack/section_file.hpp"
#include "pack/stored_pack.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

/// A kernel that was added to the writer.
struct AddedKernel {
  std::uint32_t number = 0;
  std::uint64_t bytes = 0;
  std::string member;
  std::string inner_tar;
};

class PackTask final : public archive::TaskWithResult<AddedKernel> {
 public:
  explicit PackTask(pack::PackWriter& writer) : writer_(writer) {}

 private:
  [[nodiscard]] AddedKernel process(const archive::KernelPlace& place, const KernelBtf& kernel) const override {
    return {.number = writer_.add_kernel(kernel.bytes, place.name),
            .bytes = kernel.bytes.size(),
            .member = place.member,
            .inner_tar = place.inner_tar};
  }
  [[nodiscard]] bool are_equal(const AddedKernel& one, const AddedKernel& other) const override {
    return one.number == other.number;
  }

  pack::PackWriter& writer_;
};

std::unique_ptr<archive::Input> open(const std::string& path, const archive::PathSelection& selection,
                                     const archive::UnpackLimits& limits, bool is_only_input) {
  std::error_code error;
  if (fs::is_directory(path, error)) return archive::open_input(path, {.limits = limits});
  auto file = archive::DirectoryInput::of_file(path, selection, limits);
  if (is_only_input) {
    auto input = archive::open_input(path, {.limits = limits});
    if (!input->is_one_kernel()) return input;
  }
  // The name becomes the path in the pack, and readers ignore hidden paths.
  if (archive::is_hidden_path(fs::path(path).filename().string())) {
    throw Error(ErrorKind::wrong_file, path, "",
                "its name begins with a dot, and hidden files are not read from a pack; rename it, or link it under "
                "another name");
  }
  return file;
}

/// Returns true if the pack was made of one tar and does not have its name: the paths are those in the tar.
bool is_of_one_tar(const pack::Catalog& catalog) {
  return catalog.sources.size() == 1 && catalog.sources.front().path.empty();
}

bool is_pack_file(const std::string& path) {
  std::error_code error;
  return !fs::is_directory(path, error) && io::is_pack(io::InputFile(path).head());
}

/// Returns true if the selection takes a member of a tar. The rules are those of archive::select_sources().
template <typename Member>
bool takes_member(const std::string& source, const Member& member, const archive::PathSelection& selection) {
  if (archive::is_kernel_name(source)) return true;
  const bool counts_as_one = !member.inner_tar.empty() && archive::is_kernel_name(member.inner_tar);
  return selection.takes(archive::selection_path(source, counts_as_one ? member.inner_tar : member.path));
}

archive::Problem conflict_with(const std::string& path, const std::string& other) {
  return {.kind = ErrorKind::wrong_file,
          .member = "",
          .where = "",
          .reason = path.empty()
                        ? fmt::format("{} was made of one tar with other contents", other)
                        : fmt::format("the path {} is already that of {}, which has other contents", path, other)};
}

std::string name_of(const std::string& input, const std::string& path) {
  return path.empty() ? input : (fs::path(input) / path).string();
}

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

bool has_nothing(const archive::SourceOutcome& outcome) {
  return outcome.kernels.empty() && outcome.links.empty() && outcome.others.empty();
}

/// Returns true if the source is ignored, whatever is selected. A module that is named like a kernel is ignored only if
/// its path is selected.
bool is_other(const archive::SourceRecord& record) {
  return has_nothing(record.outcome) && (!archive::is_kernel_name(record.path) || !record.outcome.problems.empty());
}

}  // namespace

std::vector<archive::SourceFault> KernelPacker::add(const std::string& input, const archive::SelectionRules& rules,
                                                    bool is_only_input) {
  return is_pack_file(input) ? add_pack(input, rules, is_only_input) : add_files(input, rules, is_only_input);
}

std::vector<archive::SourceFault> KernelPacker::add_files(const std::string& input,
                                                          const archive::SelectionRules& rules, bool is_only_input) {
  const archive::PathSelection selection(rules);
  const PackTask task(writer_);
  const auto opened = open(input, selection, options_.limits, is_only_input);
  const auto knows = [this](const std::string& path, const io::Hash& hash, const io::Sha256& sha256) {
    const pack::PackedSource* const old = old_source(path);
    return old != nullptr && old->hash == hash && old->sha256 == sha256;
  };
  archive::ProcessedInput processed = opened->process({.task = task,
                                                       .selection = selection,
                                                       .limits = options_.limits,
                                                       .jobs = options_.jobs,
                                                       .hashes = true,
                                                       .digests = true,
                                                       .knows = knows,
                                                       .begin = options_.begin,
                                                       .progress = options_.progress});
  std::vector<archive::SourceFault> faults = std::move(processed.faults);
  for (const std::string& path : processed.ignored_paths) add_other({.path = path, .ignored = 1});
  unselected_ += processed.unselected;
  missed_i386_ += processed.missed_i386;
  std::vector<archive::SourceFault> conflicts;
  for (const archive::SourceRecord& record : processed.records) {
    const archive::SourceOutcome& outcome = record.outcome;
    unselected_ += outcome.unselected;
    missed_i386_ += outcome.missed_i386;
    for (const archive::Problem& problem : outcome.problems) {
      faults.push_back({record.path, problem});
      add_failed(record.path, problem.member);
    }
    if (record.origin == archive::SourceRecord::Origin::known) {
      add_known(record.path, name_of(opened->path(), record.path), conflicts);
    } else if (archive::is_kernel_name(record.path) && !outcome.problems.empty()) {
      // The file is left out as a whole, so that a file that is in the pack is there with all its kernels.
    } else if (is_other(record)) {
      if (outcome.ignored != 0)
        add_other({.path = record.path, .ignored = outcome.ignored, .modules = outcome.modules});
    } else {
      add_record(opened->path(), record, conflicts);
    }
  }
  std::error_code error;
  const auto has_none = [](const archive::SourceRecord& record) {
    return record.origin != archive::SourceRecord::Origin::known && has_nothing(record.outcome) &&
           record.outcome.unselected == 0;
  };
  const bool is_empty = !processed.records.empty() && std::ranges::all_of(processed.records, has_none);
  if (is_empty && faults.empty() && !fs::is_directory(input, error)) {
    throw Error(ErrorKind::wrong_file, input, "", "no kernel's BTF in it");
  }
  for (archive::SourceFault& fault : faults) fault.path = name_of(opened->path(), fault.path);
  std::ranges::move(conflicts, std::back_inserter(faults));
  return faults;
}

std::vector<archive::SourceFault> KernelPacker::add_pack(const std::string& input, const archive::SelectionRules& rules,
                                                         bool is_only_input) {
  const archive::PathSelection selection(rules);
  io::Buffer memory;
  io::InputFile file(input);
  const pack::StoredPack stored(file.read_all(memory), input);
  if (is_of_one_tar(stored.catalog()) && !is_only_input) {
    throw Error(ErrorKind::wrong_file, input, "",
                "it was made of one tar, whose name it does not have, so that it can only be the one INPUT of a new "
                "PACK; pack the tar instead");
  }
  archive::PackSources found = archive::select_sources(stored.catalog(), selection, options_.limits);
  std::vector<archive::SourceFault> faults = std::move(found.faults);
  for (archive::SourceFault& fault : faults) fault.path = input;
  for (const pack::OtherFile& other : stored.catalog().others) add_other(other);
  unselected_ += found.unselected;
  missed_i386_ += found.missed_i386;

  std::vector<std::uint32_t> kernels;  // numbers in the pack
  std::map<std::uint32_t, std::uint32_t> numbers;
  std::vector<Source> sources;
  for (const archive::PackSource& each : found.sources) {
    const archive::SourceOutcome& outcome = each.outcome;
    unselected_ += outcome.unselected;
    missed_i386_ += outcome.missed_i386;
    const std::string name = name_of(input, each.source->path);
    for (const archive::Problem& problem : outcome.problems) {
      faults.push_back({name, problem});
      add_failed(each.source->path, problem.member);
    }
    Source& source = sources.emplace_back(Source{.packed = *each.source, .name = name});
    source.packed.members.clear();
    for (const pack::PackedMember* const member : each.members) {
      const std::uint64_t bytes = stored.catalog().kernels[member->kernel].bytes;
      try {
        archive::check_kernel_size(bytes, name, options_.limits);
      } catch (const Error& error) {
        add_failed(each.source->path, member->path);
        faults.push_back(
            {name, {.kind = error.kind(), .member = member->path, .where = error.where(), .reason = error.reason()}});
        continue;
      }
      source.packed.members.push_back(*member);
      if (numbers.try_emplace(member->kernel).second) kernels.push_back(member->kernel);
    }
    std::erase_if(source.packed.others,
                  [&](const pack::PackedOther& other) { return !takes_member(source.packed.path, other, selection); });
    if (outcome.links.size() != source.packed.links.size()) {
      source.packed.links.clear();
      for (const archive::FoundLink& link : outcome.links)
        source.packed.links.push_back({.path = link.member, .target = link.target});
    }
  }
  const std::vector<std::uint32_t> added = writer_.add_kernels(stored, kernels);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    numbers[kernels[i]] = added[i];
    bytes_[added[i]] = stored.catalog().kernels[kernels[i]].bytes;
  }
  for (Source& source : sources) {
    for (pack::PackedMember& member : source.packed.members) member.kernel = numbers.at(member.kernel);
    const pack::PackedSource& packed = source.packed;
    if (!packed.members.empty() || !packed.others.empty() || !packed.links.empty())
      add_source(std::move(source), faults);
  }
  return faults;
}

const pack::PackedSource* KernelPacker::old_source(const std::string& path) const {
  if (options_.old == nullptr) return nullptr;
  const auto& sources = options_.old->sources;
  const auto found = std::ranges::lower_bound(sources, path, {}, &pack::PackedSource::path);
  return found == sources.end() || found->path != path ? nullptr : &*found;
}

void KernelPacker::add_record(const std::string& input, const archive::SourceRecord& record,
                              std::vector<archive::SourceFault>& faults) {
  const archive::SourceOutcome& outcome = record.outcome;
  Source source = {.packed = {.path = record.path,
                              .hash = record.hash,
                              .is_elf = record.is_elf,
                              .sha256 = record.sha256.value_or(io::Sha256()),
                              .ignored = outcome.ignored - outcome.others.size()},
                   .name = name_of(input, record.path)};
  pack::PackedSource& packed = source.packed;
  packed.modules = outcome.modules;
  for (const archive::FoundKernel& kernel : outcome.kernels) {
    const auto& added = archive::value_of<AddedKernel>(*kernel.result);
    bytes_[added.number] = added.bytes;
    packed.members.push_back({.path = added.member, .inner_tar = added.inner_tar, .kernel = added.number});
  }
  for (const archive::OtherMember& other : outcome.others) {
    packed.others.push_back({.path = other.member, .inner_tar = other.inner_tar, .is_module = other.is_module});
    if (other.is_module) --packed.modules;
  }
  for (const archive::FoundLink& link : outcome.links)
    packed.links.push_back({.path = link.member, .target = link.target});
  add_source(std::move(source), faults);
}

void KernelPacker::add_failed(const std::string& path, const std::string& member) {
  failed_.push_back(path);
  if (member.empty()) return;
  failed_.push_back(archive::joined_path(path, member));
  failed_.push_back(archive::selection_path(path, member));
}

void KernelPacker::add_other(pack::OtherFile other) {
  pack::OtherFile& known = others_[other.path];
  // Two INPUTs can have different files with one path. Their order does not matter.
  if (std::pair(known.ignored, known.modules) <= std::pair(other.ignored, other.modules)) known = std::move(other);
}

void KernelPacker::add_known(const std::string& path, const std::string& name,
                             std::vector<archive::SourceFault>& faults) {
  const auto other = sources_.find(path);
  if (other == sources_.end()) {
    if (!known_.emplace(path, name).second) ++merged_;
  } else if (other->second.packed.sha256 == old_source(path)->sha256) {
    ++merged_;
  } else {
    faults.push_back({name, conflict_with(path, other->second.name)});
  }
}

void KernelPacker::add_source(Source source, std::vector<archive::SourceFault>& faults) {
  if (const auto other = known_.find(source.packed.path); other != known_.end()) {
    if (old_source(other->first)->sha256 == source.packed.sha256) {
      ++merged_;
    } else {
      faults.push_back({source.name, conflict_with(other->first, other->second)});
    }
    return;
  }
  const auto known = sources_.find(source.packed.path);
  if (known == sources_.end()) {
    sources_.emplace(source.packed.path, std::move(source));
  } else if (known->second.packed == source.packed) {
    ++merged_;
  } else {
    faults.push_back({source.name, conflict_with(source.packed.path, known->second.name)});
  }
}

std::vector<std::string> KernelPacker::paths() const {
  std::vector<std::string> paths = failed_;
  const auto add = [&](const std::string& path, const pack::PackedSource& source) {
    for (const pack::PackedMember& member : source.members) {
      paths.push_back(archive::selection_path(path, member.path));
      paths.push_back(archive::joined_path(path, member.path));
      paths.push_back(path);
      if (!member.inner_tar.empty()) paths.push_back(archive::selection_path(path, member.inner_tar));
    }
  };
  for (const auto& [path, source] : sources_) add(path, source.packed);
  for (const auto& [path, name] : known_) add(path, *old_source(path));
  return paths;
}

PackFigures KernelPacker::figures() const {
  PackFigures figures = {.merged = merged_, .unselected = unselected_, .missed_i386 = missed_i386_};
  for (const auto& [path, other] : others_) {
    if (sources_.contains(path)) continue;
    figures.ignored += other.ignored;
    figures.modules += other.modules;
  }
  std::set<std::uint32_t> seen;
  for (const auto& [path, source] : sources_) {
    figures.ignored += source.packed.ignored + source.packed.others.size();
    figures.modules += source.packed.modules;
    figures.modules +=
        static_cast<std::size_t>(std::ranges::count_if(source.packed.others, &pack::PackedOther::is_module));
    if (!source.packed.members.empty()) ++figures.sources;
    for (const pack::PackedMember& member : source.packed.members) {
      ++figures.kernels;
      figures.bytes += bytes_.at(member.kernel);
      if (!seen.insert(member.kernel).second) continue;
      std::string reason = writer_.verbatim_reason(member.kernel);
      if (!reason.empty()) {
        figures.verbatim.push_back({.path = archive::joined_path(path, member.path), .reason = std::move(reason)});
      }
    }
  }
  std::set<std::uint32_t> seen_in_pack;
  for (const auto& [path, name] : known_) {
    const pack::PackedSource& source = *old_source(path);
    if (!source.members.empty()) ++figures.sources;
    for (const pack::PackedMember& member : source.members) {
      const pack::PackedKernel& kernel = options_.old->kernels[member.kernel];
      ++figures.kernels;
      figures.bytes += kernel.bytes;
      if (seen_in_pack.insert(member.kernel).second && kernel.form == pack::PackedKernel::Form::verbatim) {
        figures.verbatim.push_back(
            {.path = archive::joined_path(path, member.path), .reason = "it is verbatim in the pack"});
      }
    }
  }
  figures.distinct = seen.size() + seen_in_pack.size();
  return figures;
}

std::vector<std::uint8_t> KernelPacker::finish() {
  pack::Catalog catalog;
  for (const auto& [path, other] : others_) {
    if (!sources_.contains(path)) catalog.others.push_back(other);
  }
  for (auto& [path, source] : sources_) catalog.sources.push_back(std::move(source.packed));
  return writer_.finish(std::move(catalog));
}

KernelPacker::Relation KernelPacker::relation(const pack::PackedSource& added, const pack::PackedSource& old,
                                              const pack::Catalog& catalog) const {
  if (added.hash != old.hash || added.sha256 != old.sha256 || added.is_elf != old.is_elf) return Relation::other_file;
  const auto is_same_member = [&](const pack::PackedMember& one, const pack::PackedMember& known) {
    pack::PackedKernel facts = catalog.kernels[known.kernel];
    facts.base = pack::no_kernel;
    return one.path == known.path && one.inner_tar == known.inner_tar && writer_.facts(one.kernel) == facts;
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

std::map<std::string, pack::PackedSource> KernelPacker::kept_sources(const pack::Catalog& catalog,
                                                                     const UpdateOptions& options,
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

UpdatedPack KernelPacker::update(const pack::StoredPack& old, const UpdateOptions& options) {
  UpdatedPack result;
  const pack::Catalog& before = old.catalog();
  // A new pack of the kernels reads all that they need.
  if (!options.rebuilds) require_undamaged(old, options_.limits);
  const auto first = static_cast<std::uint32_t>(before.kernels.size());
  UpdateFigures& figures = result.figures;
  std::map<std::string, pack::PackedSource> sources = kept_sources(before, options, result);
  for (const auto& [path, name] : known_) {
    const auto known = sources.find(path);
    if (known == sources.end() || known->second.sha256 != old_source(path)->sha256) {
      throw Error(ErrorKind::io, old.file().name(), "",
                  "another run has removed what this run has found in it; run again");
    }
    ++figures.already_there;
  }
  for (const auto& [path, added] : sources_) {
    pack::PackedSource source = added.packed;
    for (pack::PackedMember& member : source.members) member.kernel += first;
    const auto [known, is_new] = sources.try_emplace(path, std::move(source));
    if (is_new) {
      ++figures.added;
      continue;
    }
    const Relation relation = this->relation(added.packed, known->second, before);
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
    const auto added = sources_.find("");
    if (added != sources_.end() && !is_of_one_tar(before)) {
      throw Error(ErrorKind::io, added->second.name, "",
                  "another run has written PACK, and only a new PACK can have this INPUT; run again");
    }
    throw Error(ErrorKind::wrong_file, old.file().name(), "",
                "it was made of one tar, whose name it does not have, so that nothing can be added to it; pack the tar "
                "together with INPUT");
  }
  pack::Catalog catalog;
  for (const pack::OtherFile& other : before.others) add_other(other);
  for (const auto& [path, other] : others_) {
    // A selection can leave out all kernels of a tar, and a later run can add them.
    if (!sources.contains(path)) catalog.others.push_back(other);
  }
  for (auto& [path, source] : sources) catalog.sources.push_back(std::move(source));
  if (options.rebuilds) {
    result.bytes = rebuilt(old, std::move(catalog));
  } else if (figures.added + figures.replaced + figures.removed != 0) {
    result.bytes = writer_.append(old, std::move(catalog));
  }
  return result;
}

std::vector<std::uint8_t> KernelPacker::rebuilt(const pack::StoredPack& old, pack::Catalog catalog) {
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
  const std::vector<std::uint32_t> added = writer_.add_kernels(old, kernels);
  std::vector<std::uint32_t> numbers(first);
  for (std::size_t i = 0; i < kernels.size(); ++i) numbers[kernels[i]] = added[i];
  for (pack::PackedSource& source : catalog.sources) {
    for (pack::PackedMember& member : source.members)
      member.kernel = member.kernel < first ? numbers[member.kernel] : member.kernel - first;
  }
  return writer_.finish(std::move(catalog));
}

}  // namespace minbtf::cli
