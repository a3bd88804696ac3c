// SPDX-License-Identifier: BSD-2-Clause
// Reads one source as a run over a directory does: raw BTF, compressed data, or a tar of such files. The contents
// determine which. A tar with modules is read twice: the kernels in it get the modules beside them.
//
// Checked: the result does not depend on the blocks in which the input is read. A source that cannot be read to its end
// has no kernels. Memory stays within the limits.
#include <algorithm>
#include <span>

#include "archive/input/kernel_task.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/input/tar_kernels.hpp"
#include "archive/unpack/unpack.hpp"
#include "fuzz/harness.hpp"
#include "io/byte_stream.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"
#include "support/os/peak_memory.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Small, so that the fuzzer reaches the limits.
constexpr archive::UnpackLimits limits = {.kernel_bytes = 64 << 10, .members = 40, .path_bytes = 200};

/// Four layers of compression around a tar and four around a member. None takes more than zstd's largest window.
constexpr std::size_t memory_limit = 8 * (std::size_t{130} << 20U);

/// Records the kernels that it is given.
class Notes final : public archive::TaskWithResult<std::uint32_t> {
 public:
  explicit Notes(std::string& text) : text_(text) {}

  /// Returns the number of types.
  [[nodiscard]] std::uint32_t process(const archive::KernelPlace& place, const KernelBtf& kernel) const override {
    const std::span<const std::uint8_t> btf = kernel.bytes;
    require(btf.size() <= limits.kernel_bytes, "a kernel over the limit is handed on");
    require(place.member.size() <= 2 * limits.path_bytes, "a path over the limit");
    text_ += "kernel " + place.member + " of " + std::to_string(btf.size()) + " bytes\n";
    return Btf::parse({btf.begin(), btf.end()}, place.name).type_count();
  }
  [[nodiscard]] bool are_equal(const std::uint32_t& one, const std::uint32_t& other) const override {
    return one == other;
  }

 private:
  std::string& text_;
};

/// A stream of blocks of `piece` bytes. Each block has memory of its own and no spare bytes, so AddressSanitizer
/// reports code that reads behind a block or uses an old one.
class Pieces final : public io::ByteStream {
 public:
  Pieces(std::span<const std::uint8_t> bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  std::span<const std::uint8_t> next() override {
    const auto piece = bytes_.first(std::min(piece_, bytes_.size()));
    bytes_ = bytes_.subspan(piece.size());
    current_ = Bytes(piece.begin(), piece.end());
    return current_;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t piece_;
  Bytes current_;
};

constexpr auto nothing = "no kernel, or cannot be read to its end";

std::string text_of(const archive::SourceOutcome& outcome) {
  std::string text;
  bool is_whole = true;
  for (const archive::FoundKernel& found : outcome.kernels) {
    text += (found.is_directory ? "with modules " : "found ") + found.member + " " +
            std::to_string(archive::value_of<std::uint32_t>(*found.result)) + "\n";
  }
  for (const auto& [member, target] : outcome.links) text += "link " + member + " to " + target + "\n";
  for (const auto& problem : outcome.problems) {
    require(problem.kind != ErrorKind::internal, "internal: " + problem.member + ": " + problem.reason);
    require(!problem.reason.empty(), "a problem without a reason");
    text += "problem " + problem.member + " " + problem.where + " " + problem.reason + "\n";
    // A member may have an empty name, which is refused.
    is_whole = is_whole && (!problem.member.empty() || problem.reason.starts_with("refused: "));
  }
  // The blocks determine which of two faults is found first. They also determine whether a fault is found before the
  // first bytes show that the source is not a kernel, after which the rest is not read. Such results count as equal.
  if (!is_whole) require(outcome.kernels.empty() && outcome.links.empty(), "part of a source counts");
  const bool is_empty = outcome.kernels.empty() && outcome.links.empty() && outcome.problems.empty();
  if (!is_whole || is_empty) return nothing;
  return text + std::to_string(outcome.ignored) + " ignored, " + std::to_string(outcome.unselected) + " unselected\n";
}

/// Reads a tar again, and gives the task its kernels that have modules there.
void join_modules(std::span<const std::uint8_t> bytes, std::size_t piece, const archive::KernelTask& task,
                  archive::SourceOutcome& outcome) {
  const archive::PathSelection everything;
  const archive::ModuleChoice all;
  Pieces input(bytes, piece);
  archive::Unpacker again(input, "fuzzed", limits);
  if (!again.is_tar()) return;
  archive::join_tar_directories(
      {.path = "", .name = "fuzzed", .task = task, .selection = everything, .limits = limits, .choice = all, .jobs = 1},
      again, outcome);
}

/// Reads the source in blocks of `piece` bytes. Returns the results as text.
std::string read(std::span<const std::uint8_t> bytes, std::size_t piece) {
  std::string handed_on;
  const Notes task(handed_on);
  const archive::PathSelection everything;
  const archive::SourceReader reader("", "fuzzed", task, everything, limits);
  if (io::is_raw_btf(bytes)) return text_of(reader.read_btf(bytes.first(std::min(bytes.size(), limits.kernel_bytes))));
  Pieces input(bytes, piece);
  archive::SourceOutcome outcome = reader.read_packed(input);
  if (outcome.may_have_modules && !outcome.kernels.empty()) join_modules(bytes, piece, task, outcome);
  const std::string found = text_of(outcome);
  return found == nothing ? found : handed_on + found;
}

}  // namespace

}  // namespace minbtf::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf::test;
  const std::span<const std::uint8_t> bytes(data, size);
  const PeakMemory peak;
  const std::string whole = read(bytes, size + 1);
  require(peak.bytes() <= memory_limit, "more memory than the limits allow: " + std::to_string(peak.bytes()));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, size / 2 + 1}) {
    const std::string cut = read(bytes, piece);
    require(cut == whole, "in blocks of " + std::to_string(piece) + " bytes:\n" + cut + "at once:\n" + whole);
  }
  return 0;
}
