// SPDX-License-Identifier: BSD-2-Clause
// The result of `check` for all kernels of a run. Each distinct outcome is stored once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "commands/check/check_task.hpp"
#include "commands/check/kernel_list.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// State of a program or object on one kernel, from best to worst.
enum class Standing : std::uint8_t {
  relocates,
  guarded,   ///< has poisoned instructions, and each of them is guarded (Guard is not `none`)
  poisoned,  ///< has a poisoned instruction that is not guarded
  fails,     ///< has a relocation that fails, or another byte order than the kernel
};

/// Returns the worst standing of `unresolved`, which belong to one program or to one object; `relocates` for an empty
/// span.
[[nodiscard]] Standing standing_of(std::span<const UnresolvedRelocation> unresolved) noexcept;
[[nodiscard]] Standing standing_of(const UnresolvedRelocation& failing) noexcept;

/// Outcome of one object on one or more kernels.
struct ObjectOutcome {
  Standing standing = Standing::relocates;
  ObjectUnresolved shared;  ///< the object's unresolved relocations, in the order of Plan::check()

  [[nodiscard]] const std::vector<UnresolvedRelocation>& unresolved() const noexcept { return *shared; }
};

struct CheckedKernel {
  std::string path;  ///< path that its output would have
  CheckOutcome outcome;
  ModuleRoots module_roots{};
};

/// Outcomes of all kernels and objects. Kernels are in the order of comes_before(), whatever the order of `kernels`.
class CheckResult {
 public:
  /// Index in combinations() of an object that is not used for a kernel.
  static constexpr std::uint32_t not_used = static_cast<std::uint32_t>(-1);
  /// module_list_of() of a kernel without modules.
  static constexpr std::uint32_t no_modules = static_cast<std::uint32_t>(-1);

  /// `plan` has to outlive the result. All outcomes and roots belong to `plan` and come from one CheckOutcomeStore.
  CheckResult(const Plan& plan, std::vector<CheckedKernel> kernels);

  [[nodiscard]] const std::vector<BpfObject>& objects() const noexcept { return plan_.objects(); }
  /// Returns the program or subprogram that contains the instruction, as an index of the object's programs(); the
  /// program itself for no_relocation.
  [[nodiscard]] std::size_t function_of(const UnresolvedRelocation& failing) const;
  /// Returns the number of the instruction in function_of(). `failing` is not a no_relocation.
  [[nodiscard]] std::uint32_t insn_of(const UnresolvedRelocation& failing) const;
  /// Indices of the functions that `check` reports as programs: programs, and subprograms that no program calls.
  [[nodiscard]] const std::vector<std::size_t>& programs(std::size_t object) const { return programs_[object]; }
  [[nodiscard]] RelocationText describe(const UnresolvedRelocation& failing) const {
    return plan_.describe(failing.object, failing.relocation);
  }

  [[nodiscard]] const KernelList& kernels() const noexcept { return kernels_; }
  [[nodiscard]] const std::string& path(std::size_t kernel) const { return paths_[kernel]; }
  /// Distinct outcomes of one object, in the order of the first kernel that has each.
  [[nodiscard]] const std::vector<ObjectOutcome>& outcomes(std::size_t object) const { return outcomes_[object]; }
  /// Distinct outcomes of all objects together, in the order of the first kernel that has each: for each object an
  /// index into outcomes(), or `not_used`.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& combinations() const noexcept { return combinations_; }
  /// Index into combinations().
  [[nodiscard]] std::uint32_t combination_of(std::size_t kernel) const { return combination_of_[kernel]; }
  /// Distinct lists of types that only modules have, in the order of the first kernel that has each.
  [[nodiscard]] const std::vector<ModuleRoots>& module_lists() const noexcept { return module_lists_; }
  /// Index into module_lists(), or `no_modules`.
  [[nodiscard]] std::uint32_t module_list_of(std::size_t kernel) const { return module_list_of_[kernel]; }
  [[nodiscard]] RelocationText describe(const ModuleDifference& difference) const {
    return plan_.describe(difference.object, difference.relocation);
  }
  /// Returns a flag for each kernel: true if the outcome of the object there is one of `wanted`, which has a flag for
  /// each outcome of the object.
  [[nodiscard]] std::vector<bool> kernels_of(std::size_t object, const std::vector<bool>& wanted) const;
  /// Returns a flag for each kernel: true if the object is used for it.
  [[nodiscard]] std::vector<bool> kernels_of(std::size_t object) const;
  /// Returns true if there are kernels and the object is used for none of them.
  [[nodiscard]] bool is_unused(std::size_t object) const { return kernels_.size() != 0 && outcomes_[object].empty(); }

 private:
  const Plan& plan_;
  KernelList kernels_;
  std::vector<std::vector<std::size_t>> programs_;  ///< by object
  std::vector<std::string> paths_;
  std::vector<std::vector<ObjectOutcome>> outcomes_;
  std::vector<std::vector<std::uint32_t>> combinations_;
  std::vector<std::uint32_t> combination_of_;
  std::vector<ModuleRoots> module_lists_;
  std::vector<std::uint32_t> module_list_of_;
};

/// Numbers of objects, programs and kernels for which a condition holds.
struct Extent {
  std::size_t objects = 0;
  std::size_t programs = 0;  ///< programs of all objects, each counted once
  std::size_t kernels = 0;
};

/// Counts the objects and programs that have an unresolved relocation for which `is_meant` returns true on some kernel,
/// and the kernels on which some object has such a relocation.
[[nodiscard]] Extent extent_of(const CheckResult& result,
                               const std::function<bool(const UnresolvedRelocation&)>& is_meant);

/// Returns the number of programs of all objects for each Standing, in its order. A program counts for its worst
/// standing on any kernel. Programs of objects that are used for no kernel do not count.
[[nodiscard]] std::vector<std::size_t> programs_by_standing(const CheckResult& result);

/// Instructions of one program or subprogram.
struct CheckedPlace {
  std::vector<std::uint32_t> instructions;  ///< numbers in that function, ascending
  std::set<std::size_t> programs;           ///< indices of the programs concerned: the program itself, or its callers

  bool operator==(const CheckedPlace&) const = default;
};

/// Unresolved relocations of one object with equal reason.
struct CheckRow {
  Standing standing = Standing::poisoned;
  Guard guard = Guard::none;
  std::vector<DataCondition> conditions;  ///< UnresolvedRelocation::conditions
  Reason reason = Reason::none;
  std::string detail;
  std::vector<std::string> subjects;           ///< in the order of the relocations
  std::map<std::size_t, CheckedPlace> places;  ///< by function_of()
};

/// Returns one row for each distinct reason, subject and guard of `outcome`: the worst standing first, then in the
/// order of the relocations.
[[nodiscard]] std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome);

/// Merges rows that differ only in subjects and instructions. Example: "s.a: no such member (p insn 1)" and
/// "s.b: no such member (p insn 2)" become one row with the subjects s.a, s.b and the instructions 1, 2 of p.
[[nodiscard]] std::vector<CheckRow> merged(std::vector<CheckRow> rows);

}  // namespace minbtf::cli
