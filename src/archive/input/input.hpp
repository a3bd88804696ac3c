// INPUT of a command: opened once, and answered with kernels.
//
// A kind of input is a class of its own: KernelFile, DirectoryInput, TarInput. A new kind derives from Input, does the
// task for each of its kernels in process(), and gets a line in open_input(). Commands do not ask which one they have.
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

#include "archive/input/process_request.hpp"
#include "io/sha256.hpp"

namespace minbtf::archive {

struct SourceRecord {
  enum class Origin {
    processed,
    cached,
    repeated,  ///< the same bytes as an earlier source of this run, as far as they were hashed
  };

  std::string path;  ///< relative to the input; empty if the input is one file
  /// Of the file's bytes; of an ELF file, of its .BTF section. Zero if nobody needed it: see ProcessRequest::hashes.
  io::Hash hash;
  std::optional<io::Sha256> sha256{};  ///< of the file, if ProcessRequest::digests asks for it
  Origin origin = Origin::processed;
  SourceOutcome outcome;
};

struct ProcessedInput {
  std::vector<SourceRecord> records;  ///< one for each source, by path
  std::vector<SourceFault> faults;    ///< what could not be looked at
  std::size_t ignored = 0;            ///< other files, besides those in the records
  std::size_t unselected = 0;         ///< sources that the selection does not take, besides those in the records
  std::size_t missed_i386 = 0;        ///< of them: PathSelection::misses_i386()
};

class Input {
 public:
  virtual ~Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// As it was given.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// What it is, for messages: "kernel", "directory", "tar".
  [[nodiscard]] virtual const char* noun() const noexcept = 0;
  /// Whether it stands for one kernel. Then its report is about that, and not about the paths in a tree. Of a pipe it
  /// is known after load().
  [[nodiscard]] virtual bool is_one_kernel() const noexcept { return false; }

  /// Reads what has to be in memory before anything else is done. Throws Error for a kernel that cannot be read.
  virtual void load() {}
  /// The raw and unchecked BTF of one kernel, valid as long as the input; after load(). Throws Error (wrong_file) for
  /// an input of many.
  [[nodiscard]] virtual std::span<const std::uint8_t> one_kernel() const = 0;

  /// Does the task of the request for each kernel, after load(). May be called again. Throws Error for what concerns
  /// the whole input.
  ///
  /// An input of many kernels, in the order in which a new one is written:
  /// - It calls ProcessRequest::begin once, before anything is read.
  /// - It leaves kernels out that the selection does not take, and counts them; the limits hold for each kernel and
  /// path.
  /// - Paths of members are clean (path_fault(), cleaned_path()); one that is not is a Problem.
  /// - It looks for the outcome with load_cached(), under a key of the bytes, the plan and all else that it depends on.
  /// - It runs the task by io::run_tasks() on up to `jobs` threads, each result in a slot of its own, so that nothing
  ///   depends on the number of threads. KernelPlace::source is SourceRecord::path, and KernelPlace::member is
  ///   FoundKernel::member.
  /// - What the task throws becomes a Problem of that kernel: current_exception_as_problem(). Others go on.
  /// - It shares a result between equal kernels only if the task does not depend on the place.
  /// - It keeps outcomes with store_cached(), and calls ProgressLog::add() for what is done.
  ///
  /// An input of one kernel has one record with one kernel, and throws what the task throws.
  [[nodiscard]] virtual ProcessedInput process(const ProcessRequest& request) = 0;

 protected:
  explicit Input(std::string path) : path_(std::move(path)) {}

 private:
  std::string path_;
};

/// Throws Error (wrong_file) for a tar of many where one kernel is wanted.
[[noreturn]] void refuse_many(const std::string& path);

struct InputOptions {
  UnpackLimits limits{};
  bool takes_objects = false;  ///< a file may also be a BPF object, for its own BTF
  bool tars_are_many = false;  ///< a tar is an input of many kernels also if only one is in it
  bool follow_directory_links = true;
  std::filesystem::path left_out{};  ///< a directory that links are not followed to, such as that of the outputs
};

/// Finds out what `path` is by its contents. Does not throw Error: what is wrong with it is reported by load() or
/// process().
[[nodiscard]] std::unique_ptr<Input> open_input(const std::string& path, const InputOptions& options);

}  // namespace minbtf::archive
