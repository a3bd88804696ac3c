// Results of earlier runs in a directory: what a source gave for a plan. It makes a run that was interrupted go on
// where it stopped, and one with nothing new quick.
//
// One file an entry, DIR/ab/SOURCE-BYTES-PLAN.minbtf with the hashes of its key in hexadecimal and `ab` the first two
// digits of the source's; what is in it is hashed (cache_entry.hpp). Whatever is damaged, foreign or of another version
// is passed over with a warning and made anew. A hash of 128 bits that is no protection against forgery stands for the
// source here: somebody who can craft two kernels with one hash can have one served for the other. Do not share a cache
// with those whose kernels you do not trust.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "archive/input/process_request.hpp"

namespace minbtf::archive {

/// Any number of threads, and of processes, may use one directory. Where two store under one key, the last one stays.
class Cache final : public OutcomeCache {
 public:
  /// Makes the directory if it is missing, and removes what interrupted runs left unfinished in it more than ten
  /// minutes ago. A directory that can only be read will do; store() then warns.
  /// Throws Error (io) if there is no such directory and none can be made, or if it is something else.
  explicit Cache(std::filesystem::path directory);

  /// What was stored under this key, with contents of its own; nothing if there is nothing, or nothing sound.
  [[nodiscard]] std::optional<SourceOutcome> load(const CacheKey& key) override;

  /// Stores an outcome without problems; one with problems is not kept, so that it is tried again. Does not throw when
  /// the disk is full or the directory read-only: the run goes on and warnings() tells.
  void store(const CacheKey& key, const SourceOutcome& outcome) override;

  /// One line each, sorted, without repetition: "FILE: ignored: WHY", "cannot store results in DIR: WHY".
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const CacheKey& key) const;
  void warn(std::string message);

  std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::set<std::string> warnings_;
};

}  // namespace minbtf::archive
