// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/pack_input.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include "archive/input/kernel_contents.hpp"
#include "archive/input/pack_sources.hpp"
#include "archive/input/shared_results.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "io/parallel.hpp"
#include "minbtf/error.hpp"
#include "pack/format.hpp"

namespace minbtf::archive {

namespace {

/// Types that the task searches for in kernels of each byte order.
class WantedByOrder {
 public:
  /// Throws Error (unsupported) if a kernel of the pack does not have the types. A verbatim kernel has all types.
  WantedByOrder(const pack::Pack& pack, const KernelTask& task) {
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      std::optional<WantedTypes>& wanted = wanted_[index_of(order)];
      wanted = task.wanted_types(order);
      const bool has_types = std::ranges::any_of(pack.catalog().kernels, [&](const pack::PackedKernel& kernel) {
        return kernel.order == order && kernel.form == pack::PackedKernel::Form::types;
      });
      const bool has_whole = std::ranges::any_of(pack.catalog().kernels, [&](const pack::PackedKernel& kernel) {
        return kernel.order == order && kernel.form == pack::PackedKernel::Form::whole;
      });
      if (!wanted) continue;  // the whole BTF
      if (has_types) refuse(pack, wanted->extras, "a pack of types only");
      if (has_types || has_whole) refuse(pack, wanted->whole_only, "a pack");
    }
  }

  [[nodiscard]] pack::StandInRequest request_for(const pack::PackedKernel& kernel, const std::string& name) const {
    const std::optional<WantedTypes>& wanted = wanted_[index_of(kernel.order)];
    pack::StandInRequest request;
    request.order = kernel.order;
    request.name = name;
    request.everything = !wanted;
    request.follows_pointers = !wanted || wanted->follows_pointers;
    if (!wanted) return request;
    request.names = wanted->names;
    request.extras = !wanted->extras.empty();
    return request;
  }

 private:
  /// Throws Error (unsupported) if `parts`, which the objects need, are not empty.
  static void refuse(const pack::Pack& pack, const std::vector<std::string>& parts, const std::string& noun) {
    if (parts.empty()) return;
    const std::size_t more = parts.size() - 1;
    throw Error(ErrorKind::unsupported, pack.file().name(), "",
                "the objects need '" + parts.front() + "'" +
                    (more == 0 ? "" : " and " + base::counted(more, "other part") + " of whole kernels") + ", which " +
                    noun + " does not have");
  }

  static std::size_t index_of(ByteOrder order) noexcept { return order == ByteOrder::little ? 0 : 1; }

  std::array<std::optional<WantedTypes>, 2> wanted_;
};

/// Returns the cache key of a source. A pack from a stranger may state wrong hashes of kernels. The key therefore has
/// the hashes of all sections of the pack, and the outcome is used for this pack only.
CacheKey key_of(const pack::Pack& pack, const pack::PackedSource& source, const ProcessRequest& request) {
  io::Hasher contents;
  for (const pack::Section& section : pack.file().sections()) {
    contents.add(std::to_string(static_cast<std::uint32_t>(section.type)));
    contents.add(section.hash.hex());
  }
  io::Hasher hasher;
  hasher.add(request.plan.hex());
  add_place_class(source.path, request, hasher);
  hasher.add(std::string_view("source in a pack"));
  hasher.add(request.selection.text());
  hasher.add(source.path);
  return {.source = contents.hash(), .source_bytes = pack.file().size(), .plan = hasher.hash()};
}

/// Finds sources that have the same outcome as an earlier source of the run, as DirectoryInput does.
class EqualSources {
 public:
  explicit EqualSources(const ProcessRequest& request) : request_(request) {}

  /// Counts a source of the run. Requires that all sources are counted before find() is called.
  void count(const pack::PackedSource& source) {
    if (!source.is_elf) ++files_[source.sha256];
  }

  /// Returns the index of the first source with an equal key. Returns nothing if `index` is the first, or if
  /// DirectoryInput would not have the hash of this source: it hashes ELF files, files that have the size of another
  /// file, and all files if the hashes are needed.
  std::optional<std::size_t> find(const pack::Catalog& catalog, const pack::PackedSource& source, std::size_t index) {
    if (request_.task.depends_on_place()) return std::nullopt;
    const bool is_hashed =
        source.is_elf || request_.hashes || request_.cache != nullptr || files_.at(source.sha256) > 1;
    if (!is_hashed) return std::nullopt;
    std::vector<std::pair<std::size_t, const pack::PackedSource*>>& equal = first_[key_of(catalog, source)];
    const auto found =
        std::ranges::find_if(equal, [&](const auto& each) { return has_same_contents(*each.second, source); });
    if (found != equal.end()) return found->first;
    equal.emplace_back(index, &source);
    return std::nullopt;
  }

