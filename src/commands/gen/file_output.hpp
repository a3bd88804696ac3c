// OUTPUT of one kernel: a file, a pipe or a device.
#pragma once

#include <cstdint>
#include <span>

#include "commands/gen/gen_output.hpp"
#include "io/output_file.hpp"

namespace minbtf::cli {

class FileOutput final : public GenOutput {
 public:
  FileOutput(const GenOptions& options, GenReport& report, Reply& reply);

  void check(const std::vector<std::filesystem::path>& objects) override;
  void publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) override;

 private:
  void refuse_input() const;
  [[nodiscard]] io::OutputFile::Publication write(std::span<const std::uint8_t> bytes);

  io::OutputFile file_;
};

}  // namespace minbtf::cli
