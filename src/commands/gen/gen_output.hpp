// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of `gen`. Each kind of OUTPUT is a class: FileOutput for one kernel; for many, TreeOutput for a directory and
// PackageOutput for an archive.
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

/// Returns a function that prints a note on standard error, unless `quiet`: this run waits for another run that writes
/// to `path`.
[[nodiscard]] inline io::OnWait note_of_waiting(std::string path, bool quiet) {
  return [path = std::move(path), quiet] {
    if (!quiet) print_message("note", path + ": another run is writing there; this one waits for it");
  };
}

class GenOutput {
 public:
  virtual ~GenOutput() = default;
  GenOutput(const GenOutput&) = delete;
  GenOutput& operator=(const GenOutput&) = delete;

  /// Throws UsageError or Error if publish() would destroy an input, or cannot succeed. Changes nothing.
  virtual void check(const std::vector<std::filesystem::path>& objects) = 0;
  /// Writes the results of a batch with at least one kernel, and adds the facts about the output to the report.
  /// `objects` are the objects of the run, for the manifest. Throws Error.
  virtual void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) = 0;

 protected:
  GenOutput(const GenOptions& options, GenReport& report, Reply& reply)
      : options_(options), report_(report), reply_(reply) {}

  const GenOptions& options_;
  GenReport& report_;
  Reply& reply_;
};

}  // namespace minbtf::cli
