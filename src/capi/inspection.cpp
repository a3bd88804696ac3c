// SPDX-License-Identifier: BSD-2-Clause
// Inspections of the C API.
#include "minbtf/inspection.hpp"

#include <set>
#include <string_view>

#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::required_bytes;
using minbtf::capi::required_text;

// The strings of these are in the inspection that they are a part of.

struct minbtf_place {
  size_t program;
  const char* section;
  uint32_t insn;
  const char* file;
  uint32_t line;
  uint32_t column;
};

using Places = std::vector<minbtf_place>;

struct minbtf_question {
  const minbtf::InspectedQuestion& value;
  Places places;
};

struct minbtf_inspected_type {
  const minbtf::InspectedType& value;
  std::vector<minbtf_question> questions;
};

struct minbtf_need {
  const minbtf::InspectedNeed& value;
  Places places;
};

struct minbtf_address {
  const minbtf::InspectedAddress& value;
  Places places;
};

struct minbtf_inspection {
  explicit minbtf_inspection(minbtf::Inspection of) : value(std::move(of)), object{value.object.value()} {
    for (const minbtf::InspectedType& type : value.types) {
      minbtf_inspected_type& out = types.emplace_back(minbtf_inspected_type{type, {}});
      for (const minbtf::InspectedQuestion& question : type.questions) {
        out.questions.push_back({question, places_of(question.places)});
      }
    }
    for (const minbtf::InspectedNeed& need : value.needs) needs.push_back({need, places_of(need.places)});
    for (const minbtf::InspectedAddress& address : value.addresses) {
      addresses.push_back({address, places_of(address.places)});
    }
  }
  minbtf_inspection(const minbtf_inspection&) = delete;
  minbtf_inspection& operator=(const minbtf_inspection&) = delete;
  ~minbtf_inspection() = default;

  minbtf::Inspection value;
  minbtf_object object;
  std::vector<minbtf_inspected_type> types;
  std::vector<minbtf_need> needs;
  std::vector<minbtf_address> addresses;

 private:
  Places places_of(const std::vector<minbtf::SourcePlace>& from) {
    Places out;
    out.reserve(from.size());
    for (const minbtf::SourcePlace& place : from) {
      out.push_back({.program = place.program.value_or(MINBTF_NO_PROGRAM),
                     .section = kept(place.section),
                     .insn = place.insn,
                     .file = kept(place.file),
                     .line = place.line,
                     .column = place.column});
    }
    return out;
  }

  /// Returns a copy that ends with NUL. Equal texts share one.
  const char* kept(std::string_view text) {
    auto found = texts_.find(text);
    if (found == texts_.end()) found = texts_.emplace(text).first;
    return found->c_str();
  }

  std::set<std::string, std::less<>> texts_;
};

namespace {

const minbtf::InspectedProgram* program_of(const minbtf_inspection* inspection, size_t program) noexcept {
  return inspection == nullptr ? nullptr : element(inspection->value.programs, program);
}

template <typename Owner>
size_t place_count_of(const Owner* owner) noexcept {
  return owner == nullptr ? 0 : owner->places.size();
}

template <typename Owner>
const minbtf_place* place_of(const Owner* owner, size_t index) noexcept {
  return owner == nullptr ? nullptr : element(owner->places, index);
}

}  // namespace

minbtf_inspection* minbtf_inspection_from_bytes(const void* bytes, size_t size, const char* name,
                                                minbtf_error** error) {
  return create(error, [&] {
    const std::span<const std::uint8_t> image = required_bytes(bytes, size, "bytes");
    return new minbtf_inspection(minbtf::inspect(image, required_text(name, "name")));
  });
}

void minbtf_inspection_free(minbtf_inspection* inspection) { delete inspection; }

const minbtf_object* minbtf_inspection_object(const minbtf_inspection* inspection) {
  return inspection == nullptr ? nullptr : &inspection->object;
}

const char* minbtf_inspection_line_damage(const minbtf_inspection* inspection) {
  return inspection == nullptr ? "" : inspection->value.line_damage.c_str();
}

enum minbtf_without_btf minbtf_inspection_without_btf(const minbtf_inspection* inspection) {
  if (inspection == nullptr) return MINBTF_WITHOUT_BTF_FAILS;
  return static_cast<enum minbtf_without_btf>(inspection->value.without_btf);
}

size_t minbtf_inspection_question_count(const minbtf_inspection* inspection) {
  return inspection == nullptr ? 0 : inspection->value.questions;
}

bool minbtf_inspection_program_is_subprogram(const minbtf_inspection* inspection, size_t program) {
  const minbtf::InspectedProgram* const found = program_of(inspection, program);
  return found != nullptr && found->subprogram;
}

bool minbtf_inspection_program_is_loaded_by_default(const minbtf_inspection* inspection, size_t program) {
  const minbtf::InspectedProgram* const found = program_of(inspection, program);
  return found != nullptr && found->loaded_by_default;
}

