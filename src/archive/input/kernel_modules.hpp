// SPDX-License-Identifier: BSD-2-Clause
// The modules of one kernel: reads their files, finds those that a task needs, and joins their BTF with that of
// vmlinux.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "archive/input/module_file.hpp"
#include "archive/input/module_options.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/spool.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// A file with the BTF of a module. It is read when it is needed.
struct ModuleSource {
  std::string path;      ///< for messages
  std::string location;  ///< path for opening the file
  /// Reads the file in place of read_module(location). May be empty. Any number of threads may call it.
  std::function<ModuleFile(const UnpackLimits& limits)> read{};
  /// The user named this file. It is used whatever the choice is, and a module without BTF is an error.
  bool is_named = false;
  std::string module = {};  ///< name of the module; empty: name() takes it from the path

  /// Returns the name of the module by the name of its file (module_name_of()).
  [[nodiscard]] std::string name() const { return module.empty() ? module_name_of(path) : module; }
};

/// Returns a member of a tar, which was kept in `store`, as a source.
[[nodiscard]] ModuleSource kept_module(const std::string& tar, const std::string& member,
                                       std::shared_ptr<const io::Store> store, io::Store::Place place);

/// vmlinux of a kernel with modules.
struct BaseKernel {
  std::span<const std::uint8_t> btf;  ///< raw BTF, not checked
  std::string file;                   ///< path for messages
  std::string release;                ///< release_of_kernel()
};

struct ModuleRequest {
  ModuleChoice choice = {};
  /// Types that the task searches for by name. Modules without such a type are left out: they have no influence. If
  /// nothing is set, all modules are joined.
  std::optional<WantedTypes> wanted = {};
  UnpackLimits limits = {};
  std::size_t jobs = 1;  ///< number of modules that are read at a time
};

/// A module that was left out because of an error.
struct ModuleFault {
  std::size_t module = 0;  ///< index in the list of sources
  Problem problem;
};

/// A kernel with those of its modules that the task needs.
struct JoinedKernel {
  std::vector<std::uint8_t> bytes;            ///< joined BTF; empty if no module is needed
  std::vector<KernelModule> modules = {};     ///< as KernelBtf::modules
  std::uint64_t source_bytes = 0;             ///< of vmlinux and all modules that were chosen, in bytes
  std::uint32_t source_types = 0;             ///< of the same, without `void`
  std::size_t read = 0;                       ///< number of modules that were chosen and fit
  std::vector<std::string> without_btf = {};  ///< paths of modules that were built without BTF
  std::vector<ModuleFault> faults = {};       ///< by index

  /// Returns the kernel for a task. `base` is BaseKernel::btf. The result refers to this object and to `base`.
  [[nodiscard]] KernelBtf kernel(std::span<const std::uint8_t> base) const;
};

/// Reads all `sources` that `request` chooses, each once, on several threads. A module over which two sources disagree
/// is taken from the first, and the second is a fault. At most `jobs` modules, and those that are needed, are in
/// memory. The result does not depend on the number of threads. Throws Error if the base is damaged.
[[nodiscard]] JoinedKernel join_modules(const BaseKernel& base, const std::vector<ModuleSource>& sources,
                                        const ModuleRequest& request);

/// Returns a warning about modules that were built without BTF.
[[nodiscard]] std::string without_btf_text(const std::vector<std::string>& paths);

/// Appends a warning about each name of `choice` that no kernel has: it is not in `names`.
void warn_of_missing_modules(const ModuleChoice& choice, const std::vector<std::string>& names,
                             std::vector<std::string>& warnings);

/// Returns the names of `choice` that no source has.
[[nodiscard]] std::vector<std::string> missing_modules(const ModuleChoice& choice,
                                                       const std::vector<ModuleSource>& sources);

}  // namespace minbtf::archive
