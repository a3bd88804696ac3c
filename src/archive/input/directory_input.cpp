// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/directory_input.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "archive/input/joining_task.hpp"
#include "archive/input/kernel_contents.hpp"
#include "archive/input/kernel_directory.hpp"
#include "archive/input/kernel_release.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/input/tar_kernels.hpp"
#include "archive/tree_path.hpp"
#include "io/parallel.hpp"
#include "io/read/buffer.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::archive {

namespace {

/// Returns the cache key of a source: a hash of everything that the outcome depends on. Invariant: two sources with
/// equal keys have equal outcomes.
///
///  - The bytes of the source (hash and length), and the plan.
///  - Whether the source is named like a kernel (is_kernel_name()). Contents other than a kernel are then an error. The
///    selection is not part of the key, because such a source was selected by its path. A compressed source or a tar
///    may hold a module, which is ignored if is_module_name() is true for the path, and an error otherwise. The result
///    of is_module_name() is part of the key.
///  - For all other sources: contents other than a kernel are ignored, and the selection is applied to each member of a
///    tar, by DIRECTORY/MEMBER. The key therefore has the selection, its result for the source, and the directory.
///  - What the task makes of the place of the source (KernelTask::place_class()).
///
/// Example: `a/5.4.btf` and `b/5.5.btf` with equal bytes have one key and are reduced once. `a/all.tar` and `b/all.tar`
/// with equal bytes have two keys, since `--include 'a/**'` selects members of the first tar only.
CacheKey key_of(const LoadedSource& source, const SourceFile& file, const ProcessRequest& request) {
  io::Hasher hasher;
  hasher.add(request.plan.hex());
  add_place_class(file.path, request, hasher);
  if (is_kernel_name(file.path)) {
    hasher.add(std::string_view("file called as a kernel"));
    if (source.kind != LoadedSource::Kind::btf && is_module_name(file.path)) {
      hasher.add(std::string_view("or as a module"));
    }
  } else {
    hasher.add(std::string_view("other file"));
    hasher.add(request.selection.text());
    hasher.add(std::string_view(request.selection.takes(file.path) ? "selected" : "not selected"));
    hasher.add(directory_of(file.path));
  }
  return {.source = source.hash, .source_bytes = source.size, .plan = hasher.hash()};
}

/// The first source of each cache key. Later sources with the same key share its outcome.
class Claims {
 public:
  /// Returns the index of the source that claimed this key first. Returns nothing if `index` is the first.
  std::optional<std::size_t> claim(const CacheKey& key, std::size_t index) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_first] = first_.try_emplace(key, index);
    return is_first ? std::nullopt : std::optional(entry->second);
  }

 private:
  std::mutex mutex_;
  std::map<CacheKey, std::size_t> first_;
};

class FileRun {
 public:
  FileRun(std::filesystem::path input, const std::vector<SourceFile>& files, const ProcessRequest& request,
          const std::optional<ModuleChoice>& modules)
      : input_(std::move(input)),
        files_(files),
        request_(request),
        modules_(modules),
        log_(request),
        records_(files.size()),
        same_as_(files.size()) {
    std::set<std::uint64_t> sizes;
    for (const SourceFile& file : files) {
      if (!sizes.insert(file.bytes).second) compared_sizes_.insert(file.bytes);
    }
  }

