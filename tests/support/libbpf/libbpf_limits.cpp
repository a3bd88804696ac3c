// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/libbpf_limits.hpp"

#include <algorithm>

#include "btf/bytes.hpp"
#include "btf/view.hpp"
#include "minimize/query/outcome_table.hpp"
#include "object/object_data.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;
using btf::Type;
using btf::View;

constexpr std::uint32_t widest_vlen = 0xffff;  ///< btf_vlen() of libbpf 1.1 has 16 bits
constexpr std::uint32_t widest_kind = 15;  ///< largest value of `enum bpf_core_relo_kind`; its last enumerator is 12
constexpr std::size_t hdr_len_offset = 4;

/// Skips typedefs and qualifiers. Returns 0 if they form a loop.
std::uint32_t underlying(const View& view, std::uint32_t id) {
  for (std::uint32_t steps = 0; btf::is_modifier_or_typedef(view.type(id).kind); ++steps) {
    if (steps == view.id_end()) return 0;
    id = view.type(id).size_or_type;
  }
  return id;
}

/// Returns true if `size` is the size of the type. bpf_core_calc_field_relo() divides by that field, which has another
/// meaning in some kinds.
bool has_size(const Type& type) {
  const bool sized = type.kind == Kind::int_ || type.kind == Kind::float_ || btf::is_any_enum(type.kind) ||
                     btf::is_composite(type.kind);
  return sized && type.size_or_type != 0;
}

std::string odd_bitfield(const View& view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const Type type = view.type(id);
    if (!btf::is_composite(type.kind)) continue;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const btf::Member member = view.member(type, i);
      if (member.bitfield_size == 0 || has_size(view.type(underlying(view, member.type)))) continue;
      return "a bitfield in type [" + std::to_string(id) + "] is of a type without a size";
    }
  }
  return "";
}

/// Finds a loop of typedefs, qualifiers and arrays. libbpf assumes that there is none.
std::string loop(const View& view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    std::uint32_t at = id;
    for (std::uint32_t steps = 0; steps <= view.id_end(); ++steps) {
      const Type type = view.type(at);
      const bool goes_on = btf::is_modifier_or_typedef(type.kind) || type.kind == Kind::array;
      if (!goes_on) break;
      if (steps == view.id_end()) return "type [" + std::to_string(id) + "] has no end";
      at = type.kind == Kind::array ? view.array(type).type : type.size_or_type;
    }
  }
  return "";
}

/// Finds a record that libbpf treats differently. libbpf before 1.8 accepts negative indices. libbpf holds the kind in
/// an enum, which cannot have every value.
std::string odd_record(const BpfObject& object) {
  if (!object::data_of(object).btf) return "";
  const View& view = *object::data_of(object).btf;
  for (const object::Record& record : object::data_of(object).records) {
    if (record.kind > widest_kind) return "an unknown kind of relocation";
    const bool is_string = view.has_string(record.access_str_off);
    if (is_string && view.string(record.access_str_off).find('-') != std::string_view::npos) return "a negative index";
  }
  return "";
}

}  // namespace

std::string unreadable_for_libbpf(const std::vector<std::uint8_t>& btf) {
  const View view = View::parse(btf, "btf");
  const btf::ByteView file(btf.data(), btf.size(), view.byte_order());
  const std::uint32_t hdr_len = file.u32(hdr_len_offset);
  if (view.byte_order() != btf::host_order && hdr_len != btf::header_size) {
    return "a header of another length in another byte order";
  }
  if (hdr_len % 4 != 0) return "types that are not aligned";  // libbpf reads them all the same
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    if (!btf::is_known(view.type(id).kind)) return "a later kind";
    if (view.type(id).vlen > widest_vlen) return "more than 65,535 elements";
  }
  return "";
}

std::string beyond_libbpf(const Plan& plan, const std::vector<std::uint8_t>& local,
                          const std::vector<std::uint8_t>& kernel) {
  if (const std::string reason = odd_record(plan.objects()[0]); !reason.empty()) return reason;
  for (const auto* bytes : {&local, &kernel}) {
    std::string reason = unreadable_for_libbpf(*bytes);
    const View view = View::parse(*bytes, "btf");
    if (reason.empty()) reason = loop(view);
    if (reason.empty()) reason = odd_bitfield(view);
    if (!reason.empty()) return reason;
  }
  return has_endless_answer(plan, Btf::parse(kernel, "kernel")) ? "an answer without end" : "";
}

bool has_endless_answer(const Plan& plan, const Btf& kernel) {
  const minimize::QueryPlan planned = minimize::make_query_plan(plan.objects());
  const minimize::OutcomeTable table = minimize::ask_all_questions(planned, btf::view_of(kernel));
  return std::ranges::any_of(table, [](const minimize::CandidateOutcomes& group) {
    return std::ranges::any_of(group.outcomes, [](const core::Outcome& outcome) {
      return outcome.failure == Failure::endless_type || outcome.failure == Failure::unsupported_kind;
    });
  });
}

}  // namespace minbtf::test
