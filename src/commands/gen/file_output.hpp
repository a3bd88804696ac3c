// OUTPUT of one kernel: a file, or a pipe or device that is written to.
#pragma once

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

  io::OutputFile file_;
};

}  // namespace minbtf::cli