size_t minbtf_inspection_program_caller_count(const minbtf_inspection* inspection, size_t program) {
  const minbtf::InspectedProgram* const found = program_of(inspection, program);
  return found == nullptr ? 0 : found->callers.size();
}

size_t minbtf_inspection_program_caller(const minbtf_inspection* inspection, size_t program, size_t index) {
  const minbtf::InspectedProgram* const found = program_of(inspection, program);
  return found == nullptr || index >= found->callers.size() ? MINBTF_NO_PROGRAM : found->callers[index];
}

size_t minbtf_inspection_type_count(const minbtf_inspection* inspection) {
  return inspection == nullptr ? 0 : inspection->types.size();
}

const minbtf_inspected_type* minbtf_inspection_type(const minbtf_inspection* inspection, size_t index) {
  return inspection == nullptr ? nullptr : element(inspection->types, index);
}

const char* minbtf_inspected_type_name(const minbtf_inspected_type* type) {
  return type == nullptr ? "" : type->value.name.c_str();
}

size_t minbtf_inspected_type_question_count(const minbtf_inspected_type* type) {
  return type == nullptr ? 0 : type->questions.size();
}

const minbtf_question* minbtf_inspected_type_question(const minbtf_inspected_type* type, size_t index) {
  return type == nullptr ? nullptr : element(type->questions, index);
}

uint32_t minbtf_question_kind(const minbtf_question* question) {
  return question == nullptr ? 0 : static_cast<uint32_t>(question->value.kind);
}

const char* minbtf_question_subject(const minbtf_question* question) {
  return question == nullptr ? "" : question->value.subject.c_str();
}

bool minbtf_question_depends_on_kernel(const minbtf_question* question) {
  return question != nullptr && question->value.depends_on_kernel;
}

enum minbtf_failure minbtf_question_failure(const minbtf_question* question) {
  if (question == nullptr) return MINBTF_FAILURE_NONE;
  return static_cast<enum minbtf_failure>(question->value.failure);
}

size_t minbtf_question_place_count(const minbtf_question* question) { return place_count_of(question); }

const minbtf_place* minbtf_question_place(const minbtf_question* question, size_t index) {
  return place_of(question, index);
}

size_t minbtf_inspection_need_count(const minbtf_inspection* inspection) {
  return inspection == nullptr ? 0 : inspection->needs.size();
}

const minbtf_need* minbtf_inspection_need(const minbtf_inspection* inspection, size_t index) {
  return inspection == nullptr ? nullptr : element(inspection->needs, index);
}

enum minbtf_need_kind minbtf_need_kind(const minbtf_need* need) {
  if (need == nullptr) return MINBTF_NEED_FUNCTION;
  return static_cast<enum minbtf_need_kind>(need->value.kind);
}

size_t minbtf_need_program(const minbtf_need* need) {
  return need == nullptr ? MINBTF_NO_PROGRAM : need->value.program.value_or(MINBTF_NO_PROGRAM);
}

const char* minbtf_need_subject(const minbtf_need* need) { return need == nullptr ? "" : need->value.subject.c_str(); }

bool minbtf_need_is_weak(const minbtf_need* need) { return need != nullptr && need->value.weak; }

size_t minbtf_need_place_count(const minbtf_need* need) { return place_count_of(need); }

const minbtf_place* minbtf_need_place(const minbtf_need* need, size_t index) { return place_of(need, index); }

size_t minbtf_inspection_address_count(const minbtf_inspection* inspection) {
  return inspection == nullptr ? 0 : inspection->addresses.size();
}

const minbtf_address* minbtf_inspection_address(const minbtf_inspection* inspection, size_t index) {
  return inspection == nullptr ? nullptr : element(inspection->addresses, index);
}

const char* minbtf_address_name(const minbtf_address* address) {
  return address == nullptr ? "" : address->value.name.c_str();
}

bool minbtf_address_is_weak(const minbtf_address* address) { return address != nullptr && address->value.weak; }

size_t minbtf_address_place_count(const minbtf_address* address) { return place_count_of(address); }

const minbtf_place* minbtf_address_place(const minbtf_address* address, size_t index) {
  return place_of(address, index);
}

size_t minbtf_place_program(const minbtf_place* place) { return place == nullptr ? MINBTF_NO_PROGRAM : place->program; }

const char* minbtf_place_section(const minbtf_place* place) { return place == nullptr ? "" : place->section; }

uint32_t minbtf_place_insn(const minbtf_place* place) { return place == nullptr ? 0 : place->insn; }

const char* minbtf_place_file(const minbtf_place* place) { return place == nullptr ? "" : place->file; }

uint32_t minbtf_place_line(const minbtf_place* place) { return place == nullptr ? 0 : place->line; }

uint32_t minbtf_place_column(const minbtf_place* place) { return place == nullptr ? 0 : place->column; }
