// SPDX-License-Identifier: BSD-2-Clause
// The plans of a run: which objects are used for a kernel, by the architecture that its path names.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/input/architecture.hpp"
#include "archive/input/kernel_task.hpp"
#include "archive/input/object_list.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// One plan for each distinct set of objects. All plans have the same objects at the same indices. Copies share the
/// plans. Any number of threads may use the same Plans.
class Plans {
 public:
  /// A set of objects.
  struct Part {
    std::vector<std::string_view> architectures;  ///< Architecture::bpf_name, sorted; empty: all kernels
    std::shared_ptr<const Plan> plan;             ///< uses the objects of these architectures only
  };

  /// All objects are used for all kernels. `all` must outlive the Plans and their copies. Implicit, so that a task for
  /// one plan can be made from the plan.
  Plans(const Plan& all);  // NOLINT(google-explicit-constructor)
  /// Objects are used by architecture. `input` is the architecture of the kernels whose path names none; it may be
  /// null.
  Plans(const Plan& all, ObjectArchitectures architectures, const Architecture* input);

  /// Returns the plan that uses all objects, for texts about objects. No kernel may have it.
  [[nodiscard]] const Plan& all() const noexcept { return *all_; }
  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }
  [[nodiscard]] bool are_by_architecture() const noexcept { return by_architecture_.has_value(); }
  /// Returns the architectures of the kernels that an object is used for; nothing if it is used for all kernels.
  [[nodiscard]] std::optional<std::vector<std::string_view>> architectures_of(std::size_t object) const;

  /// Returns the plan for the kernel at this place. Throws Error if its path names no architecture, or an architecture
  /// without objects.
  [[nodiscard]] const Plan& plan_for(const KernelPlace& place) const;
  /// Does the same for a kernel by its path in the input (selection_path()). `name` is its name in messages.
  [[nodiscard]] const Plan& plan_for(std::string_view path, const std::string& name) const;
  /// Implements KernelTask::place_class(): the architectures of the part for kernels at this path.
  [[nodiscard]] std::string place_class(std::string_view path) const;
  /// Returns the reasons of the errors that plan_for() can throw. Many kernels of a run can have the same.
  [[nodiscard]] std::set<std::string> error_reasons() const;

  // Types that a task for these plans searches for, whatever the place of the kernel.
  [[nodiscard]] WantedTypes wanted_types(ByteOrder order) const;
  [[nodiscard]] WantedTypes wanted_types_of_check(ByteOrder order) const;
  [[nodiscard]] WantedTypes wanted_types_of_all() const;

 private:
  struct ByArchitecture {
    ObjectArchitectures objects;
    const Architecture* input = nullptr;
    std::map<std::string_view, std::size_t> parts = {};  ///< by Architecture::bpf_name: index in parts_
  };

  const Plan* all_;
  std::vector<Part> parts_;
  std::optional<ByArchitecture> by_architecture_;
};

}  // namespace minbtf::archive
