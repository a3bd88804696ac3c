// SPDX-License-Identifier: BSD-2-Clause
// Results of earlier runs in a directory: the outcome of a source for a plan. With a cache, an interrupted run resumes
// where it stopped, and a run without new sources is quick.
//
// Each entry is a file DIR/ab/SOURCE-BYTES-PLAN.minbtf. SOURCE and PLAN are the hashes of the key in hexadecimal, BYTES
// is the size of the source, and `ab` are the first two digits of SOURCE. A hash protects the contents of the entry
// (cache_entry.hpp). An entry that is damaged, foreign or in the format of another version is ignored with a warning;
// its source is processed again.
//
// The key has only a 128-bit hash of the source, and the hash is not cryptographic. An attacker who can craft two
// kernels with one hash can make a run use the result of one kernel for the other. A cache must therefore not be shared
// with users whose kernels are not trusted.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "archive/input/process_request.hpp"

namespace minbtf::archive {

/// Any number of threads and processes may use one directory. If two store an entry for one key, the last entry stays.
class Cache final : public OutcomeCache {
 public:
  /// Creates the directory if it is missing. Removes unfinished entries that interrupted runs left more than ten
  /// minutes ago. A read-only directory is accepted; store() then only adds warnings. Throws Error (io) if the
  /// directory cannot be created, or if the path is not a directory.
  explicit Cache(std::filesystem::path directory);

  /// Returns the outcome that was stored for `key`. Its contents are not shared with other outcomes. Returns nothing if
  /// no entry exists, or if the entry cannot be used; the second case adds a warning.
  [[nodiscard]] std::optional<SourceOutcome> load(const CacheKey& key) override;

  /// Stores an outcome without problems. An outcome with problems is not stored, so that the next run tries its source
  /// again. Does not throw Error if the disk is full or the directory is read-only: the run goes on, with a warning.
  void store(const CacheKey& key, const SourceOutcome& outcome) override;

  /// Returns the warnings, one line each, sorted, each once: "FILE: ignored: WHY", "cannot store results in DIR: WHY".
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const CacheKey& key) const;
  void warn(std::string message);

  std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::set<std::string> warnings_;
};

}  // namespace minbtf::archive