  std::vector<SourceRecord> run() {
    // One kernel with modules after the other: its modules are read on all threads.
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!files_[i].modules.empty()) process(i);
    }
    // The largest source first: the threads then end at about the same time, and their buffers grow only once.
    std::vector<std::size_t> order(files_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t index) { return files_[index].bytes; });
    std::erase_if(order, [&](std::size_t index) { return !files_[index].modules.empty(); });
    auto next = order.begin();
    io::run_tasks(request_.jobs, [&]() -> std::optional<io::Task> {
      if (next == order.end()) return std::nullopt;
      return [this, mine = *next++] { process(mine); };
    });
    // All tasks are done, so every shared outcome exists.
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (same_as_[i]) records_[i].outcome = records_[*same_as_[i]].outcome;
    }
    return std::move(records_);
  }
  /// Modules that were left out, and warnings about modules.
  [[nodiscard]] std::vector<SourceFault>& faults() noexcept { return faults_; }
  [[nodiscard]] std::vector<std::string>& warnings() noexcept { return warnings_; }

 private:
  void process(std::size_t index) {
    const SourceFile& file = files_[index];
    SourceRecord& record = records_[index];
    record.path = file.path;
    try {
      if (file.modules.empty()) {
        fill(index, record);
      } else {
        fill_with_modules(file, record);
      }
    } catch (...) {
      record.outcome.problems.push_back(current_exception_as_problem(""));
    }
    log_.add(file.bytes, record.outcome, file.path);
  }

  /// Finds the outcome of one source, in this order:
  ///  1. The source is loaded. A file without a kernel and a kernel that is not selected are only counted.
  ///  2. If an earlier source of this run has the same key and the same bytes, both share one outcome. It is copied at
  ///     the end of run(), because the earlier source may still be processed by another thread. This step is skipped if
  ///     the task depends on the place of the kernel, or if the source was not hashed.
  ///  3. The outcome is loaded from the cache.
  ///  4. Otherwise the task runs, and the outcome is stored in the cache.
  void fill(std::size_t index, SourceRecord& record) {
    const SourceFile& file = files_[index];
    const std::string name = name_of(file);
    const auto memory = buffers_.lend();
    const bool is_compared = compared_sizes_.contains(file.bytes);
    const LoadedSource source = load_source(file, name, load_options(is_compared), *memory);
    record.hash = source.hash;
    record.sha256 = source.sha256;
    record.is_elf = source.is_elf;
    if (source.kind == LoadedSource::Kind::other || source.kind == LoadedSource::Kind::module) {
      ++record.outcome.ignored;
      if (source.kind == LoadedSource::Kind::module) ++record.outcome.modules;
      return;
    }
    const bool is_pack = source.kind == LoadedSource::Kind::pack;
    if ((source.kind == LoadedSource::Kind::btf || is_pack) && !request_.selection.takes(file.path)) {
      leave_out(file.path, request_.selection, record.outcome);
      return;
    }
    if (is_pack) refuse_pack(name);
    if (request_.knows && is_kernel_name(file.path) && source.hashed && source.sha256 &&
        request_.knows(file.path, source.hash, *source.sha256)) {
      record.origin = SourceRecord::Origin::known;
      return;
    }
    const CacheKey key = key_of(source, file, request_);
    const auto first = source.hashed && !request_.task.depends_on_place() ? claims_.claim(key, index) : std::nullopt;
    if (first && holds(*first, source)) {
      same_as_[index] = first;
      record.origin = SourceRecord::Origin::repeated;
      return;
    }
    if (auto known = load_cached(key, request_)) {
      record.outcome = std::move(*known);
      record.origin = SourceRecord::Origin::cached;
      return;
    }
    record.outcome = read(file, name, source, request_.task);
    store_cached(key, record.outcome, request_);
  }

  /// Does the same for a kernel with modules, without the cache (SourceOutcome::may_have_modules).
  void fill_with_modules(const SourceFile& file, SourceRecord& record) {
    const std::string name = name_of(file);
    const auto memory = buffers_.lend();
    const LoadedSource source = load_source(file, name, load_options(false), *memory);
    record.hash = source.hash;
    record.sha256 = source.sha256;
    record.is_elf = source.is_elf;
    if (source.kind == LoadedSource::Kind::btf && !request_.selection.takes(file.path)) {
      leave_out(file.path, request_.selection, record.outcome);
      record.outcome.ignored += file.modules.size();
      record.outcome.modules += file.modules.size();
      return;
    }
    const ModulesOfKernel modules = {.sources = module_sources(file, input_),
                                     .base_file = name,
                                     .release = release_of_kernel(file.location),
                                     .is_directory = true,
                                     .is_named_by_source = true};
    const JoiningTask task(request_.task, modules, *modules_, request_.limits, request_.jobs);
    record.outcome = read(file, name, source, task);
    if (record.outcome.kernels.empty()) {
      record.outcome.ignored += file.modules.size();
      record.outcome.modules += file.modules.size();
    }
    if (record.outcome.kernels.size() > 1) refuse_many(name);
    for (FoundKernel& kernel : record.outcome.kernels) {
      kernel.is_directory = true;
      kernel.member.clear();
    }
    for (const ModuleFault& fault : task.faults()) {
      faults_.push_back({.path = file.modules[fault.module].path, .problem = fault.problem});
      faults_.back().problem.is_module = true;
    }
    std::ranges::copy(task.warnings(), std::back_inserter(warnings_));
  }

  [[nodiscard]] std::string name_of(const SourceFile& file) const { return (input_ / file.path).string(); }

  /// Returns true if the bytes of source `index` equal the bytes of `source`. Equal hashes are no proof. Returns false
  /// for a streamed source, which is not in memory, and if the file of source `index` can no longer be read.
  bool holds(std::size_t index, const LoadedSource& source) const {
    if (source.kind == LoadedSource::Kind::streamed) return false;
    try {
      const auto memory = buffers_.lend();
      const LoadedSource other =
          load_source(files_[index], name_of(files_[index]), {.limits = request_.limits}, *memory);
      return other.kind == source.kind && std::ranges::equal(other.bytes, source.bytes);
    } catch (const Error&) {
      return false;  // the other file was removed or changed
    }
  }

  [[nodiscard]] LoadOptions load_options(bool is_compared) const {
    return {.limits = request_.limits,
            .hashes = is_compared || request_.hashes || request_.cache != nullptr,
            .digests = request_.digests};
  }

  SourceOutcome read(const SourceFile& file, const std::string& name, const LoadedSource& source,
                     const KernelTask& task) const {
    const SourceReader reader(file.path, name, task, request_.selection, request_.limits);
    if (source.kind == LoadedSource::Kind::btf) return reader.read_btf(source.bytes);
    if (source.kind == LoadedSource::Kind::packed) {
      io::MemoryStream input(source.bytes);
      SourceOutcome outcome = reader.read_packed(input);
      io::MemoryStream again(source.bytes);
      join_modules_in(file, name, again, outcome);
      return outcome;
    }
    io::InputFile opened(file.location);
    StreamedSource input(opened);
    SourceOutcome outcome = reader.read_packed(input);
    if (outcome.problems.empty() && input.hash() != source.hash) {
      throw Error(ErrorKind::io, name, "", "changed while it was read");
    }
    StreamedSource again(opened);
    join_modules_in(file, name, again, outcome);
    return outcome;
  }

  /// Joins the kernels in a tar with their modules there.
  void join_modules_in(const SourceFile& file, const std::string& name, io::ByteStream& input,
                       SourceOutcome& outcome) const {
    if (!modules_ || !outcome.may_have_modules || !file.modules.empty()) return;
    Unpacker again(input, name, request_.limits);
    if (!again.is_tar() || outcome.kernels.empty()) {
      outcome.may_have_modules = false;
      return;
    }
    join_tar_directories({.path = file.path,
                          .name = name,
                          .task = request_.task,
                          .selection = request_.selection,
                          .limits = request_.limits,
                          .choice = *modules_,
                          .jobs = 1},
                         again, outcome);
  }

  std::filesystem::path input_;
  const std::vector<SourceFile>& files_;
  const ProcessRequest& request_;
  const std::optional<ModuleChoice>& modules_;  ///< nothing: modules are ignored
  ProgressLog log_;
  Claims claims_;
  std::set<std::uint64_t> compared_sizes_;  ///< sizes that more than one file has; only these files are compared
  mutable io::Pool<io::Buffer> buffers_;
  std::vector<SourceRecord> records_;
  std::vector<std::optional<std::size_t>> same_as_;
  std::vector<SourceFault> faults_;
  std::vector<std::string> warnings_;
};

