// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/result_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/gen_output.hpp"
#include "commands/gen/output_name.hpp"
#include "elf/elf_file.hpp"
#include "io/interrupt.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

/// Throws UsageError if OUTPUT is an ELF file: BTF in its place would be a mistake in the order of the arguments.
void refuse_elf(const io::OutputFile& output) {
  std::error_code missing;
  if (!output.is_replaced() || !std::filesystem::is_regular_file(output.path(), missing)) return;
  std::optional<io::InputFile> existing;
  try {
    existing.emplace(output.path());
  } catch (const Error&) {
    return;  // a file that cannot be read can still be replaced
  }
  if (io::is_bpf_elf(existing->head())) {
    throw UsageError(fmt::format("OUTPUT {} is a BPF object: is it meant as OBJECT?", output.path().string()));
  }
  if (elf::is_elf(existing->head())) {
    throw UsageError(fmt::format("OUTPUT {} is an ELF file: is it meant as INPUT?", output.path().string()));
  }
}

}  // namespace

ResultFile::ResultFile(const GenOptions& options, std::optional<PackageForm> form, const std::filesystem::path& name,
                       Reply& reply)
    : options_(options), form_(form), reply_(reply), file_(options.output, name) {
  reply.stdout_is_taken = file_.is_stdout();
}

void ResultFile::check(const std::vector<std::filesystem::path>& objects) const {
  const char* const what = form_ ? "the package" : "the BTF";
  if (file_.is_stdout() && options_.json) {
    throw UsageError(fmt::format("--json and {} cannot both go to standard output; name another OUTPUT", what));
  }
  if (file_.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError(
        fmt::format("standard output is a terminal, and {} is binary; redirect it (> {}), or name another OUTPUT",
                    form_ ? what : "BTF", form_ ? "min." + to_string(*form_) : "min.btf"));
  }
  refuse_output_name(file_, form_);
  for (const auto& object : objects) {
    if (file_.is_same_file(object)) {
      throw UsageError(
          fmt::format("OUTPUT {} is OBJECT {}", shown_path(file_.path().string()), shown_path(object.string())));
    }
  }
  refuse_elf(file_);
}

/// Until OUTPUT is written, the message is the one that was set before: nothing was written. It stays true after an
/// error: a file is unchanged then, with one exception.
io::OutputFile::Publication ResultFile::write(std::span<const std::uint8_t> bytes) const {
  // A file is either replaced or not: an interruption waits until that is certain. A reader of a pipe may never come.
  std::optional<io::InterruptsBlocked> until_certain;
  if (file_.is_replaced()) {
    until_certain.emplace();
  } else {
    reply_.on_interrupt("OUTPUT may be incomplete");
  }
  try {
    const auto publication = file_.publish(bytes, note_of_waiting(file_.path().string(), options_.quiet));
    reply_.on_interrupt("OUTPUT is written");
    return publication;
  } catch (const io::IncompleteFile&) {
    reply_.on_interrupt("OUTPUT is incomplete");
    throw;
  }
}

bool ResultFile::is_in_place(io::OutputFile::Publication publication) const noexcept {
  return file_.is_replaced() && publication == io::OutputFile::Publication::overwritten;
}

}  // namespace minbtf::cli
