// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/oracle_compare.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iostream>
#include <string_view>

#include "minbtf/error.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t differences_printed = 40;

/// The errno and the warning of libbpf for each Failure.
struct Expected {
  Failure failure;
  int error;
  std::string_view reason;  ///< part of the warning, as in Verdict::reason
};

constexpr Expected expectations[] = {
    {Failure::unknown_relocation_kind, EINVAL, "parsing ["},
    {Failure::unknown_local_type, EINVAL, ""},
    {Failure::anonymous_local_type, EINVAL, ""},
    {Failure::bad_access_string, EINVAL, "parsing ["},
    {Failure::local_type_unusable, EINVAL, "parsing ["},
    {Failure::local_type_unusable, EINVAL, ""},
    {Failure::local_type_unusable, EINVAL, "applied to array access"},
    {Failure::local_type_unusable, E2BIG, "satisfied for bitfield"},
    {Failure::bad_type, EINVAL, ""},
    {Failure::bad_type, EINVAL, "error matching candidate"},
    {Failure::too_deep, E2BIG, "error matching candidate"},
    {Failure::bitfield_too_wide, E2BIG, "satisfied for bitfield"},
    {Failure::not_for_arrays, EINVAL, "applied to array access"},
    {Failure::ambiguous_offset, EINVAL, "field offset ambiguity"},
    {Failure::ambiguous_value, EINVAL, "relocation decision ambiguity"},
    {Failure::offset_too_large, ERANGE, "value too big"},
    {Failure::unexpected_instruction, EINVAL, ""},
    {Failure::unexpected_instruction, EINVAL, "unexpected insn"},
    {Failure::unexpected_instruction, EINVAL, "unrecognized insn"},
    {Failure::unexpected_instruction, EINVAL, "has unexpected form"},
    {Failure::bad_load_size, EINVAL, "unexpected mem size"},
    {Failure::bad_load_size, EINVAL, "invalid new mem size"},
};

bool same_failure(const Verdict& libbpf, Failure ours) {
  return std::any_of(std::begin(expectations), std::end(expectations), [&](const Expected& expected) {
    return expected.failure == ours && expected.error == libbpf.error && expected.reason == libbpf.reason;
  });
}

bool same(const Verdict& libbpf, const Resolution& ours, const struct btf* target) {
  if (libbpf.failed()) return ours.status == Status::failed && same_failure(libbpf, ours.failure);
  if (libbpf.poison) return ours.status == Status::poisoned;
  if (ours.status != Status::resolved || ours.load_size != libbpf.load_size) return false;
  if (libbpf.kind == BPF_CORE_TYPE_ID_TARGET) {
    return type_text(target, static_cast<std::uint32_t>(ours.value)) == libbpf.target_type;
  }
  return ours.value == libbpf.new_val;
}

std::string text(const Resolution& ours, const struct btf* target) {
  switch (ours.status) {
    case Status::failed:
      return "fails: " + std::string(to_string(ours.failure));
    case Status::poisoned:
      return "poison";
    case Status::resolved:
      break;
  }
  return "value " + std::to_string(ours.value) +
         " (as a type id: " + type_text(target, static_cast<std::uint32_t>(ours.value)) + "), load size " +
         std::to_string(ours.load_size);
}

/// One object, its full and reduced kernel BTF, and one subset of its programs.
class Load {
 public:
  Load(const Plan& plan, std::size_t index, const OracleObject& object, OracleKernel& full, OracleKernel& reduced,
       const std::vector<bool>& programs, Comparison& out)
      : plan_(plan), index_(index), object_(object), full_(full), reduced_(reduced), programs_(programs), out_(out) {}

  void compare() {
    const ResolverObject& resolver = object_.resolver;
    const std::vector<Verdict> old = resolver.resolve(full_.target, programs_, Rules::linked);
    const std::vector<Verdict> newest = resolver.resolve(full_.target, programs_, Rules::newest);
    count(old, newest);
    by_libbpf("full and reduced, the linked libbpf", old, resolver.resolve(reduced_.target, programs_, Rules::linked));
    by_libbpf("full and reduced, newest rules", newest, resolver.resolve(reduced_.target, programs_, Rules::newest));
    by_us("full, libbpf and Plan::resolve()", newest, full_);
    by_us("reduced, libbpf and Plan::resolve()", newest, reduced_);
  }

 private:
  void count(const std::vector<Verdict>& old, const std::vector<Verdict>& newest) {
    ++out_.loads;
    out_.relocations += old.size();
    for (std::size_t i = 0; i < old.size(); ++i) {
      ++out_.by_kind[newest[i].kind];
      if (newest[i].failed()) ++out_.failed;
      if (newest[i].poison) ++out_.poisoned;
      if (!(old[i] == newest[i])) ++out_.newer_rules;
    }
  }

  void by_libbpf(const char* what, const std::vector<Verdict>& full, const std::vector<Verdict>& reduced) {
    for (std::size_t i = 0; i < full.size(); ++i) {
      if (full[i] == reduced[i]) continue;
      difference(what, full[i].relocation, full[i].text(), reduced[i].text());
    }
  }