/// Warns of each directory with modules that belong to none of several kernels there.
void warn_of_unowned_modules(const std::filesystem::path& input, const std::vector<SourceRecord>& records,
                             std::vector<std::string>& warnings) {
  struct Counts {
    std::size_t kernels = 0;
    std::size_t modules = 0;
  };
  std::map<std::string_view, Counts> directories;
  for (const SourceRecord& record : records) {
    Counts& counts = directories[directory_of(record.path)];
    const SourceOutcome& outcome = record.outcome;
    if (!outcome.kernels.empty() || !outcome.problems.empty()) {
      ++counts.kernels;
    } else {
      counts.modules += outcome.modules;
    }
  }
  for (const auto& [directory, counts] : directories) {
    if (counts.modules == 0 || counts.kernels < 2) continue;
    warnings.push_back(unowned_modules_text((input / directory).string(), counts.modules, counts.kernels));
  }
}

}  // namespace

std::unique_ptr<DirectoryInput> DirectoryInput::of_file(const std::string& file, const PathSelection& selection,
                                                        const UnpackLimits& limits) {
  const io::InputFile opened(file);
  if (!opened.is_regular()) throw Error(ErrorKind::wrong_file, file, "", "neither a regular file nor a directory");
  static_cast<void>(contents_of(opened.head(), Promise::user, file));
  const std::filesystem::path location(file);
  const std::string path = location.filename().string();
  auto input = std::make_unique<DirectoryInput>(location.parent_path().string(), InputOptions{.limits = limits});
  input->found_.emplace();
  if (is_kernel_name(path) && !selection.takes(path)) {
    leave_out(path, selection, *input->found_);
  } else {
    input->found_->files.push_back({.path = path, .location = file, .bytes = opened.size()});
  }
  return input;
}

