// What all kernels of a run came to, put together: each distinct outcome once.
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

/// From best to worst.
enum class Standing : std::uint8_t {
  relocates,
  guarded,   ///< has poisoned instructions, and each is looked after: see Guard
  poisoned,  ///< has one that is not
  fails,
};

/// Of unresolved relocations that have something in common: one program, one object.
[[nodiscard]] Standing standing_of(std::span<const UnresolvedRelocation> unresolved) noexcept;
[[nodiscard]] Standing standing_of(const UnresolvedRelocation& failing) noexcept;

struct ObjectOutcome {
  Standing standing = Standing::relocates;
  ObjectUnresolved shared;  ///< of this object, by relocation

  [[nodiscard]] const std::vector<UnresolvedRelocation>& unresolved() const noexcept { return *shared; }
};

struct CheckedKernel {
  std::string path;  ///< as its output would be called
  CheckOutcome outcome;
};

class CheckResult {
 public:
  /// `plan` has to live as long as the result. The outcomes are of that plan and all from one store.
  CheckResult(const Plan& plan, std::vector<CheckedKernel> kernels);

  [[nodiscard]] const std::vector<BpfObject>& objects() const noexcept { return plan_.objects(); }
  /// The program or subprogram that the instruction is in: an index of the object's programs().
  [[nodiscard]] std::size_t function_of(const UnresolvedRelocation& failing) const;
  /// The number of the instruction there.
  [[nodiscard]] std::uint32_t insn_of(const UnresolvedRelocation& failing) const;
  /// Those that something is said of, as indices: programs, and subprograms that no program calls.
  [[nodiscard]] const std::vector<std::size_t>& programs(std::size_t object) const { return programs_[object]; }
  [[nodiscard]] RelocationText describe(const UnresolvedRelocation& failing) const {
    return plan_.describe(failing.object, failing.relocation);
  }

  [[nodiscard]] const KernelList& kernels() const noexcept { return kernels_; }
  [[nodiscard]] const std::string& path(std::size_t kernel) const { return paths_[kernel]; }
  /// Distinct outcomes of one object, by the first kernel.
  [[nodiscard]] const std::vector<ObjectOutcome>& outcomes(std::size_t object) const { return outcomes_[object]; }
  /// Distinct outcomes of all objects together, by the first kernel: for each object an index into outcomes().
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& combinations() const noexcept { return combinations_; }
  /// An index into combinations().
  [[nodiscard]] std::uint32_t combination_of(std::size_t kernel) const { return combination_of_[kernel]; }
  /// A flag for each kernel: does the object come to one of these outcomes? `wanted` has a flag for each outcome.
  [[nodiscard]] std::vector<bool> kernels_of(std::size_t object, const std::vector<bool>& wanted) const;

 private:
  const Plan& plan_;
  KernelList kernels_;
  std::vector<std::vector<std::size_t>> programs_;  ///< by object
  std::vector<std::string> paths_;
  std::vector<std::vector<ObjectOutcome>> outcomes_;
  std::vector<std::vector<std::uint32_t>> combinations_;
  std::vector<std::uint32_t> combination_of_;
};

/// How much something holds for.
struct Extent {
  std::size_t objects = 0;
  std::size_t programs = 0;  ///< of all objects, each once
  std::size_t kernels = 0;
};

/// Objects and programs that have such an unresolved relocation on some kernel, and kernels on which one has.
[[nodiscard]] Extent extent_of(const CheckResult& result,
                               const std::function<bool(const UnresolvedRelocation&)>& is_meant);

/// Programs of all objects by their worst standing on any kernel, in the order of Standing.
[[nodiscard]] std::vector<std::size_t> programs_by_standing(const CheckResult& result);

/// Instructions of one program or subprogram.
struct CheckedPlace {
  std::vector<std::uint32_t> instructions;  ///< numbers there, ascending
  std::set<std::size_t> programs;           ///< that are concerned, by index: itself, or those that call it

  bool operator==(const CheckedPlace&) const = default;
};

/// One reason.
struct CheckRow {
  Standing standing = Standing::poisoned;
  Guard guard = Guard::none;
  std::vector<DataCondition> conditions;  ///< UnresolvedRelocation::conditions
  Reason reason = Reason::none;
  std::string detail;
  std::vector<std::string> subjects;           ///< in the order of the records
  std::map<std::size_t, CheckedPlace> places;  ///< by the index of what the instructions are in
};

/// One row for each reason of an outcome; the worst first, then in the order of the records.
[[nodiscard]] std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome);

/// Puts together rows that differ in nothing but subjects and instructions.
[[nodiscard]] std::vector<CheckRow> merged(std::vector<CheckRow> rows);

}  // namespace minbtf::cli