 private:
  using Key = std::pair<io::Hash, std::string>;

  /// The parts are those of the cache key of DirectoryInput.
  [[nodiscard]] Key key_of(const pack::Catalog& catalog, const pack::PackedSource& source) const {
    const bool is_kernel = is_kernel_name(source.path);
    const bool is_btf = source.members.size() == 1 && source.members.front().path.empty() &&
                        catalog.kernels[source.members.front().kernel].hash == source.hash;
    std::string text = is_kernel ? "kernel" : "other";
    if (is_kernel && !is_btf && is_module_name(source.path)) text += " or module";
    if (!is_kernel) {
      text += request_.selection.takes(source.path) ? " selected " : " not selected ";
      text += directory_of(source.path);
    }
    return {source.hash, text + " " + request_.task.place_class(source.path)};
  }

  static bool has_same_contents(const pack::PackedSource& one, const pack::PackedSource& other) {
    const auto contents = [](const pack::PackedSource& source) {
      return std::tie(source.ignored, source.modules, source.members, source.others, source.links);
    };
    return contents(one) == contents(other);
  }

  const ProcessRequest& request_;
  std::map<io::Sha256, std::size_t> files_;  ///< number of files with these bytes, without ELF files
  std::map<Key, std::vector<std::pair<std::size_t, const pack::PackedSource*>>> first_;
};

class PackRun {
 public:
  PackRun(const std::string& path, const pack::Pack& pack, const ProcessRequest& request, const WantedByOrder& wanted,
          std::vector<PackSource> sources)
      : path_(path),
        pack_(pack),
        request_(request),
        wanted_(wanted),
        log_(request),
        equal_(request),
        sources_(std::move(sources)),
        results_(request.task) {
    std::size_t kernels = 0;
    for (const PackSource& source : sources_) {
      equal_.count(*source.source);
      kernels += source.members.size();
    }
    // Small enough that no thread has nothing to do for long, and not larger than a few milliseconds of work.
    in_task_ = std::clamp<std::size_t>(kernels / (16 * std::max<std::size_t>(1, request.jobs)), 1, 32);
  }

  std::vector<SourceRecord> run() {
    io::run_tasks(request_.jobs, [this] { return next(); });
    // All tasks are done, so every shared outcome exists.
    for (SourceRun& run : runs_) {
      if (run.same_as) run.record.outcome = runs_[*run.same_as].record.outcome;
    }
    std::vector<SourceRecord> records;
    for (SourceRun& run : runs_) records.push_back(std::move(run.record));
    return records;
  }

 private:
  /// The outcomes of the kernels of one source, in their order.
  struct SourceRun {
    const PackSource* source = nullptr;
    SourceRecord record{};
    std::optional<CacheKey> key{};           ///< for storing the outcome
    std::optional<std::size_t> same_as{};    ///< index in runs_
    std::vector<SourceOutcome> kernels{};    ///< by index of the member
    std::size_t total = 0;                   ///< number of kernels
    std::size_t started = 0;                 ///< number of kernels that have a task
    std::atomic<std::size_t> unfinished{0};  ///< number of kernels without an outcome
  };

  struct Started {
    SourceRun* run = nullptr;
    std::size_t index = 0;  ///< of the member
  };

  /// Returns a task for the next kernels. Kernels in a row are often equal, so that one thread has several of them.
  std::optional<io::Task> next() {
    std::vector<Started> kernels;
    while (kernels.size() < in_task_) {
      const std::optional<Started> kernel = next_kernel();
      if (!kernel) break;
      kernels.push_back(*kernel);
    }
    if (kernels.empty()) return std::nullopt;
    return [this, kernels = std::move(kernels)] {
      LastResult last;
      for (const Started& kernel : kernels) process(*kernel.run, kernel.index, last);
    };
  }