std::span<const std::uint8_t> DirectoryInput::one_kernel() const {
  throw Error(ErrorKind::wrong_file, path(), "", "is a directory, not a file");
}

ProcessedInput DirectoryInput::process(const ProcessRequest& request) {
  if (!found_) {
    found_ = find_sources(path(), request.selection,
                          {.follow_directory_links = options_.follow_directory_links,
                           .max_entries = request.limits.members,
                           .max_path_bytes = request.limits.path_bytes,
                           .keeps_unselected = options_.modules.has_value(),
                           .left_out = options_.left_out});
    if (options_.modules) join_kernel_directories(*found_);
  }
  std::vector<SourceFile> chosen;
  if (request.only != nullptr) {
    std::ranges::copy_if(found_->files, std::back_inserter(chosen),
                         [&](const SourceFile& file) { return request.only->contains(file.path); });
  }
  const std::vector<SourceFile>& files = request.only == nullptr ? found_->files : chosen;
  std::uint64_t bytes = 0;
  for (const SourceFile& file : files) bytes += file.bytes;
  if (request.begin) request.begin(bytes);
  const auto choice = module_choice(options_);
  FileRun run(path(), files, request, choice);
  std::vector<SourceRecord> records = run.run();
  std::vector<SourceFault> faults = found_->faults;
  std::ranges::move(run.faults(), std::back_inserter(faults));
  std::vector<std::string> warnings = std::move(run.warnings());
  for (const SourceRecord& record : records) {
    if (const auto& notes = record.outcome.module_notes)
      std::ranges::copy(notes->warnings, std::back_inserter(warnings));
  }
  if (options_.modules) {
    warn_of_unowned_modules(path(), records, warnings);
    std::vector<std::string> names;
    for (const SourceFile& file : files) {
      for (const SourceFile& module : file.modules) names.push_back(module_name_of(module.path));
    }
    for (const SourceRecord& record : records) {
      if (const auto& notes = record.outcome.module_notes) std::ranges::copy(notes->names, std::back_inserter(names));
    }
    warn_of_missing_modules(*choice, names, warnings);
  }
  return {.records = std::move(records),
          .faults = std::move(faults),
          .ignored = found_->ignored.size(),
          .ignored_paths = found_->ignored,
          .warnings = std::move(warnings),
          .unselected = found_->unselected,
          .missed_i386 = found_->missed_i386};
}

}  // namespace minbtf::archive
