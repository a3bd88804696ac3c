// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/tar_input.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "archive/input/kernel_modules.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/input/tar_kernels.hpp"
#include "base/short_text.hpp"
#include "io/parallel.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

namespace {

/// Returns the cache key of the tar. The selection is part of it, because it is applied to the members. The key has the
/// same parts as that of a source of a DirectoryInput that is not named like a kernel, with an empty path.
CacheKey key_of(const StreamedSource& whole, const ProcessRequest& request) {
  io::Hasher hasher;
  hasher.add(request.plan.hex());
  add_place_class("", request, hasher);
  hasher.add(std::string_view("other file"));
  hasher.add(request.selection.text());
  hasher.add(std::string_view(request.selection.takes("") ? "selected" : "not selected"));
  hasher.add(std::string_view(""));
  return {.source = whole.hash(), .source_bytes = whole.position(), .plan = hasher.hash()};
}

/// Returns the cache key of a member. Its path is part of the key, because the outcome has the paths of kernels.
CacheKey key_of(const PackedMember& member, const ProcessRequest& request) {
  io::Hasher hasher;
  hasher.add(request.plan.hex());
  add_place_class(member.path, request, hasher);
  hasher.add(std::string_view("member"));
  hasher.add(request.selection.text());
  hasher.add(member.path);
  return {.source = io::hash_of(member.bytes), .source_bytes = member.bytes.size(), .plan = hasher.hash()};
}

/// Keeps the BTF of the first kernel. The results of others are empty: they are only counted.
class FirstKernel final : public TaskWithResult<std::vector<std::uint8_t>> {
  [[nodiscard]] std::vector<std::uint8_t> process(const KernelPlace& /*place*/,
                                                  const KernelBtf& kernel) const override {
    if (has_kernel_.exchange(true)) return {};
    return {kernel.bytes.begin(), kernel.bytes.end()};
  }
  [[nodiscard]] bool are_equal(const std::vector<std::uint8_t>& one,
                               const std::vector<std::uint8_t>& other) const override {
    return one == other;
  }

  mutable std::atomic<bool> has_kernel_ = false;
};

class TarRun {
 public:
  TarRun(io::InputFile& tar, std::uint64_t bytes, const ProcessRequest& request,
         const std::optional<ModuleChoice>& modules)
      : tar_(tar),
        bytes_(bytes),
        modules_(modules),
        request_(request),
        log_(request),
        reader_("", tar.name(), request.task, request.selection, request.limits) {}

  SourceRecord run() {
    SourceRecord record;
    try {
      StreamedSource whole(tar_);
      record.sha256 = read_to_end(whole, request_.digests);
      record.hash = whole.hash();
      const CacheKey key = key_of(whole, request_);
      if (auto known = load_cached(key, request_)) {
        log_.add(bytes_, *known, "");
        record.outcome = std::move(*known);
        record.origin = SourceRecord::Origin::cached;
        return record;
      }
      record.outcome = read(record.hash);
      store_cached(key, record.outcome, request_);
    } catch (...) {
      // The outcome then has this problem and no kernels: the checksum of compressed data is at its end, so that all
      // data before an error may be damaged.
      record.outcome.problems.push_back(current_exception_as_problem(""));
    }
    return record;
  }

 private:
  SourceOutcome read(const io::Hash& expected) {
    StreamedSource input(tar_);
    Unpacker unpacker(input, tar_.name(), request_.limits);
    SourceOutcome whole;                // first: links, and members that next_member() counts or refuses
    std::deque<SourceOutcome> members;  // in the order of the tar; a deque does not move its elements
    std::uint64_t reported_bytes = 0;
    io::run_tasks(request_.jobs, [&]() -> std::optional<io::Task> {
      std::optional<PackedMember> member = reader_.next_member(unpacker, whole);
      if (!member) return std::nullopt;
      const std::uint64_t bytes = input.position() - std::exchange(reported_bytes, input.position());
      SourceOutcome& slot = members.emplace_back();
      return [this, &slot, bytes, shared = std::make_shared<PackedMember>(std::move(*member))] {
        slot = outcome_of(*shared);
        log_.add(bytes, slot, shared->path);
      };
    });
    if (input.hash() != expected) throw Error(ErrorKind::io, tar_.name(), "", "changed while it was read");
    for (SourceOutcome& member : members) append(whole, std::move(member));
    if (modules_ && whole.may_have_modules && !whole.kernels.empty()) join_modules(whole);
    return whole;
  }

  void join_modules(SourceOutcome& whole) {
    StreamedSource input(tar_);
    Unpacker again(input, tar_.name(), request_.limits);
    join_tar_directories({.path = "",
                          .name = tar_.name(),
                          .task = request_.task,
                          .selection = request_.selection,
                          .limits = request_.limits,
                          .choice = *modules_,
                          .jobs = request_.jobs},
                         again, whole);
  }

  SourceOutcome outcome_of(const PackedMember& member) const {
    const CacheKey key = request_.cache == nullptr ? CacheKey{} : key_of(member, request_);
    if (auto known = load_cached(key, request_)) return std::move(*known);
    SourceOutcome outcome = reader_.read_member(member);
    store_cached(key, outcome, request_);
    return outcome;
  }

  io::InputFile& tar_;
  std::uint64_t bytes_;
  const std::optional<ModuleChoice>& modules_;  ///< nothing: modules are ignored
  const ProcessRequest& request_;
  ProgressLog log_;
  SourceReader reader_;
};

}  // namespace

void TarInput::load_one(const PathSelection& selection, const UnpackLimits& limits) {
  const FirstKernel task;
  const SourceRecord record = process({.task = task, .selection = selection, .limits = limits}).records.front();
  for (const Problem& problem : record.outcome.problems) {
    throw Error(problem.kind, path(), problem.member.empty() ? problem.where : problem.member, problem.reason);
  }
  constexpr std::size_t most_names = 3;
  const std::vector<FoundKernel>& kernels = record.outcome.kernels;
  if (kernels.size() != 1) {
    std::string names;
    for (std::size_t i = 0; i < std::min(kernels.size(), most_names); ++i) {
      names += (i == 0 ? ": " : ", ") + kernels[i].member;
    }
    throw Error(ErrorKind::wrong_file, path(), "",
                "an archive in which " + base::counted(kernels.size(), "kernel") +
                    " are selected, where one is needed (--include)" + names +
                    (kernels.size() > most_names ? ", ..." : ""));
  }
  chosen_ = value_of<std::vector<std::uint8_t>>(*kernels.front().result);
}

std::span<const std::uint8_t> TarInput::one_kernel() const {
  if (chosen_.empty()) refuse_many(path());
  return chosen_;
}

ProcessedInput TarInput::process(const ProcessRequest& request) {
  const std::uint64_t bytes = file_.size();
  if (request.begin) request.begin(bytes);
  ProcessedInput processed;
  processed.records.push_back(TarRun(file_, bytes, request, modules_).run());
  const SourceOutcome& outcome = processed.records.front().outcome;
  const ModuleNotes notes = outcome.module_notes ? *outcome.module_notes : ModuleNotes();
  processed.warnings = notes.warnings;
  if (modules_) warn_of_missing_modules(*modules_, notes.names, processed.warnings);
  return processed;
}

}  // namespace minbtf::archive
