// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of one kernel: a file, a pipe or a device, with raw BTF or a package.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "archive/input/input.hpp"
#include "commands/gen/bundle_package.hpp"
#include "commands/gen/gen_output.hpp"
#include "commands/gen/output_form.hpp"
#include "commands/gen/result_file.hpp"

namespace minbtf::cli {

class FileOutput final : public GenOutput {
 public:
  /// `form` is nothing for raw BTF. `input` has to outlive this object.
  FileOutput(const GenOptions& options, const archive::Input& input, std::optional<PackageForm> form, GenReport& report,
             Reply& reply);

  void check(const std::vector<std::filesystem::path>& objects) override;
  void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) override;

 private:
  void refuse_input() const;
  void refuse_kernel_directory(const io::OutputFile& file) const;
  [[nodiscard]] std::vector<std::uint8_t> package_of(const archive::Content& content);

  const archive::Input& input_;
  std::string named_;  ///< Input::naming_path()
  std::optional<PackageForm> form_;
  std::optional<BundledInput> bundled_;  ///< set by check() if OUTPUT is a bundle
  std::int64_t time_ = 0;
  ResultFile result_;
};

}  // namespace minbtf::cli
