// SPDX-License-Identifier: BSD-2-Clause
#include "support/capi_report.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include "minbtf/inspection.hpp"
#include "minbtf/plan.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

const char* word(bool flag) { return flag ? "yes" : "no"; }
const char* word(ByteOrder order) { return order == ByteOrder::little ? "little" : "big"; }

const char* word(Status status) {
  switch (status) {
    case Status::resolved:
      return "resolved";
    case Status::poisoned:
      return "poisoned";
    case Status::failed:
      break;
  }
  return "failed";
}

class Report {
 public:
  explicit Report(const ReportInput& input)
      : input_(input), plan_(objects_of(input), keeps_of(input), input.keep_layout ? Layout::kernel : Layout::normal) {}

  std::string text() {
    const Btf kernel = Btf::from_file(input_.kernel);
    out_ << "kernel " << kernel.name() << ": " << kernel.size() << " bytes, " << kernel.type_count() << " types, "
         << word(kernel.byte_order()) << '\n';
    print_plan(kernel);
    const Reduction reduction = plan_.minimize(kernel);
    print_reduction(reduction);
    print_subsets(kernel);
    print_check(kernel);
    print_comparison(plan_.compare(
        kernel, input_.other == "-" ? Btf::parse(reduction.bytes, "reduced") : Btf::from_file(input_.other)));
    for (const std::string& path : input_.objects) {
      const std::string bytes = contents_of(path);
      print_inspection(inspect(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), path));
    }
    return out_.str();
  }

 private:
  static std::vector<BpfObject> objects_of(const ReportInput& input) {
    std::vector<BpfObject> objects;
    for (const std::string& path : input.objects) objects.push_back(BpfObject::from_file(path));
    return objects;
  }
  static std::vector<Keep> keeps_of(const ReportInput& input) {
    std::vector<Keep> keeps;
    for (const std::string& text : input.keeps) keeps.push_back(Keep::parse(text));
    return keeps;
  }

  void print_object(const BpfObject& object) {
    out_ << "object " << object.name() << ": " << word(object.byte_order()) << ", " << object.relocation_count()
         << " relocations, note '" << object.note() << "'\n";
    for (const auto& [name, section] : object.programs()) out_ << "  program " << name << " in " << section << '\n';
  }

  void print_plan(const Btf& kernel) {
    out_ << "plan: " << plan_.question_count() << " questions\n";
    std::vector<bool> kept(plan_.keeps().size());
    for (const std::size_t keep : plan_.kept_in(kernel)) kept[keep] = true;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      out_ << "keep " << plan_.keeps()[i].text() << ": " << word(kept[i]) << '\n';
    }
    for (std::size_t i = 0; i < plan_.objects().size(); ++i) {
      const BpfObject& object = plan_.objects()[i];
      print_object(object);
      out_ << "  takes part: " << word(plan_.takes_part(i, ByteOrder::little)) << ", "
           << word(plan_.takes_part(i, ByteOrder::big)) << '\n';
      for (std::size_t j = 0; j < object.relocation_count(); ++j) {
        const RelocationText record = plan_.describe(i, j);
        out_ << "  relocation '" << record.program << "' in " << record.section << " at " << record.insn << ": "
             << to_string(record.kind) << ' ' << record.subject << '\n';
      }
    }
  }

  void print(const Resolution& resolution) {
    out_ << "  " << resolution.object << '/' << resolution.relocation << ' ' << word(resolution.status) << ", "
         << to_string(resolution.failure) << ", value " << resolution.value << ", load " << resolution.load_size << ", "
         << resolution.matching << " of " << resolution.candidates << " candidates, type " << resolution.target_type
         << '\n';
  }

  void print_reduction(const Reduction& reduction) {
    out_ << "reduction: " << reduction.bytes.size() << " bytes, " << reduction.types << " of " << reduction.source_types
         << " types, " << reduction.members << " members, " << reduction.enumerators << " enumerators\n";
    const auto [resolved, poisoned, failed] = reduction.resolutions.counts();
    out_ << resolved << " resolved, " << poisoned << " poisoned, " << failed << " failed\n";
    for (std::size_t i = 0; i < reduction.resolutions.size(); ++i) print(reduction.resolutions[i]);
  }

  void print_subsets(const Btf& kernel) {
    for (std::size_t object = 0; object < plan_.objects().size(); ++object) {
      out_ << "object " << object << ", all programs:\n";
      for (const Resolution& each : plan_.resolve(kernel, object, {})) print(each);
      const std::size_t programs = plan_.objects()[object].programs().size();
      for (std::size_t program = 0; program < programs; ++program) {
        std::vector<bool> loaded(programs);
        loaded[program] = true;
        out_ << "object " << object << ", program " << program << ":\n";
        for (const Resolution& each : plan_.resolve(kernel, object, loaded)) print(each);
      }
    }
  }

  void print_check(const Btf& kernel) {
    const std::vector<UnresolvedRelocation> found = plan_.check(kernel);
    out_ << found.size() << " unresolved\n";
    for (const UnresolvedRelocation& each : found) {
      out_ << "  " << each.object << '/' << each.relocation << " in program " << each.program << ": "
           << word(each.status) << ", " << to_string(each.failure) << ", guard " << to_string(each.guard) << ", "
           << to_string(each.why.reason) << ", '" << each.why.subject << "', '" << each.why.detail << "'\n";
      out_ << "    " << to_string(each.why) << "; if " << to_string(each.conditions) << '\n';
      for (const DataCondition& condition : each.conditions) {
        out_ << "    " << condition.variable << " in " << condition.section << ": " << condition.value << ", signed "
             << word(condition.is_signed) << '\n';
      }
    }
  }

  void print_comparison(const Comparison& comparison) {
    out_ << "comparison: holds " << word(comparison.holds()) << ", " << comparison.relocations << " relocations, "
         << comparison.questions << " questions, " << comparison.asked << " asked, same byte order "
         << word(comparison.same_byte_order) << '\n';
    for (const Difference& each : comparison.differences) {
      out_ << "  " << each.object << '/' << each.relocation << ' ' << each.subject << ", loader '" << each.loader
           << "', foreign " << word(each.for_foreign_loader) << ", programs";
      for (const std::size_t program : each.programs) out_ << ' ' << program;
      out_ << "\n  full " << each.full.text << '\n';
      print(each.full.resolution);
      out_ << "  reduced " << each.reduced.text << '\n';
      print(each.reduced.resolution);
    }
    for (const std::size_t keep : comparison.kept) out_ << "  kept " << keep << '\n';
    for (const auto& [keep, text] : comparison.kept_differences) out_ << "  kept " << keep << ": " << text << '\n';
  }

  std::string program_text(std::optional<std::size_t> program) {
    return program ? "program " + std::to_string(*program) : "no program";
  }

  void print_places(const std::vector<SourcePlace>& places) {
    for (const SourcePlace& place : places) {
      out_ << "    " << place.section << " at " << place.insn << " in " << program_text(place.program) << ": "
           << place.file << ':' << place.line << ':' << place.column << '\n';
    }
  }

  void print_inspection(const Inspection& inspection) {
    print_object(inspection.object.value());
    out_ << "inspection: " << inspection.questions << " questions, without BTF " << to_string(inspection.without_btf)
         << ", line damage '" << inspection.line_damage << "'\n";
    for (std::size_t i = 0; i < inspection.programs.size(); ++i) {
      const InspectedProgram& program = inspection.programs[i];
      out_ << "program " << i << ": subprogram " << word(program.subprogram) << ", loaded "
           << word(program.loaded_by_default) << ", callers";
      for (const std::size_t caller : program.callers) out_ << ' ' << caller;
      out_ << '\n';
    }
    for (const InspectedType& type : inspection.types) {
      out_ << "type '" << type.name << "'\n";
      for (const InspectedQuestion& question : type.questions) {
        out_ << "  " << to_string(question.kind) << ' ' << question.subject << ", depends on kernel "
             << word(question.depends_on_kernel) << ", " << to_string(question.failure) << '\n';
        print_places(question.places);
      }
    }
    for (const InspectedNeed& need : inspection.needs) {
      out_ << "need " << to_string(need.kind) << " '" << need.subject << "', weak " << word(need.weak) << ", in "
           << program_text(need.program) << '\n';
      print_places(need.places);
    }
    for (const InspectedAddress& address : inspection.addresses) {
      out_ << "address " << address.name << ", weak " << word(address.weak) << '\n';
      print_places(address.places);
    }
  }

  const ReportInput& input_;
  Plan plan_;
  std::ostringstream out_;
};

}  // namespace

std::string report_of_cpp_api(const ReportInput& input) { return Report(input).text(); }

std::vector<std::string> report_command(const std::string& program, const std::string& output,
                                        const ReportInput& input) {
  std::vector<std::string> command = {program, output, input.kernel, input.other};
  for (const std::string& keep : input.keeps) {
    command.insert(command.end(), {"--keep", keep});
  }
  if (input.keep_layout) command.emplace_back("--keep-layout");
  command.insert(command.end(), input.objects.begin(), input.objects.end());
  return command;
}

}  // namespace minbtf::test
