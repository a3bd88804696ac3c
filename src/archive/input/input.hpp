// SPDX-License-Identifier: BSD-2-Clause
// INPUT of a command. It is opened once, and provides kernels.
//
// Each kind of input is a class: KernelFile, KernelWithModules, DirectoryInput, TarInput, PackInput. A new kind derives
// from Input, runs the task for each of its kernels in process(), and gets a line in open_input(). Commands do not
// depend on the kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/input/module_options.hpp"
#include "archive/input/process_request.hpp"
#include "io/sha256.hpp"

namespace minbtf::archive {

struct SourceRecord {
  enum class Origin {
    processed,
    cached,
    known,     ///< was not read; the outcome is empty (ProcessRequest::knows)
    repeated,  ///< has the same bytes (ELF: the same .BTF section) as an earlier source, and shares its outcome
  };

  std::string path;  ///< relative to the input; empty if the input is one file
  /// Hash of the file; for an ELF file, hash of its .BTF section. Zero if the hash was not needed: see
  /// ProcessRequest::hashes.
  io::Hash hash;
  std::optional<io::Sha256> sha256{};  ///< SHA-256 of the file, if ProcessRequest::digests is set
  bool is_elf = false;                 ///< the source is an uncompressed ELF file
  Origin origin = Origin::processed;
  SourceOutcome outcome;
};

struct ProcessedInput {
  std::vector<SourceRecord> records;  ///< one for each source, by path
  std::vector<SourceFault> faults;    ///< paths that could not be read
  std::size_t ignored = 0;            ///< files without a kernel, in addition to those counted in the records
  /// Paths of these files, if the input is a directory.
  std::vector<std::string> ignored_paths{};
  std::vector<std::string> warnings{};  ///< about modules, in whole sentences
  /// Set if the input is one kernel with modules.
  std::optional<ModulesRead> modules_read{};
  std::size_t modules = 0;      ///< part of `ignored`: kernel modules and their BTF
  std::size_t unselected = 0;   ///< sources that are not selected, in addition to those counted in the records
  std::size_t missed_i386 = 0;  ///< unselected sources for which PathSelection::misses_i386() is true
};

class Input {
 public:
  virtual ~Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Path of the input as the user gave it.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Returns the kind of input for messages: "kernel", "directory", "tar", "pack".
  [[nodiscard]] virtual const char* noun() const noexcept = 0;
  /// Returns true if the input is one kernel. Reports are then about this kernel, and not about paths in a tree. The
  /// result for a pipe is valid after load().
  [[nodiscard]] virtual bool is_one_kernel() const noexcept { return false; }

  /// Returns the files that an input of one kernel reads, as far as they are known: no output may replace one of them.
  /// Empty if path() is the only file.
  [[nodiscard]] virtual std::vector<std::string> files() const { return {}; }
  /// Returns the path after which the output of an input of one kernel is named.
  [[nodiscard]] virtual std::string naming_path() const { return path_; }
  /// Reads the input if it is one kernel. Throws Error if the kernel cannot be read.
  virtual void load() {}
  /// Does the same for the only kernel that is selected, if the input can do that: a pack. Throws Error (wrong_file) if
  /// not exactly one kernel is selected.
  virtual void load_one(const PathSelection& /*selection*/, const UnpackLimits& /*limits*/) { load(); }
  /// Returns the raw, unchecked BTF of the one kernel, valid during the lifetime of the input. Requires load() or
  /// load_one(). Throws Error (wrong_file) for an input of many kernels.
  [[nodiscard]] virtual std::span<const std::uint8_t> one_kernel() const = 0;

  /// Runs the task of the request for each kernel. Requires load(). May be called more than once. Throws Error for a
  /// fault of the input as a whole.
  ///
  /// Rules for a class with many kernels:
  /// - It calls ProcessRequest::begin once, before it reads any source.
  /// - It counts kernels that are not selected and does not process them. The limits apply to each kernel and path.
  /// - Paths of members are clean (path_fault(), cleaned_path()); a bad path is a Problem.
  /// - It calls load_cached() with a key of the bytes, the plan and everything else that the outcome depends on.
  /// - It runs the task with io::run_tasks() on up to `jobs` threads. Each result has a slot of its own, so that the
  ///   results do not depend on the number of threads. KernelPlace::source is SourceRecord::path, and
  ///   KernelPlace::member is FoundKernel::member.
  /// - An exception of the task becomes a Problem of that kernel (current_exception_as_problem()). Other kernels are
  ///   still processed.
  /// - Equal kernels share a result only if the task does not depend on the place (KernelTask::depends_on_place()).
  /// - It calls store_cached() for each outcome, and ProgressLog::add() for each finished source.
  ///
  /// An input of one kernel has one record with one kernel. Exceptions of the task are passed to the caller.
  [[nodiscard]] virtual ProcessedInput process(const ProcessRequest& request) = 0;

 protected:
  explicit Input(std::string path) : path_(std::move(path)) {}

 private:
  std::string path_;
};

/// Throws Error (wrong_file) for a tar of many kernels if the command needs one kernel.
[[noreturn]] void refuse_many(const std::string& path);

struct InputOptions {
  UnpackLimits limits{};
  bool takes_objects = false;  ///< accept a BPF object, and use its own BTF
  bool tars_are_many = false;  ///< treat a tar with one kernel as an input of many kernels
  bool takes_packs = false;    ///< accept a pack
  bool follow_directory_links = true;
  /// Read the BTF of modules beside that of their kernel. If this is not set, it is ignored.
  std::optional<ModuleOptions> modules{};
  /// Directory of the outputs. Symbolic links to it are not followed. May be empty.
  std::filesystem::path left_out{};
};

/// Returns the modules that are used; nothing if modules are ignored.
[[nodiscard]] std::optional<ModuleChoice> module_choice(const InputOptions& options);

/// Returns the input at `path`. The kind of input depends on the contents and on InputOptions::modules. Throws Error
/// (wrong_file) if ModuleOptions::files is set and the path is a directory of many kernels. For all other bad inputs
/// load() or process() throws.
[[nodiscard]] std::unique_ptr<Input> open_input(const std::string& path, const InputOptions& options);

}  // namespace minbtf::archive
