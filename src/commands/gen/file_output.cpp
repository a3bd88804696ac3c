#include "commands/gen/file_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/output_name.hpp"
#include "elf/elf_file.hpp"
#include "io/interrupt.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

/// Throws UsageError if OUTPUT is an ELF file: raw BTF in its place would be a mistake in the order of the arguments.
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

FileOutput::FileOutput(const GenOptions& options, GenReport& report, Reply& reply)
    : GenOutput(options, report, reply), file_(options.output, output_name(options.input)) {
  reply.stdout_is_taken = file_.is_stdout();
  reply.on_interrupt("nothing was written");
}

void FileOutput::check(const std::vector<std::filesystem::path>& objects) {
  const std::string path = shown_path(file_.path().string());
  if (file_.is_stdout() && options_.json) {
    throw UsageError("--json and the BTF cannot both go to standard output; name another OUTPUT");
  }
  if (file_.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError(
        "standard output is a terminal, and BTF is binary; redirect it (> min.btf), or name another OUTPUT");
  }
  refuse_package_name(file_, "OUTPUT", "raw BTF");
  refuse_input();
  for (const auto& object : objects) {
    if (file_.is_same_file(object))
      throw UsageError(fmt::format("OUTPUT {} is OBJECT {}", path, shown_path(object.string())));
  }
  refuse_elf(file_);
}

/// Throws UsageError if OUTPUT is INPUT, except where INPUT can be replaced: bpftool allows that, scripts rely on it,
/// and INPUT is read completely before. Then OUTPUT has to name the file itself, not its directory. A file that cannot
/// be replaced atomically would be destroyed while it is read.
void FileOutput::refuse_input() const {
  if (!file_.is_same_file(options_.input)) return;
  const std::string text =
      fmt::format("OUTPUT {} is INPUT {}", shown_path(file_.path().string()), shown_path(options_.input));
  if (!file_.is_replaced()) throw UsageError(text);
  if (file_.is_in_directory()) throw UsageError(text + "; to replace it, name that file");
}

void FileOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> /*objects*/) {
  const auto& kernel = archive::value_of<archive::ReducedKernel>(*batch.kernels.front().result);
  const auto publication = write(*kernel.content);
  report_.written = {.path = file_.path().string(),
                     .bytes = kernel.content->size(),
                     .types = kernel.figures.types,
                     .members = kernel.figures.members,
                     .enumerators = kernel.figures.enumerators,
                     .in_place = file_.is_replaced() && publication == io::OutputFile::Publication::overwritten,
                     .is_in_directory = file_.is_in_directory()};
}

/// Writes OUTPUT, and keeps the message of an interruption true. Until OUTPUT is written, the message is that of the
/// constructor: nothing was written.
io::OutputFile::Publication FileOutput::write(std::span<const std::uint8_t> bytes) {
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
  } catch (const io::InterruptedWait&) {
    throw;
  } catch (const Error&) {
    reply_.on_interrupt("OUTPUT may be incomplete");
    throw;
  }
}

}  // namespace minbtf::cli