  void by_us(const char* what, const std::vector<Verdict>& libbpf, OracleKernel& kernel) {
    const std::vector<Resolution> ours = plan_.resolve(kernel.btf, index_, programs_);
    if (ours.size() != libbpf.size()) {
      difference(what, 0, std::to_string(libbpf.size()) + " relocations", std::to_string(ours.size()));
      return;
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const bool placed = ours[i].object == index_ && ours[i].relocation == libbpf[i].relocation;
      if (placed && same(libbpf[i], ours[i], kernel.target.btf())) continue;
      difference(what, libbpf[i].relocation, libbpf[i].text(), text(ours[i], kernel.target.btf()));
    }
  }

  void difference(const char* what, std::size_t relocation, const std::string& left, const std::string& right) {
    std::string programs;
    for (const bool loaded : programs_) programs += loaded ? '1' : '0';
    out_.differences.push_back(full_.name() + ": " + object_.name() + ": " + describe(plan_, index_, relocation) +
                               " [programs " + programs + "]: " + what + ":\n    " + left + "\n    " + right);
  }

  const Plan& plan_;
  std::size_t index_;
  const OracleObject& object_;
  OracleKernel& full_;
  OracleKernel& reduced_;
  const std::vector<bool>& programs_;
  Comparison& out_;
};

}  // namespace

SubsetsOf all_programs() {
  return [](std::size_t programs) { return Subsets{std::vector<bool>(programs, true)}; };
}

SubsetsOf each_program_alone() {
  return [](std::size_t programs) {
    Subsets out(programs, std::vector<bool>(programs, false));
    for (std::size_t i = 0; i < programs; ++i) out[i][i] = true;
    return out;
  };
}

SubsetsOf random_subsets(std::mt19937& random, std::size_t count) {
  return [&random, count](std::size_t programs) {
    Subsets out(count, std::vector<bool>(programs, false));
    for (std::vector<bool>& subset : out) {
      for (std::size_t i = 0; i < programs; ++i) subset[i] = (random() & 1U) != 0;
    }
    return out;
  };
}

void Comparison::operator+=(const Comparison& other) {
  minimized += other.minimized;
  loads += other.loads;
  relocations += other.relocations;
  failed += other.failed;
  poisoned += other.poisoned;
  newer_rules += other.newer_rules;
  for (const auto& [kind, count] : other.by_kind) by_kind[kind] += count;
  differences.insert(differences.end(), other.differences.begin(), other.differences.end());
}

std::string Comparison::summary() const {
  std::string out = std::to_string(minimized) + " reductions, " + std::to_string(loads) + " loads, " +
                    std::to_string(relocations) + " relocations compared: " + std::to_string(poisoned) + " poisoned, " +
                    std::to_string(failed) + " failed, " + std::to_string(newer_rules) +
                    " where the linked libbpf and the newest differ\n  by kind:";
  for (const auto& [kind, count] : by_kind) {
    out += ' ' + std::string(to_string(static_cast<RelocationKind>(kind))) + '=' + std::to_string(count);
  }
  return out;
}

bool Comparison::report(const std::string& title) const {
  std::cout << title << ": " << summary() << '\n';
  for (std::size_t i = 0; i < std::min(differences.size(), differences_printed); ++i) {
    std::cout << "  DIFFERENT: " << differences[i] << '\n';
  }
  if (!differences.empty()) std::cout << "  " << differences.size() << " differences\n";
  std::cout.flush();
  return relocations > 0 && differences.empty();
}

Comparison compare(std::span<const OracleObject* const> objects, OracleKernel& kernel, const SubsetsOf& subsets) {
  Comparison out;
  std::vector<BpfObject> parsed;
  for (const OracleObject* object : objects) parsed.push_back(object->parsed());
  const Plan plan(std::move(parsed));
  try {
    ++out.minimized;
    OracleKernel reduced = oracle_kernel(plan.minimize(kernel.btf).bytes, kernel.name() + " (reduced)");
    if (reduced.btf.byte_order() != kernel.btf.byte_order()) {
      out.differences.push_back(kernel.name() + ": the byte order was not kept");
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
      for (const std::vector<bool>& programs : subsets(objects[i]->parsed().programs().size())) {
        Load(plan, i, *objects[i], kernel, reduced, programs, out).compare();
      }
    }
  } catch (const std::exception& error) {
    const std::string name = objects.size() == 1 ? objects[0]->name() : "several objects";
    out.differences.push_back(kernel.name() + ": " + name + ": " + error.what());
  }
  return out;
}

Comparison compare_each(std::span<const OracleObject* const> objects, OracleKernel& kernel, const SubsetsOf& subsets) {
  Comparison out;
  for (std::size_t i = 0; i < objects.size(); ++i) out += compare(objects.subspan(i, 1), kernel, subsets);
  return out;
}

std::vector<const OracleObject*> pointers(const std::vector<OracleObject>& objects) {
  std::vector<const OracleObject*> out;
  for (const OracleObject& object : objects) out.push_back(&object);
  return out;
}

std::string describe(const Plan& plan, std::size_t object, std::size_t relocation) {
  const RelocationText text = plan.describe(object, relocation);
  return "#" + std::to_string(relocation) + " " + std::string(to_string(text.kind)) + " " + text.subject + " in " +
         (text.program.empty() ? text.section : text.program) + " insn " + std::to_string(text.insn);
}

}  // namespace minbtf::test
