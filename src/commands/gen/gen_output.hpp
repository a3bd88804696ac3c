// Where `gen` puts what it makes. A kind of OUTPUT is a class of its own: one file for one kernel, a tree for many.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/output/manifest.hpp"
#include "cli/console.hpp"
#include "cli/reply.hpp"
#include "commands/gen/gen_options.hpp"
#include "commands/gen/gen_report.hpp"
#include "io/file_lock.hpp"

namespace minbtf::cli {

class GenOutput {
 public:
  virtual ~GenOutput() = default;
  GenOutput(const GenOutput&) = delete;
  GenOutput& operator=(const GenOutput&) = delete;

  /// Throws UsageError or Error if writing would destroy an input, or cannot succeed. Nothing is changed.
  virtual void check(const std::vector<std::filesystem::path>& objects) = 0;
  /// Writes what the reducer made of at least one kernel, and adds to the report what was written. `objects` are those
  /// of the run, for a manifest. Throws Error.
  virtual void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) = 0;

 protected:
  GenOutput(const GenOptions& options, GenReport& report, Reply& reply)
      : options_(options), report_(report), reply_(reply) {}

  /// For whoever waits for another run that writes to `path`: a note on stderr, unless `quiet`.
  [[nodiscard]] static io::OnWait note_of_waiting(std::string path, bool quiet) {
    return [path = std::move(path), quiet] {
      if (!quiet) print_message("note", path + ": another run is writing there; this one waits for it");
    };
  }

  const GenOptions& options_;
  GenReport& report_;
  Reply& reply_;
};

}  // namespace minbtf::cli
