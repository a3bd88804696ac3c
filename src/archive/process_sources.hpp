// All sources of a run to their outcomes, on several threads: each in the slot of its source, whatever the timing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archive/hash.hpp"
#include "archive/kernel_task.hpp"
#include "archive/outcome_cache.hpp"
#include "archive/path_selection.hpp"
#include "archive/source_outcome.hpp"
#include "archive/source_tree.hpp"
#include "archive/unpack.hpp"

namespace minbtf::archive {

struct SourceRecord {
  enum class Origin {
    processed,
    cached,
    repeated,  ///< the same bytes as an earlier source of this run, as far as they were hashed
  };

  std::string path;  ///< relative to the input; empty if the input is one tar
  /// Of the file's bytes; of an ELF file, of its .BTF section. Zero if nobody needed it: see ProcessRequest::hashes.
  Hash hash;
  Origin origin = Origin::processed;
  SourceOutcome outcome;
};

struct ProcessRequest {
  std::filesystem::path input;
  const KernelTask& task;
  const PathSelection& selection;
  UnpackLimits limits;
  std::size_t jobs = 1;
  OutcomeCache* cache = nullptr;  ///< may be null
  bool hashes = true;             ///< are the hashes of all sources wanted? They are taken anyway for the cache
  Hash plan;                      ///< of everything but source and selection that an outcome depends on
  /// Told by one thread at a time how many bytes of the sources are behind us, how many kernels came of them, and what
  /// was just done. May be empty.
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
};

/// One record for each file, in their order. A bad kernel is a problem of its record; throws only what concerns the
/// run.
[[nodiscard]] std::vector<SourceRecord> process_sources(const std::vector<SourceFile>& files,
                                                        const ProcessRequest& request);

/// The record of `tar`, whose members are processed side by side.
[[nodiscard]] SourceRecord process_tar(const SourceFile& tar, const ProcessRequest& request);

}  // namespace minbtf::archive
