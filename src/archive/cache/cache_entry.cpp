// SPDX-License-Identifier: BSD-2-Clause
#include "archive/cache/cache_entry.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/tree_path.hpp"
#include "btf/bytes.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

constexpr auto magic = "min-btf\0"sv;
constexpr std::uint32_t format = 2;
constexpr auto last_failure = Failure::other_byte_order;

// Minimum sizes of the elements of a list. A count that exceeds the rest of the entry is refused before memory is
// allocated for the list.
constexpr std::size_t number_bytes = 8;
constexpr std::size_t hash_bytes = 2 * number_bytes;
constexpr std::size_t figures_bytes = number_bytes + 7 * 4;
constexpr std::size_t min_content_bytes = number_bytes;
constexpr std::size_t min_kernel_bytes = 3 * number_bytes + figures_bytes;
constexpr std::size_t failure_bytes = 4 + 4 + 1;
constexpr std::size_t min_link_bytes = 2 * number_bytes;

class EntryWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void hash(const io::Hash& value) {
    u64(value.high);
    u64(value.low);
  }
  void raw(std::string_view characters) { bytes_.insert(bytes_.end(), characters.begin(), characters.end()); }
  void text(std::string_view characters) {
    u64(characters.size());
    raw(characters);
  }
  void blob(const std::vector<std::uint8_t>& blob) {
    u64(blob.size());
    bytes_.insert(bytes_.end(), blob.begin(), blob.end());
  }

  [[nodiscard]] std::vector<std::uint8_t> finish() && {
    hash(io::hash_of(bytes_));
    return std::move(bytes_);
  }

 private:
  void number(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  std::vector<std::uint8_t> bytes_;
};

// Reads the fields of an entry in order. Throws Error (damaged) if a field exceeds the entry.
class EntryReader {
 public:
  EntryReader(std::span<const std::uint8_t> bytes, const std::string& file)
      : view_(bytes.data(), bytes.size(), ByteOrder::little), file_(file) {}

  [[nodiscard]] std::uint8_t u8() { return view_.u8(take(1)); }
  [[nodiscard]] std::uint32_t u32() { return view_.u32(take(4)); }
  [[nodiscard]] std::uint64_t u64() {
    const std::size_t at = take(8);
    return view_.u32(at) | std::uint64_t{view_.u32(at + 4)} << 32U;
  }
  [[nodiscard]] io::Hash hash() {
    const std::uint64_t high = u64();
    return {.high = high, .low = u64()};
  }
  [[nodiscard]] std::span<const std::uint8_t> raw(std::size_t size) { return {view_.data() + take(size), size}; }
  [[nodiscard]] std::span<const std::uint8_t> blob() {
    const std::size_t at = offset_;
    const std::uint64_t size = u64();
    if (size > rest()) fail(at, "a length that exceeds the rest of the entry");
    return raw(size);
  }
  [[nodiscard]] std::string text() {
    const auto bytes = blob();
    return {bytes.begin(), bytes.end()};
  }
  // Reads the count of a list whose elements take at least `min_bytes` each.
  [[nodiscard]] std::size_t count(std::size_t min_bytes) {
    const std::size_t at = offset_;
    const std::uint64_t value = u64();
    if (value > rest() / min_bytes) fail(at, "a count that exceeds the rest of the entry");
    return value;
  }

  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::size_t rest() const noexcept { return view_.size() - offset_; }

  [[noreturn]] void fail(std::size_t at, const char* reason) const {
    char where[32];
    std::snprintf(where, sizeof where, "entry+0x%zx", at);
    throw Error(ErrorKind::damaged, file_, where, reason);
  }

 private:
  std::size_t take(std::size_t size) {
    if (!view_.contains(offset_, size)) fail(offset_, "truncated");
    return std::exchange(offset_, offset_ + size);
  }

  btf::ByteView view_;
  std::size_t offset_ = 0;
  const std::string& file_;
};

void write_figures(EntryWriter& out, const KernelFigures& figures) {
  out.u64(figures.source_bytes);
  for (const std::uint32_t value : {figures.source_types, figures.types, figures.members, figures.enumerators,
                                    figures.resolved, figures.poisoned, figures.failed}) {
    out.u32(value);
  }
}

KernelFigures read_figures(EntryReader& in) {
  KernelFigures figures;
  figures.source_bytes = in.u64();
  for (std::uint32_t* value : {&figures.source_types, &figures.types, &figures.members, &figures.enumerators,
                               &figures.resolved, &figures.poisoned, &figures.failed}) {
    *value = in.u32();
  }
  return figures;
}

// The distinct contents of an outcome, in the order of the first kernel with each content.
struct ContentTable {
  explicit ContentTable(const std::vector<FoundKernel>& kernels) {
    for (const FoundKernel& kernel : kernels) {
      const Content& content = value_of<ReducedKernel>(*kernel.result).content;
      assert(content);
      if (index.emplace(content.get(), contents.size()).second) contents.push_back(content);
    }
  }

  std::vector<Content> contents;
  std::unordered_map<const void*, std::size_t> index;
};

std::vector<Content> read_contents(EntryReader& in) {
  std::vector<Content> contents(in.count(min_content_bytes));
  for (Content& content : contents) {
    const auto bytes = in.blob();
    content = std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
  }
  return contents;
}

