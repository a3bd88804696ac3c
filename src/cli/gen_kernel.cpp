#include "cli/gen_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "archive/kernel_source.hpp"
#include "archive/object_list.hpp"
#include "archive/parse_back.hpp"
#include "archive/same_decisions.hpp"
#include "archive/tree_path.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/gen_options.hpp"
#include "cli/objects.hpp"
#include "cli/usage_error.hpp"
#include "elf/elf_file.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "io/output_file.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

namespace {

constexpr std::size_t max_failure_warnings = 20;

/// What a file in the directory OUTPUT is called.
std::filesystem::path output_name(const std::filesystem::path& input) {
  const std::string name = input.filename().string();
  return archive::is_packed_name(name) ? archive::output_path(name) : name;
}

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

void check_output(const io::OutputFile& output, const GenOptions& options,
                  const std::vector<std::filesystem::path>& objects) {
  if (output.is_stdout() && options.json) {
    throw UsageError("--json and the BTF cannot both go to stdout; name another OUTPUT");
  }
  if (output.is_same_file(options.input)) {
    throw UsageError(fmt::format("OUTPUT {} is INPUT {}", output.path().string(), options.input));
  }
  for (const auto& object : objects) {
    if (output.is_same_file(object)) {
      throw UsageError(fmt::format("OUTPUT {} is OBJECT {}", output.path().string(), object.string()));
    }
  }
  refuse_elf(output);
}

void publish(const io::OutputFile& output, std::span<const std::uint8_t> bytes, const Reply& reply) {
  reply.on_interrupt(output.is_replaced() ? "OUTPUT is as it was, or complete" : "OUTPUT may be incomplete");
  output.publish(bytes);
  reply.on_interrupt("OUTPUT is written");
}

ResolutionFacts facts_of(const Plan& plan, const Resolution& resolution) {
  return {.object = plan.objects()[resolution.object].name(),
          .text = plan.describe(resolution.object, resolution.relocation),
          .resolution = resolution};
}

void warn_of_failures(const Plan& plan, const Resolutions& resolutions, bool all, Reply& reply) {
  const std::vector<Resolution> failures = resolutions.failures();
  const std::size_t shown = all ? failures.size() : std::min(failures.size(), max_failure_warnings);
  for (std::size_t i = 0; i < shown; ++i) reply.warn(resolution_line(facts_of(plan, failures[i])));
  if (shown < failures.size()) reply.warn(fmt::format("and {} more; -v lists them", failures.size() - shown));
}

bool is_met(Condition condition, const GenReport& report) {
  switch (condition) {
    case Condition::ambiguous:
      return report.relocations->ambiguous > 0;
    case Condition::fails:
      return report.relocations->failed > 0;
    case Condition::poisoned:
      return report.relocations->poisoned > 0;
    case Condition::no_relocations:
      return std::ranges::any_of(report.objects, [](const ObjectFacts& object) { return object.relocations == 0; });
    case Condition::unguarded:
      break;  // only `check` tells
  }
  return false;
}

/// `troubles` are in the order of the resolutions; records in no program have none, others one for each program that
/// they are loaded with, and all for one reason.
void list_resolutions(const Plan& plan, const Resolutions& resolutions, const std::vector<Trouble>& troubles,
                      Reply& reply) {
  auto trouble = troubles.begin();
  for (const Resolution& resolution : resolutions) {
    ResolutionFacts& facts = reply.gen->resolutions.emplace_back(facts_of(plan, resolution));
    for (; trouble != troubles.end() && trouble->object == resolution.object &&
           trouble->relocation == resolution.relocation;
         ++trouble) {
      if (trouble->status == Status::poisoned) facts.why = trouble->why;
    }
    reply.text += printable(resolution_line(facts)) + "\n";
  }
}

void report_outcome(const Plan& plan, const Reduction& reduction, const GenOptions& options, Reply& reply) {
  warn_of_failures(plan, reduction.resolutions, options.verbose, reply);
  if (!options.quiet)
    reply.text += printable(kernel_summary(*reply.gen->kernel, *reply.gen->output, *reply.gen->relocations)) +
                  (reply.gen->verified ? "; verified\n" : "\n");
  for (const Condition condition : options.fail_on) {
    if (is_met(condition, *reply.gen)) reply.gen->conditions.push_back(to_string(condition));
  }
  if (!reply.gen->conditions.empty()) {
    reply.exit_status = exit_condition;
    print_message("error", fmt::format("a condition of --fail-on is met: {}", fmt::join(reply.gen->conditions, ", ")));
  }
}

}  // namespace

bool gen_kernel(const GenOptions& options, Reply& reply) {
  const io::OutputFile output(options.output, output_name(options.input));
  reply.stdout_is_taken = output.is_stdout();
  reply.on_interrupt("nothing was written");
  const archive::ObjectList list = archive::find_objects(options.objects);
  check_output(output, options, list.paths);
  // From here on writing OUTPUT cannot destroy an input.

  archive::KernelMemory memory;
  const auto btf = archive::read_kernel(options.input, options.tree.limits, memory);
  if (!btf) return false;
  if (!options.tree_word.empty()) {
    throw UsageError(fmt::format("{} is for many kernels, and INPUT {} is one", options.tree_word, options.input));
  }

  GenReport& report = reply.gen.emplace();
  report.skipped_objects = list.skipped;
  LoadedObjects loaded = load_objects(list.paths, reply);
  report.objects = std::move(loaded.facts);
  const Plan plan(std::move(loaded.objects));

  report.kernel = {.path = options.input, .bytes = btf->size(), .types = {}};
  Workspace workspace;
  const Reduction reduction = plan.minimize(*btf, options.input, workspace);
  report.kernel->types = reduction.source_types;
  report.relocations = count(plan, reduction.resolutions);

  archive::parse_back(reduction.bytes, reduction.types, output.path().string());
  // Two readers agree on the bytes: ours inside minimize(), and libbpf.
  if (options.verify) {
    archive::require_same_decisions(plan, *btf, options.input, reduction.bytes, workspace);
    report.verified = true;
  }

  std::vector<Trouble> troubles;  // for what is poisoned
  if (options.verbose) troubles = plan.check(*btf, options.input, workspace);
  // From here on only writing OUTPUT can fail.

  publish(output, reduction.bytes, reply);
  report.output = {.path = output.path().string(),
                   .bytes = reduction.bytes.size(),
                   .types = reduction.types,
                   .members = reduction.members,
                   .enumerators = reduction.enumerators};

  if (options.verbose) list_resolutions(plan, reduction.resolutions, troubles, reply);
  report_outcome(plan, reduction, options, reply);
  return true;
}

}  // namespace minbtf::cli
