#include "archive/process_sources.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "archive/pipeline.hpp"
#include "archive/pool.hpp"
#include "archive/source_file.hpp"
#include "archive/source_reader.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

class ProgressLog {
 public:
  explicit ProgressLog(const ProcessRequest& request) : request_(request) {}

  void add(std::uint64_t bytes, const SourceOutcome& outcome, const std::string& path) {
    if (!request_.progress) return;
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    kernels_ += outcome.kernels.size();
    request_.progress(bytes_, kernels_, path);
  }

 private:
  const ProcessRequest& request_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::size_t kernels_ = 0;
};

std::string name_of(const SourceFile& file, const ProcessRequest& request) {
  return (file.path.empty() ? request.input : request.input / file.path).string();
}

/// Besides the bytes, an outcome depends on the plan, on whether the name promises a kernel, and, where the selection
/// is applied to members, on that and on the place of the source.
CacheKey key_of(const LoadedSource& source, const SourceFile& file, const ProcessRequest& request) {
  Hasher hasher;
  hasher.add(request.plan.hex());
  if (is_kernel_name(file.path)) {
    hasher.add(std::string_view("file called as a kernel"));
  } else {
    hasher.add(std::string_view("other file"));
    hasher.add(request.selection.text());
    hasher.add(std::string_view(request.selection.takes(file.path) ? "selected" : "not selected"));
    hasher.add(directory_of(file.path));
  }
  return {.source = source.hash, .source_bytes = source.size, .plan = hasher.hash()};
}

/// What a member of a tar gives also depends on its path, which is part of the outcome.
CacheKey key_of(const PackedMember& member, const ProcessRequest& request) {
  Hasher hasher;
  hasher.add(request.plan.hex());
  hasher.add(std::string_view("member"));
  hasher.add(request.selection.text());
  hasher.add(member.path);
  return {.source = hash_of(member.bytes), .source_bytes = member.bytes.size(), .plan = hasher.hash()};
}

std::optional<SourceOutcome> cached(const CacheKey& key, const ProcessRequest& request) {
  if (request.cache == nullptr) return std::nullopt;
  std::optional<SourceOutcome> outcome = request.cache->load(key);
  if (!outcome) return std::nullopt;
  for (FoundKernel& kernel : outcome->kernels) {
    kernel.result = request.task.adopt(kernel.result);
    if (kernel.result == nullptr) return std::nullopt;
  }
  return outcome;
}

void keep(const CacheKey& key, const SourceOutcome& outcome, const ProcessRequest& request) {
  if (request.cache != nullptr) request.cache->store(key, outcome);
}

/// Who was first with which bytes.
class Claims {
 public:
  /// The index of an earlier claim for this key; nothing if `index` is the first.
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
  FileRun(const std::vector<SourceFile>& files, const ProcessRequest& request)
      : files_(files), request_(request), log_(request), records_(files.size()), same_as_(files.size()) {
    std::set<std::uint64_t> sizes;
    for (const SourceFile& file : files) {
      if (!sizes.insert(file.bytes).second) compared_sizes_.insert(file.bytes);
    }
  }

