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
#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

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
  if (io::is_pack(io::InputFile(path).head())) {
    throw Error(ErrorKind::wrong_file, path, "", "a pack; only trees, tars and kernels can be packed");
  }
  auto file = archive::DirectoryInput::of_file(path, selection, limits);
  if (!is_only_input) return file;
  auto input = archive::open_input(path, {.limits = limits});
  return input->is_one_kernel() ? std::move(file) : std::move(input);
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
  const archive::PathSelection selection(rules);
  const PackTask task(writer_);
  const auto opened = open(input, selection, options_.limits, is_only_input);
  archive::ProcessedInput processed = opened->process({.task = task,
                                                       .selection = selection,
                                                       .limits = options_.limits,
                                                       .jobs = options_.jobs,
                                                       .hashes = true,
                                                       .digests = true,
                                                       .begin = options_.begin,
                                                       .progress = options_.progress});
  std::vector<archive::SourceFault> faults = std::move(processed.faults);
  catalog_.ignored += processed.ignored;
  unselected_ += processed.unselected;
  missed_i386_ += processed.missed_i386;
  for (const archive::SourceRecord& record : processed.records) {
    const archive::SourceOutcome& outcome = record.outcome;
    unselected_ += outcome.unselected;
    missed_i386_ += outcome.missed_i386;
    for (const archive::Problem& problem : outcome.problems) faults.push_back({record.path, problem});
    if (is_other(record)) {
      catalog_.ignored += outcome.ignored;
      catalog_.modules += outcome.modules;
    } else {
      add_source(opened->path(), record);
    }
  }
  std::error_code error;
  const auto has_none = [](const archive::SourceRecord& record) {
    return has_nothing(record.outcome) && record.outcome.unselected == 0;
  };
  const bool is_empty = !processed.records.empty() && std::ranges::all_of(processed.records, has_none);
  if (is_empty && faults.empty() && !fs::is_directory(input, error)) {
    throw Error(ErrorKind::wrong_file, input, "", "no kernel's BTF in it");
  }
  for (archive::SourceFault& fault : faults) fault.path = name_of(opened->path(), fault.path);
  return faults;
}

void KernelPacker::add_source(const std::string& input, const archive::SourceRecord& record) {
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
  const auto [entry, is_new] = sources_.try_emplace(record.path, std::move(source));
  if (is_new) return;
  if (entry->second.packed != packed) {
    throw Error(
        ErrorKind::wrong_file, source.name, "",
        fmt::format("the path {} is already that of {}, which has other contents", record.path, entry->second.name));
  }
  ++merged_;
}

std::vector<std::string> KernelPacker::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, source] : sources_) {
    for (const pack::PackedMember& member : source.packed.members) {
      paths.push_back(archive::selection_path(path, member.path));
      paths.push_back(archive::joined_path(path, member.path));
      paths.push_back(path);
      if (!member.inner_tar.empty()) paths.push_back(archive::selection_path(path, member.inner_tar));
    }
  }
  return paths;
}

PackFigures KernelPacker::figures() const {
  PackFigures figures = {.merged = merged_,
                         .ignored = catalog_.ignored,
                         .modules = catalog_.modules,
                         .unselected = unselected_,
                         .missed_i386 = missed_i386_};
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
  figures.distinct = seen.size();
  return figures;
}

std::vector<std::uint8_t> KernelPacker::finish() {
  for (auto& [path, source] : sources_) catalog_.sources.push_back(std::move(source.packed));
  return writer_.finish(std::move(catalog_));
}

}  // namespace minbtf::cli
