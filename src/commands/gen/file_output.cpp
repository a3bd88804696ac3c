#include "commands/gen/file_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "cli/command_line.hpp"
#include "commands/gen/output_name.hpp"
#include "elf/elf_file.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

/// Throws UsageError where OUTPUT is an ELF file: what is written is none, and nobody wants it in such a place.
void refuse_elf(const io::OutputFile& output) {
  std::error_code missing;
  if (!output.is_replaced() || !std::filesystem::is_regular_file(output.path(), missing)) return;
  std::optional<io::InputFile> existing;
  try {
    existing.emplace(output.path());
  } catch (const Error&) {
    return;  // what cannot be read can be replaced
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
  const std::string path = file_.path().string();
  if (file_.is_stdout() && options_.json) {
    throw UsageError("--json and the BTF cannot both go to stdout; name another OUTPUT");
  }
  if (file_.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError("stdout is a terminal, and BTF is binary; redirect it (> min.btf), or name another OUTPUT");
  }
  refuse_package_name(file_, "OUTPUT", "raw BTF");
  refuse_input();
  for (const auto& object : objects) {
    if (file_.is_same_file(object)) throw UsageError(fmt::format("OUTPUT {} is OBJECT {}", path, object.string()));
  }
  refuse_elf(file_);
}

/// INPUT may be replaced: it is read whole before that. bpftool allows it, and scripts rely on it. But it has to be
/// named, and what cannot be replaced at once would be destroyed while it is read.
void FileOutput::refuse_input() const {
  if (!file_.is_same_file(options_.input)) return;
  const std::string path = file_.path().string();
  if (!file_.is_replaced()) throw UsageError(fmt::format("OUTPUT {} is INPUT {}", path, options_.input));
  if (file_.is_in_directory()) {
    throw UsageError(fmt::format("OUTPUT {} is INPUT {}; to replace it, name that file", path, options_.input));
  }
}

void FileOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> /*objects*/) {
  const auto& kernel = archive::value_of<archive::ReducedKernel>(*batch.kernels.front().result);
  reply_.on_interrupt(file_.is_replaced() ? "OUTPUT is as it was, or complete" : "OUTPUT may be incomplete");
  const auto publication = file_.publish(*kernel.content, note_of_waiting(file_.path().string(), options_.quiet));
  reply_.on_interrupt("OUTPUT is written");
  report_.written = {.path = file_.path().string(),
                     .bytes = kernel.content->size(),
                     .types = kernel.figures.types,
                     .members = kernel.figures.members,
                     .enumerators = kernel.figures.enumerators,
                     .in_place = file_.is_replaced() && publication == io::OutputFile::Publication::overwritten};
}

}  // namespace minbtf::cli