  /// Returns the next kernel to process, of the current source or of the next source that has one.
  std::optional<Started> next_kernel() {
    while (runs_.empty() || runs_.back().started == runs_.back().total) {
      if (runs_.size() == sources_.size()) return std::nullopt;
      PackSource& source = sources_[runs_.size()];
      begin(runs_.emplace_back(), source);
    }
    SourceRun& run = runs_.back();
    return Started{.run = &run, .index = run.started++};
  }

  void begin(SourceRun& run, PackSource& source) {
    const pack::PackedSource& packed = *source.source;
    run.source = &source;
    SourceRecord& record = run.record;
    record.path = packed.path;
    record.is_elf = packed.is_elf;
    if (request_.hashes) record.hash = packed.hash;
    if (request_.digests) record.sha256 = packed.sha256;
    record.outcome = std::move(source.outcome);
    run.same_as = equal_.find(pack_.catalog(), packed, runs_.size() - 1);
    if (run.same_as) {
      record.origin = SourceRecord::Origin::repeated;
      return log_.add(0, record.outcome, record.path);
    }
    if (request_.cache != nullptr) {
      run.key = key_of(pack_, packed, request_);
      if (auto known = load_cached(*run.key, request_)) {
        run.key.reset();
        record.outcome = std::move(*known);
        record.origin = SourceRecord::Origin::cached;
        return log_.add(0, record.outcome, record.path);
      }
    }
    run.total = source.members.size();
    run.kernels.resize(run.total);
    run.unfinished = run.total;
    if (run.total == 0) finish(run);
  }

  void process(SourceRun& run, std::size_t index, LastResult& last) {
    const pack::PackedMember& member = *run.source->members[index];
    const pack::PackedKernel& kernel = pack_.catalog().kernels[member.kernel];
    SourceOutcome& outcome = run.kernels[index];
    try {
      const std::string name =
          run.record.path.empty() ? path_ : (std::filesystem::path(path_) / run.record.path).string();
      check_kernel_size(kernel.bytes, name, request_.limits);
      const KernelPlace place = {.source = run.record.path,
                                 .member = member.path,
                                 .inner_tar = member.inner_tar,
                                 .name = name,
                                 .packed_kernel = member.kernel};
      outcome.kernels.push_back({.member = member.path, .result = result_of(member.kernel, place, last)});
    } catch (...) {
      outcome.problems.push_back(current_exception_as_problem(member.path));
    }
    log_.add(kernel.bytes, outcome, run.record.path);
    if (--run.unfinished == 0) finish(run);
  }

  /// Returns the result for a kernel. Kernels with equal results share one, unless it depends on the place: a kernel of
  /// the pack that is met again, and kernels with equal stand-ins.
  KernelResultPtr result_of(std::uint32_t number, const KernelPlace& place, LastResult& last) {
    const pack::PackedKernel& kernel = pack_.catalog().kernels[number];
    if (request_.task.depends_on_place()) {
      const auto memory = kernels_.lend();
      return request_.task.run(place, KernelBtf(btf_of(number, place, *memory).bytes, kernel.bytes, kernel.types));
    }
    const std::string place_class = request_.task.place_class(selection_path(place.source, place.member));
    if (KernelResultPtr known = results_.of_number(number, place_class)) return known;
    KernelResultPtr result = results_.after(last, number, kernel, place_class);
    if (result == nullptr) result = made(number, place, place_class, last);
    return results_.add(number, place_class, result);
  }

  KernelResultPtr made(std::uint32_t number, const KernelPlace& place, const std::string& place_class,
                       LastResult& last) {
    const pack::PackedKernel& kernel = pack_.catalog().kernels[number];
    const auto memory = kernels_.lend();
    const pack::SharedBtf btf = btf_of(number, place, *memory);
    KernelResultPtr result = results_.of_bytes(btf.bytes, kernel, place_class);
    if (result == nullptr) {
      result = request_.task.run(place, KernelBtf(btf.bytes, kernel.bytes, kernel.types));
      results_.add(btf.bytes, kernel, place_class, result);
    }
    last = {.kernels = btf.kernels,
            .least_size = btf.least_size,
            .place_class = place_class,
            .kernel = kernel,
            .result = result};
    return result;
  }

  pack::SharedBtf btf_of(std::uint32_t number, const KernelPlace& place, io::Buffer& memory) const {
    const pack::PackedKernel& kernel = pack_.catalog().kernels[number];
    return pack_.shared_btf(number, wanted_.request_for(kernel, place.name), request_.limits.kernel_bytes, memory);
  }