std::string read_path(EntryReader& in, bool may_be_empty) {
  const std::size_t at = in.offset();
  std::string path = in.text();
  if (!(path.empty() && may_be_empty) && !is_clean_path(path)) in.fail(at, "not a clean relative path");
  return path;
}

std::vector<FailedRelocation> read_failures(EntryReader& in, std::size_t expected) {
  const std::size_t at = in.offset();
  std::vector<FailedRelocation> failures(in.count(failure_bytes));
  if (failures.size() != expected) in.fail(at, "another number of failures than in the figures");
  for (FailedRelocation& failed : failures) {
    failed.object = in.u32();
    failed.relocation = in.u32();
    const std::size_t failure_at = in.offset();
    const std::uint8_t failure = in.u8();
    if (failure > static_cast<std::uint8_t>(last_failure)) in.fail(failure_at, "an unknown failure");
    failed.failure = static_cast<Failure>(failure);
  }
  return failures;
}

FoundKernel read_kernel(EntryReader& in, const std::vector<Content>& contents) {
  std::string member = read_path(in, true);
  const std::size_t at = in.offset();
  const std::uint64_t index = in.u64();
  if (index >= contents.size()) in.fail(at, "no such content");
  ReducedKernel kernel;
  kernel.content = contents[index];
  kernel.figures = read_figures(in);
  kernel.failures = read_failures(in, kernel.figures.failed);
  return {.member = std::move(member), .result = make_result(std::move(kernel))};
}

void check_start(EntryReader& in, const std::string& file) {
  if (in.rest() < magic.size()) throw Error(ErrorKind::wrong_file, file, "", "not an entry of a cache");
  const auto start = in.raw(magic.size());
  if (!std::equal(start.begin(), start.end(), magic.begin(), magic.end(),
                  [](std::uint8_t byte, char letter) { return byte == static_cast<std::uint8_t>(letter); })) {
    throw Error(ErrorKind::wrong_file, file, "", "not an entry of a cache");
  }
  const std::uint32_t found = in.u32();
  if (found != format) {
    throw Error(
        ErrorKind::unsupported, file, "",
        "in format " + std::to_string(found) + ", but this version reads only format " + std::to_string(format));
  }
}

void check_key(EntryReader& in, const CacheKey& expected, const std::string& file) {
  CacheKey key;
  key.source = in.hash();
  key.source_bytes = in.u64();
  key.plan = in.hash();
  if (key != expected) throw Error(ErrorKind::wrong_file, file, "", "the entry of another source or plan");
}

}  // namespace

std::vector<std::uint8_t> written_entry(const CacheKey& key, const SourceOutcome& outcome) {
  assert(outcome.problems.empty());
  EntryWriter out;
  out.raw(magic);
  out.u32(format);
  out.hash(key.source);
  out.u64(key.source_bytes);
  out.hash(key.plan);
  out.u64(outcome.ignored);
  out.u64(outcome.modules);
  out.u64(outcome.unselected);
  out.u64(outcome.missed_i386);

  const ContentTable table(outcome.kernels);
  out.u64(table.contents.size());
  for (const Content& content : table.contents) out.blob(*content);

  out.u64(outcome.kernels.size());
  for (const auto& [member, result, is_directory] : outcome.kernels) {
    assert(!is_directory);  // kernels with modules are not stored
    const auto& kernel = value_of<ReducedKernel>(*result);
    out.text(member);
    out.u64(table.index.at(kernel.content.get()));
    write_figures(out, kernel.figures);
    out.u64(kernel.failures.size());
    for (const FailedRelocation& failed : kernel.failures) {
      out.u32(failed.object);
      out.u32(failed.relocation);
      out.u8(static_cast<std::uint8_t>(failed.failure));
    }
  }

  out.u64(outcome.links.size());
  for (const FoundLink& link : outcome.links) {
    out.text(link.member);
    out.text(link.target);
  }
  return std::move(out).finish();
}

SourceOutcome read_entry(std::span<const std::uint8_t> bytes, const CacheKey& key, const std::string& file) {
  EntryReader whole(bytes, file);
  check_start(whole, file);
  // The start is that of an entry in this format. All further faults are damage.
  if (whole.rest() < hash_bytes) whole.fail(whole.offset(), "truncated");
  const auto hashed = bytes.first(bytes.size() - hash_bytes);
  if (EntryReader(bytes.last(hash_bytes), file).hash() != io::hash_of(hashed)) {
    throw Error(ErrorKind::damaged, file, "", "damaged: its hash does not match");
  }

  EntryReader in(hashed, file);
  check_start(in, file);
  check_key(in, key, file);
  SourceOutcome outcome;
  outcome.ignored = in.u64();
  outcome.modules = in.u64();
  outcome.unselected = in.u64();
  outcome.missed_i386 = in.u64();
  const std::vector<Content> contents = read_contents(in);
  const std::size_t kernels = in.count(min_kernel_bytes);
  outcome.kernels.reserve(kernels);
  for (std::size_t i = 0; i < kernels; ++i) outcome.kernels.push_back(read_kernel(in, contents));
  outcome.links.resize(in.count(min_link_bytes));
  for (FoundLink& link : outcome.links) {
    link.member = read_path(in, false);
    link.target = read_path(in, false);
  }
  if (in.rest() != 0) in.fail(in.offset(), "extra bytes at the end of the entry");
  return outcome;
}

}  // namespace minbtf::archive
