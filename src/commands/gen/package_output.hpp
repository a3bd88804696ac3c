// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of many kernels as one file, and a manifest: a tar archive with a regular file for each kernel, or a bundle.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "archive/output/tree_outputs.hpp"
#include "commands/gen/gen_output.hpp"
#include "commands/gen/output_form.hpp"
#include "commands/gen/result_file.hpp"

namespace minbtf::cli {

class PackageOutput final : public GenOutput {
 public:
  /// Throws UsageError if OUTPUT or `form` is for one kernel, or if an option is for a directory.
  PackageOutput(const GenOptions& options, const PackageForm& form, GenReport& report, Reply& reply);

  void check(const std::vector<std::filesystem::path>& objects) override;
  /// Writes the archive and the manifest. If the archive is a file, an interruption waits until both are written.
  void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) override;

 private:
  void check_places() const;
  void check_directory() const;
  [[nodiscard]] std::vector<std::uint8_t> archive_of(const archive::TreeOutputs& outputs) const;
  /// Sets `facts`.
  [[nodiscard]] std::vector<std::uint8_t> bundle_of(const archive::Batch& batch,
                                                    std::optional<BundleFacts>& facts) const;

  PackageForm form_;
  std::int64_t time_;
  ResultFile result_;
};

}  // namespace minbtf::cli