  /// Adds the outcomes of the kernels to that of the source. One thread calls it for a source.
  void finish(SourceRun& run) {
    SourceOutcome& whole = run.record.outcome;
    const std::vector<const pack::PackedMember*>& members = run.source->members;
    for (std::size_t first = 0; first < run.total;) {
      std::size_t end = first + 1;
      const std::string& inner_tar = members[first]->inner_tar;
      while (!inner_tar.empty() && end < run.total && members[end]->inner_tar == inner_tar) ++end;
      const std::size_t before = whole.kernels.size();
      for (; first < end; ++first) append(whole, std::move(run.kernels[first]));
      if (!inner_tar.empty() && whole.kernels.size() == before + 1) name_by_tar(whole.kernels.back(), inner_tar);
    }
    run.kernels.clear();
    if (run.key) store_cached(*run.key, whole, request_);
  }

  /// Names the only kernel of an inner tar after the tar, as SourceReader does.
  static void name_by_tar(FoundKernel& kernel, const std::string& inner_tar) {
    const std::string_view directory = directory_of(inner_tar);
    std::string_view member = kernel.member;
    if (!directory.empty() && member.starts_with(std::string(directory) + "/"))
      member.remove_prefix(directory.size() + 1);
    if (is_named_by_tar(member)) kernel.member = inner_tar;
  }

  const std::string& path_;
  const pack::Pack& pack_;
  const ProcessRequest& request_;
  const WantedByOrder& wanted_;
  ProgressLog log_;
  EqualSources equal_;
  std::vector<PackSource> sources_;
  std::deque<SourceRun> runs_;            ///< a deque does not move its elements
  mutable io::Pool<io::Buffer> kernels_;  ///< memory for the BTF of one kernel after another
  SharedResults results_;
  std::size_t in_task_ = 1;  ///< number of kernels
};

}  // namespace

void PackInput::load() {
  if (!pack_) pack_ = std::make_unique<const pack::Pack>(file_.read_all(memory_), path());
}

void PackInput::load_one(const PathSelection& selection, const UnpackLimits& limits) {
  load();
  constexpr std::size_t most_names = 3;
  const PackSources found = select_sources(pack_->catalog(), selection, limits);
  std::size_t selected = 0;
  std::string names;
  const pack::PackedMember* chosen = nullptr;
  for (const PackSource& source : found.sources) {
    for (const pack::PackedMember* member : source.members) {
      if (++selected <= most_names)
        names += (selected == 1 ? ": " : ", ") + joined_path(source.source->path, member->path);
      chosen = member;
    }
  }
  if (selected != 1) {
    throw Error(ErrorKind::wrong_file, path(), "",
                "a pack in which " + base::counted(selected, "kernel") +
                    " are selected, where one is needed (--include)" + names + (selected > most_names ? ", ..." : ""));
  }
  const pack::PackedKernel& kernel = pack_->catalog().kernels[chosen->kernel];
  check_kernel_size(kernel.bytes, path(), limits);
  chosen_ = pack_->kernel_btf(chosen->kernel,
                              {.follows_pointers = true, .everything = true, .order = kernel.order, .name = path()},
                              limits.kernel_bytes, chosen_memory_);
}

std::span<const std::uint8_t> PackInput::one_kernel() const {
  if (chosen_.empty()) throw Error(ErrorKind::wrong_file, path(), "", "a pack of kernels, where one kernel is needed");
  return chosen_;
}

ProcessedInput PackInput::process(const ProcessRequest& request) {
  load();
  const WantedByOrder wanted(*pack_, request.task);
  PackSources found = select_sources(pack_->catalog(), request.selection, request.limits);
  if (request.only != nullptr) {
    std::erase_if(found.sources,
                  [&](const PackSource& source) { return !request.only->contains(source.source->path); });
  }
  std::uint64_t bytes = 0;
  for (const PackSource& source : found.sources) {
    for (const pack::PackedMember* member : source.members) bytes += pack_->catalog().kernels[member->kernel].bytes;
  }
  if (request.begin) request.begin(bytes);
  return {.records = PackRun(path(), *pack_, request, wanted, std::move(found.sources)).run(),
          .faults = std::move(found.faults),
          .ignored = found.ignored,
          .modules = static_cast<std::size_t>(pack_->catalog().modules()),
          .unselected = found.unselected,
          .missed_i386 = found.missed_i386};
}

}  // namespace minbtf::archive
