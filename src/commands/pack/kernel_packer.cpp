// SPDX-License-Identifier: BSD-2-Clause
#include "commands/pack/kernel_packer.hpp"

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

std::string name_of(const std::string& input, const std::string& path) {
  return path.empty() ? input : (fs::path(input) / path).string();
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
    const pack::PackedSource* const old = find_source(options_.old.get(), path);
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
  for (const std::string& path : processed.ignored_paths) files_.add_other({.path = path, .ignored = 1});
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
        files_.add_other({.path = record.path, .ignored = outcome.ignored, .modules = outcome.modules});
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
  for (const pack::OtherFile& other : stored.catalog().others) files_.add_other(other);
  unselected_ += found.unselected;
  missed_i386_ += found.missed_i386;

  std::vector<std::uint32_t> kernels;  // numbers in the pack
  std::map<std::uint32_t, std::uint32_t> numbers;
  std::vector<AddedSource> sources;
  for (const archive::PackSource& each : found.sources) {
    const archive::SourceOutcome& outcome = each.outcome;
    unselected_ += outcome.unselected;
    missed_i386_ += outcome.missed_i386;
    const std::string name = name_of(input, each.source->path);
    for (const archive::Problem& problem : outcome.problems) {
      faults.push_back({name, problem});
      add_failed(each.source->path, problem.member);
    }
    AddedSource& source = sources.emplace_back(AddedSource{.packed = *each.source, .name = name});
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
  for (AddedSource& source : sources) {
    for (pack::PackedMember& member : source.packed.members) member.kernel = numbers.at(member.kernel);
    const pack::PackedSource& packed = source.packed;
    if (!packed.members.empty() || !packed.others.empty() || !packed.links.empty())
      add_source(std::move(source), faults);
  }
  return faults;
}

void KernelPacker::add_record(const std::string& input, const archive::SourceRecord& record,
                              std::vector<archive::SourceFault>& faults) {
  const archive::SourceOutcome& outcome = record.outcome;
  AddedSource source = {.packed = {.path = record.path,
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

void KernelPacker::add_known(const std::string& path, const std::string& name,
                             std::vector<archive::SourceFault>& faults) {
  const auto other = files_.sources.find(path);
  if (other == files_.sources.end()) {
    if (!files_.known.emplace(path, name).second) ++merged_;
  } else if (other->second.packed.sha256 == find_source(options_.old.get(), path)->sha256) {
    ++merged_;
  } else {
    faults.push_back({name, conflict_with(path, other->second.name)});
  }
}

void KernelPacker::add_source(AddedSource source, std::vector<archive::SourceFault>& faults) {
  if (const auto other = files_.known.find(source.packed.path); other != files_.known.end()) {
    if (find_source(options_.old.get(), other->first)->sha256 == source.packed.sha256) {
      ++merged_;
    } else {
      faults.push_back({source.name, conflict_with(other->first, other->second)});
    }
    return;
  }
  const auto known = files_.sources.find(source.packed.path);
  if (known == files_.sources.end()) {
    files_.sources.emplace(source.packed.path, std::move(source));
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
  for (const auto& [path, source] : files_.sources) add(path, source.packed);
  for (const auto& [path, name] : files_.known) add(path, *find_source(options_.old.get(), path));
  return paths;
}

PackFigures KernelPacker::figures() const {
  PackFigures figures = {.merged = merged_, .unselected = unselected_, .missed_i386 = missed_i386_};
  for (const auto& [path, other] : files_.others) {
    if (files_.sources.contains(path)) continue;
    figures.ignored += other.ignored;
    figures.modules += other.modules;
  }
  std::set<std::uint32_t> seen;
  for (const auto& [path, source] : files_.sources) {
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
  for (const auto& [path, name] : files_.known) {
    const pack::PackedSource& source = *find_source(options_.old.get(), path);
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
  for (const auto& [path, other] : files_.others) {
    if (!files_.sources.contains(path)) catalog.others.push_back(other);
  }
  for (auto& [path, source] : files_.sources) catalog.sources.push_back(std::move(source.packed));
  return writer_.finish(std::move(catalog));
}

}  // namespace minbtf::cli
