// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/answers.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "minbtf/error.hpp"
#include "minimize/compare/loader_models.hpp"
#include "minimize/compare/type_identity.hpp"
#include "minimize/query/kept_candidates.hpp"
#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

/// Limit on the length of a key. Those of real kernels have some thousand bytes.
constexpr std::size_t longest_key = std::size_t{1} << 26U;

/// Returns the part of an outcome that libbpf can find out. `is_compared` is false if the question's root has one
/// candidate only: libbpf then compares it with no other.
Outcome visible_part(const QueryPlan& /*plan*/, std::size_t /*group*/, std::size_t /*slot*/, const Outcome& outcome,
                     bool /*is_compared*/) {
  return outcome;
}

/// Writes the outcomes for one pointer size.
class KeyWriter {
 public:
  KeyWriter(const QueryPlan& plan, const btf::View& btf, std::uint32_t pointer_bytes)
      : plan_(plan), btf_(btf), table_(ask_all_questions(plan, btf, {.pointer_bytes = pointer_bytes})) {
    for (std::size_t group = 0; group < table_.size(); ++group) {
      const std::size_t columns = table_[group].candidates.size();
      for (std::size_t i = 0; i < table_[group].outcomes.size(); ++i) {
        Outcome& outcome = table_[group].outcomes[i];
        outcome = visible_part(plan, group, i / columns, outcome, true);
      }
    }
  }

  std::string run() {
    const auto kept = kept_candidates(plan_, table_);
    for (std::size_t group = 0; group < kept.size(); ++group) {
      add(kept[group].size());
      for (const std::uint32_t column : kept[group]) add_kind(table_[group].candidates[column]);
      for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
        add_row(group, slot, kept[group]);
      }
    }
    return std::move(key_);
  }

 private:
  void add_row(std::size_t group, std::size_t slot, const std::vector<std::uint32_t>& kept) {
    const bool is_id = plan_.groups[group].questions[slot].kind == RelocationKind::type_id_target;
    std::map<std::uint64_t, std::uint64_t> ids;  // index in `kept` of the first candidate with an id
    for (std::size_t i = 0; i < kept.size(); ++i) {
      Outcome outcome = visible_part(plan_, group, slot, table_[group].row(slot)[kept[i]], kept.size() > 1);
      if (is_id && outcome.state == Answer::State::yes) {
        // The id itself means nothing in another BTF. Equal ids are not ambiguous, different ones are.
        outcome.value.value = ids.try_emplace(outcome.value.value, i).first->second;
        add(identity_of(btf_, table_[group].candidates[kept[i]]));
      }
      add(outcome);
    }
    if (key_.size() > longest_key) {
      throw Error(ErrorKind::unsupported, btf_.name(), "", "has more results than can be compared with other kernels");
    }
  }

  /// libbpf does not distinguish ENUM and ENUM64, but other loaders do (aya).
  void add_kind(std::uint32_t candidate) { add(static_cast<std::uint64_t>(btf_.type(candidate).kind)); }

  void add(const TypeIdentity& type) {
    add(static_cast<std::uint64_t>(type.kind));
    add(type.size);
    add(type.name.size());
    key_ += type.name;
  }

  /// An outcome without a value is one number.
  void add(const Outcome& outcome) {
    const core::FieldValue& value = outcome.value;
    add(static_cast<std::uint64_t>(outcome.state) | static_cast<std::uint64_t>(outcome.failure) << 8U |
        static_cast<std::uint64_t>(value.failure) << 16U | static_cast<std::uint64_t>(value.load_class) << 24U |
        std::uint64_t{value.is_bitfield} << 32U);
    if (outcome.state == Answer::State::no) return;
    for (const std::uint64_t number : {std::uint64_t{outcome.bit_offset}, value.value,
                                       std::uint64_t{value.element_bytes}, std::uint64_t{value.total_bytes}}) {
      add(number);
    }
  }

  /// Adds a number in groups of seven bits, the lowest first; the last one has the highest bit clear.
  void add(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U) key_ += static_cast<char>(0x80U | (number & 0x7fU));
    key_ += static_cast<char>(number);
  }

  const QueryPlan& plan_;
  const btf::View& btf_;
  OutcomeTable table_;
  std::string key_;
};

}  // namespace

std::string answers(const QueryPlan& plan, const btf::View& reduced) {
  std::map<std::uint32_t, std::string> by_pointer_bytes;
  std::string key = reduced.byte_order() == ByteOrder::little ? "<" : ">";
  const std::string* previous = nullptr;
  for (const std::uint32_t bytes : pointer_bytes_of_loaders(reduced)) {
    const auto [found, is_new] = by_pointer_bytes.try_emplace(bytes);
    if (is_new) found->second = KeyWriter(plan, reduced, bytes).run();
    // Nearly always all loaders get the same outcomes.
    const bool is_same = previous != nullptr && *previous == found->second;
    key += is_same ? "=" : std::to_string(found->second.size()) + ":" + found->second;
    previous = &found->second;
  }
  return key;
}

}  // namespace minbtf::minimize
