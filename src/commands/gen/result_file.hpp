// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT that is one file, pipe or device: what is checked before a run, and writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/reply.hpp"
#include "commands/gen/gen_options.hpp"
#include "commands/gen/output_form.hpp"
#include "io/output_file.hpp"

namespace minbtf::cli {

class ResultFile {
 public:
  /// If OUTPUT is a directory, the file in it gets `name`. `form` is nothing for raw BTF. `options` and `reply` must
  /// outlive this object. Throws Error (io).
  ResultFile(const GenOptions& options, std::optional<PackageForm> form, const std::filesystem::path& name,
             Reply& reply);

  [[nodiscard]] const io::OutputFile& file() const noexcept { return file_; }

  /// Throws UsageError if OUTPUT and --json both are standard output, if standard output is a terminal, if the name
  /// promises other contents, or if OUTPUT is one of `objects` or an ELF file. Changes nothing.
  void check(const std::vector<std::filesystem::path>& objects) const;

  /// Writes OUTPUT, and keeps the message of an interruption true. Throws Error.
  [[nodiscard]] io::OutputFile::Publication write(std::span<const std::uint8_t> bytes) const;

  /// True if the file was written in place because it could not be replaced.
  [[nodiscard]] bool is_in_place(io::OutputFile::Publication publication) const noexcept;

 private:
  const GenOptions& options_;
  std::optional<PackageForm> form_;
  Reply& reply_;
  io::OutputFile file_;
};

}  // namespace minbtf::cli
