// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/inspection.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/question.hpp"
#include "object/calls.hpp"
#include "object/kernel_needs.hpp"
#include "object/object_data.hpp"

namespace minbtf {

namespace {

std::string name_of(const core::Root& root) {
  if (root.kind == btf::Kind::void_) return "";
  const std::string kind(btf::message_word(root.kind));
  return kind + " " + std::string(root.name.empty() ? "(anonymous)" : root.name);
}

class Inspector {
 public:
  Inspector(const object::ObjectData& data, const object::Facts& facts, Inspection& out)
      : data_(data), facts_(facts), out_(out) {}

  void run() {
    out_.note = data_.note;
    out_.line_damage = facts_.line_damage;
    out_.byte_order = data_.order;
    out_.relocations = data_.records.size();
    for (std::size_t i = 0; i < data_.programs.size(); ++i) {
      const Program& program = data_.programs[i];
      out_.programs.push_back({.name = program.name,
                               .section = program.section,
                               .subprogram = data_.is_subprogram(i),
                               .loaded_by_default = object::is_loaded_by_default(program.section)});
    }
    for (const object::LoadUnit& unit : object::load_units(data_)) {
      if (unit.is_orphan) continue;
      for (const std::size_t member : unit.members) {
        if (member != unit.program) out_.programs[member].callers.push_back(unit.program);
      }
    }
    for (const object::Record& record : data_.records) {
      question_of(record).places.push_back(
          place(record.program, data_.sections[record.section], record.insn_off, record.insn));
    }
    take_types();
    add_needs();
    out_.without_btf = object::without_btf(facts_, data_);
  }

 private:
  /// Key under which records are merged: the key of the question, or the text of a record without question; kind;
  /// failure.
  using Identity = std::tuple<std::string, std::string, RelocationKind, Failure>;
  using Questions = std::map<Identity, InspectedQuestion>;

  static std::optional<std::size_t> index_of(std::size_t program) {
    return program == object::no_program ? std::nullopt : std::optional(program);
  }

  SourcePlace place(std::size_t program, std::string_view section, std::uint64_t insn_off, std::uint32_t insn) const {
    SourcePlace out = {.program = index_of(program), .section = section, .insn = insn, .file = {}};
    const std::uint64_t start = program == object::no_program ? 0 : data_.extents[program].offset;
    if (const auto line = facts_.lines.find(section, start, insn_off)) {
      out.file = line->file;
      out.line = line->line;
      out.column = line->column;
    }
    return out;
  }

  SourcePlace place(std::size_t program, std::uint64_t insn_off) const {
    const std::uint64_t insn = (insn_off - data_.extents[program].offset) / object::instruction_size;
    return place(program, data_.programs[program].section, insn_off, static_cast<std::uint32_t>(insn));
  }

  /// Returns the entry of the record. Reads each distinct record once, because most records of an object repeat
  /// others.
  InspectedQuestion& question_of(const object::Record& record) {
    const auto [known, is_new] = read_.try_emplace({record.kind, record.type_id, record.access_str_off}, nullptr);
    if (is_new) known->second = &read(record);
    return *known->second;
  }

  InspectedQuestion& read(const object::Record& record) {
    const core::Asked asked = core::read_record(*data_.btf, record.kind, record.type_id, record.access_str_off);
    const core::Question& question = asked.question;
    const bool depends_on_kernel = asked.invalid == Failure::none && question.kind != RelocationKind::type_id_local;
    const std::string subject = core::describe_record(*data_.btf, record.kind, record.type_id, record.access_str_off);
    InspectedQuestion& out = types_[name_of(question.root)][{
        depends_on_kernel ? question.key : "", depends_on_kernel ? "" : subject, question.kind, asked.invalid}];
    if (!out.subject.empty()) return out;
    if (depends_on_kernel) ++out_.questions;
    out.kind = question.kind;
    out.subject = subject;
    out.depends_on_kernel = depends_on_kernel;
    out.failure = asked.invalid;
    return out;
  }

  void take_types() {
    for (auto& [name, questions] : types_) {
      InspectedType& type = out_.types.emplace_back(InspectedType{.name = name, .questions = {}});
      for (auto& [identity, question] : questions) {
        std::ranges::stable_sort(question.places, {}, [](const SourcePlace& each) {
          return std::tuple(each.program.value_or(object::no_program), each.insn);
        });
        type.questions.push_back(std::move(question));
      }
      std::ranges::stable_sort(type.questions, {}, [](const InspectedQuestion& question) {
        return std::tuple(question.subject, question.kind);
      });
    }
  }

  void add_needs() {
    for (const object::KernelNeed& need : facts_.needs) {
      InspectedNeed& out = out_.needs.emplace_back(InspectedNeed{.kind = need.kind,
                                                                 .program = index_of(need.program),
                                                                 .subject = need.subject,
                                                                 .weak = need.weak,
                                                                 .places = {}});
      for (const std::uint64_t insn_off : need.insn_offs) out.places.push_back(place(need.program, insn_off));
    }
    for (const object::KernelSymbol& symbol : facts_.symbols) {
      if (symbol.kind != object::SymbolKind::untyped_variable) continue;
      InspectedAddress& out = out_.addresses.emplace_back(
          InspectedAddress{.name = std::string(symbol.name), .weak = symbol.weak, .places = {}});
      for (const object::SymbolUse& use : symbol.uses) out.places.push_back(place(use.program, use.insn_off));
    }
  }

  const object::ObjectData& data_;
  const object::Facts& facts_;
  Inspection& out_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, InspectedQuestion*> read_;
  std::map<std::string, Questions> types_;
};

}  // namespace

std::string_view to_string(NeedKind kind) noexcept {
  switch (kind) {
    case NeedKind::function:
      return "attach_function";
    case NeedKind::tracepoint:
      return "attach_tracepoint";
    case NeedKind::lsm_hook:
      return "attach_lsm_hook";
    case NeedKind::iterator:
      return "attach_iterator";
    case NeedKind::struct_ops:
      return "struct_ops";
    case NeedKind::kfunc:
      return "kernel_function";
    case NeedKind::variable:
      return "kernel_variable";
    case NeedKind::type_id:
      return "type_id";
    case NeedKind::struct_ops_map:
      return "struct_ops_map";
  }
  return "";
}

std::string_view to_string(WithoutBtf result) noexcept {
  switch (result) {
    case WithoutBtf::loads:
      return "loads";
    case WithoutBtf::loads_others:
      return "loads_others";
    case WithoutBtf::fails:
      return "fails";
  }
  return "loads";
}

Inspection inspect(std::span<const std::uint8_t> bytes, std::string name) {
  const BpfObject object = BpfObject::parse(bytes, std::move(name));
  const object::Facts facts = object::read_facts(bytes, object);
  Inspection out;
  out.object = object;
  out.name = object.name();
  Inspector(object::data_of(object), facts, out).run();
  return out;
}

}  // namespace minbtf
