// SPDX-License-Identifier: BSD-2-Clause
// Types that relocations search for and that only modules of a kernel have.
#pragma once

#include "minbtf/cxx20.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/resolution.hpp"

namespace minbtf {

/// The result of a relocation with some modules loaded.
struct ModuleAnswer {
  std::vector<std::string> modules = {};  ///< names, sorted
  Status status = Status::poisoned;
  Failure failure = Failure::none;  ///< set if status is failed
  std::uint64_t value = 0;          ///< Resolution::value; for type_id_target 1 if there is a type, otherwise 0
  std::uint32_t load_size = 0;      ///< Resolution::load_size

  auto operator<=>(const ModuleAnswer&) const = default;
};

/// A relocation whose result depends on which of the modules are loaded.
struct ModuleDifference {
  std::size_t object = 0;      ///< index of the object in the plan
  std::size_t relocation = 0;  ///< index of the record in that object; of several with this question, the first one
  RelocationKind kind = RelocationKind::field_byte_offset;
  std::string subject = {};  ///< as Explanation::subject: "inode.i_flags", "struct inode"
  /// One entry for each distinct result with only one of the modules loaded; by the first module. Each module of the
  /// ModuleRoot is in one entry.
  std::vector<ModuleAnswer> alone = {};
  ModuleAnswer together = {};  ///< the result with all modules loaded, in the order of KernelBtf::modules
  /// True if the result with all modules loaded is another one if another module is loaded first: status, value or load
  /// size.
  bool depends_on_order = false;

  auto operator<=>(const ModuleDifference&) const = default;
};

/// A type that relocations search for, by kind and essential name. Modules have candidates for it, and vmlinux has
/// none. If none of the modules is loaded, libbpf finds no candidate.
struct ModuleRoot {
  std::string type = {};                  ///< kind and essential name: "struct btrfs_inode"
  std::vector<std::string> modules = {};  ///< modules that have a candidate; names, sorted
  /// One entry for each question whose results differ, in the order of the objects' records. Empty if the modules
  /// agree: with all programs loaded, each relocation then has the same result (status, failure, value, load size) for
  /// every subset of the modules that is not empty, in whatever order they are loaded. The values of type_id_target are
  /// not compared with only one module loaded: each module has type ids of its own.
  std::vector<ModuleDifference> differences = {};

  [[nodiscard]] bool agree() const noexcept { return differences.empty(); }
  auto operator<=>(const ModuleRoot&) const = default;
};

}  // namespace minbtf
