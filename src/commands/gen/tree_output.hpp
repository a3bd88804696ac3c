// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of many kernels: a directory with a file or a link for each kernel, and a manifest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/output/manifest.hpp"
#include "archive/output/output_tree.hpp"
#include "commands/gen/gen_options.hpp"
#include "commands/gen/gen_output.hpp"

namespace minbtf::cli {

class TreeOutput final : public GenOutput {
 public:
  TreeOutput(const GenOptions& options, GenReport& report, Reply& reply);

  void check(const std::vector<std::filesystem::path>& objects) override;
  /// Writes the outputs and the manifest. An interruption waits until both are written, because they belong together.
  void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) override;

 private:
  void read_previous_manifest();
  void write_outputs(const archive::TreeOutputs& outputs);
  void warn_of_stale_files();
  void report_links();
  [[nodiscard]] std::vector<archive::ManifestOutput> reduced_files(const std::vector<std::string>& paths) const;

  std::int64_t time_;
  archive::OutputTree tree_;
  std::string missing_manifest_;                   ///< --prune: manifest of the last run, if it does not exist
  std::vector<archive::ManifestOutput> previous_;  ///< outputs of earlier runs, removed unless this run makes them
};

}  // namespace minbtf::cli