  std::vector<SourceRecord> run() {
    // The largest first: threads end together, and memory is asked for once.
    std::vector<std::size_t> order(files_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t index) { return files_[index].bytes; });
    auto next = order.begin();
    run_tasks(request_.jobs, [&]() -> std::optional<Task> {
      if (next == order.end()) return std::nullopt;
      return [this, mine = *next++] { process(mine); };
    });
    // All are done now, those too whose results others share.
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (same_as_[i]) records_[i].outcome = records_[*same_as_[i]].outcome;
    }
    return std::move(records_);
  }

 private:
  void process(std::size_t index) {
    const SourceFile& file = files_[index];
    SourceRecord& record = records_[index];
    record.path = file.path;
    try {
      fill(index, record);
    } catch (...) {
      record.outcome.problems.push_back(problem_at_hand(""));
    }
    log_.add(file.bytes, record.outcome, file.path);
  }

  void fill(std::size_t index, SourceRecord& record) {
    const SourceFile& file = files_[index];
    const std::string name = name_of(file, request_);
    const auto memory = buffers_.lend();
    const bool is_compared = compared_sizes_.contains(file.bytes);
    const LoadedSource source = load_source(file, name, load_options(is_compared), *memory);
    record.hash = source.hash;
    if (source.kind == LoadedSource::Kind::other) {
      ++record.outcome.ignored;
      return;
    }
    if (source.kind == LoadedSource::Kind::btf && !request_.selection.takes(file.path)) {
      ++record.outcome.unselected;
      return;
    }
    const CacheKey key = key_of(source, file, request_);
    const auto first = source.hashed && !request_.task.depends_on_place() ? claims_.claim(key, index) : std::nullopt;
    if (first && holds(*first, source)) {
      same_as_[index] = first;
      record.origin = SourceRecord::Origin::repeated;
      return;
    }
    if (auto known = cached(key, request_)) {
      record.outcome = std::move(*known);
      record.origin = SourceRecord::Origin::cached;
      return;
    }
    record.outcome = read(file, name, source);
    keep(key, record.outcome, request_);
  }

  /// Hashes are equal; are the bytes?
  bool holds(std::size_t index, const LoadedSource& source) const {
    if (source.kind == LoadedSource::Kind::streamed) return false;
    try {
      const auto memory = buffers_.lend();
      const LoadedSource other =
          load_source(files_[index], name_of(files_[index], request_), load_options(false), *memory);
      return other.kind == source.kind && std::ranges::equal(other.bytes, source.bytes);
    } catch (const Error&) {
      return false;  // gone since
    }
  }

  [[nodiscard]] LoadOptions load_options(bool is_compared) const {
    return {.limits = request_.limits, .hashes = is_compared || request_.hashes || request_.cache != nullptr};
  }

  SourceOutcome read(const SourceFile& file, const std::string& name, const LoadedSource& source) const {
    const SourceReader reader(file.path, name, request_.task, request_.selection, request_.limits);
    if (source.kind == LoadedSource::Kind::btf) return reader.read_btf(source.bytes);
    if (source.kind == LoadedSource::Kind::packed) {
      io::MemoryStream input(source.bytes);
      return reader.read_packed(input);
    }
    StreamedSource input(file.location);
    SourceOutcome outcome = reader.read_packed(input);
    if (outcome.problems.empty() && input.hash() != source.hash) {
      throw Error(ErrorKind::io, name, "", "changed while it was read");
    }
    return outcome;
  }

  const std::vector<SourceFile>& files_;
  const ProcessRequest& request_;
  ProgressLog log_;
  Claims claims_;
  std::set<std::uint64_t> compared_sizes_;  ///< bytes of files that may be equal to others
  mutable Pool<io::Buffer> buffers_;
  std::vector<SourceRecord> records_;
  std::vector<std::optional<std::size_t>> same_as_;
};

class TarRun {
 public:
  TarRun(const SourceFile& tar, const ProcessRequest& request)
      : tar_(tar),
        request_(request),
        log_(request),
        name_(name_of(tar, request)),
        reader_("", name_, request.task, request.selection, request.limits) {}

  SourceRecord run() {
    SourceRecord record;
    try {
      StreamedSource whole(tar_.location);
      while (!whole.next().empty()) continue;
      record.hash = whole.hash();
      const LoadedSource source{.kind = LoadedSource::Kind::streamed,
                                .bytes = {},
                                .hashed = true,
                                .hash = whole.hash(),
                                .size = whole.position()};
      const CacheKey key = key_of(source, tar_, request_);
      if (auto known = cached(key, request_)) {
        log_.add(tar_.bytes, *known, "");
        record.outcome = std::move(*known);
        record.origin = SourceRecord::Origin::cached;
        return record;
      }
      record.outcome = read(source);
      keep(key, record.outcome, request_);
    } catch (...) {
      // What has no checksum before its end may be wrong from the start.
      record.outcome.problems.push_back(problem_at_hand(""));
    }
    return record;
  }

 private:
  SourceOutcome read(const LoadedSource& source) {
    StreamedSource input(tar_.location);
    Unpacker unpacker(input, name_, request_.limits);
    SourceOutcome whole;                // what is told without a look at the contents
    std::deque<SourceOutcome> members;  // in the order of the tar; a deque's elements stay where they are
    std::uint64_t told = 0;
    run_tasks(request_.jobs, [&]() -> std::optional<Task> {
      std::optional<PackedMember> member = reader_.next_member(unpacker, whole);
      if (!member) return std::nullopt;
      const std::uint64_t bytes = input.position() - std::exchange(told, input.position());
      SourceOutcome& slot = members.emplace_back();
      return [this, &slot, bytes, shared = std::make_shared<PackedMember>(std::move(*member))] {
        slot = outcome_of(*shared);
        log_.add(bytes, slot, shared->path);
      };
    });
    if (input.hash() != source.hash) throw Error(ErrorKind::io, name_, "", "changed while it was read");
    for (SourceOutcome& member : members) append(whole, std::move(member));
    return whole;
  }

  SourceOutcome outcome_of(const PackedMember& member) const {
    const CacheKey key = request_.cache == nullptr ? CacheKey{} : key_of(member, request_);
    if (auto known = cached(key, request_)) return std::move(*known);
    SourceOutcome outcome = reader_.read_member(member);
    keep(key, outcome, request_);
    return outcome;
  }

  const SourceFile& tar_;
  const ProcessRequest& request_;
  ProgressLog log_;
  std::string name_;
  SourceReader reader_;
};

}  // namespace

std::vector<SourceRecord> process_sources(const std::vector<SourceFile>& files, const ProcessRequest& request) {
  return FileRun(files, request).run();
}

SourceRecord process_tar(const SourceFile& tar, const ProcessRequest& request) { return TarRun(tar, request).run(); }

}  // namespace minbtf::archive
