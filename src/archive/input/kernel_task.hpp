// SPDX-License-Identifier: BSD-2-Clause
// The task that a run executes for each kernel, and its results.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// Place of a kernel in the input.
struct KernelPlace {
  std::string source;  ///< path of the file, relative to the input; empty if the file is the input
  std::string member;  ///< path in the source if the source is a tar; otherwise empty
  /// Path, in the source, of the inner tar that holds the member; empty if the member is not in an inner tar. If the
  /// only kernel of an inner tar is named after that tar (is_named_by_tar()), FoundKernel::member is this path.
  std::string inner_tar = {};
  std::string name;           ///< name of the file in messages
  bool is_directory = false;  ///< FoundKernel::is_directory
  /// Number of the kernel in the pack, if the input is a pack.
  std::optional<std::uint32_t> packed_kernel = {};
};

/// Result of a task for one kernel. Each task has its own type of result: see ResultOf.
class KernelResult {
 public:
  virtual ~KernelResult() = default;

 protected:
  KernelResult() = default;
  KernelResult(const KernelResult&) = default;
  KernelResult& operator=(const KernelResult&) = default;
};

/// Never null in a SourceOutcome. Sources with equal bytes may share a result.
using KernelResultPtr = std::shared_ptr<const KernelResult>;

template <typename Value>
class ResultOf final : public KernelResult {
 public:
  explicit ResultOf(Value made) : value(std::move(made)) {}
  Value value;
};

template <typename Value>
[[nodiscard]] KernelResultPtr make_result(Value value) {
  return std::make_shared<const ResultOf<Value>>(std::move(value));
}

/// Returns the value in a result. Throws std::bad_cast if the result has another type, because another task made it.
template <typename Value>
[[nodiscard]] const Value& value_of(const KernelResult& result) {
  return dynamic_cast<const ResultOf<Value>&>(result).value;
}

/// Interface of a task. Any number of threads may use one task.
class KernelTask {
 public:
  virtual ~KernelTask() = default;

  /// Processes one kernel. A result has nothing of the size of a stand-in: everything about the source is that of the
  /// whole BTF. Throws Error; the kernel is then reported as failed.
  [[nodiscard]] virtual KernelResultPtr run(const KernelPlace& place, const KernelBtf& kernel) const = 0;
  /// Returns the types that run() searches for by name in kernels of this byte order: run() gives the same result for a
  /// stand-in with these types. Returns nothing if run() needs the whole BTF.
  [[nodiscard]] virtual std::optional<WantedTypes> wanted_types(ByteOrder /*order*/) const { return std::nullopt; }
  /// Returns true if the results are equal. Two kernels with the same output path are then treated as one.
  [[nodiscard]] virtual bool is_same(const KernelResult& one, const KernelResult& other) const = 0;
  /// Returns a result of an earlier run for the same bytes as a result of this run; null if this task cannot use it.
  [[nodiscard]] virtual KernelResultPtr adopt(const KernelResultPtr& /*result*/) const { return nullptr; }
  /// Returns the result for another kernel, of which run() would get the same bytes as for the kernel of `result`. Its
  /// own BTF has `source_bytes` bytes and `source_types` types. Returns null if run() has to make the result.
  [[nodiscard]] virtual KernelResultPtr for_equal_kernel(const KernelResultPtr& /*result*/,
                                                         std::uint64_t /*source_bytes*/,
                                                         std::uint32_t /*source_types*/) const {
    return nullptr;
  }
  /// Returns true if equal bytes at different places can have different results. Sources then share no results.
  [[nodiscard]] virtual bool depends_on_place() const noexcept { return false; }
  /// Returns a text for all that a result depends on besides the kernel, for a kernel at `path` in the input
  /// (selection_path()). If depends_on_place() is false, equal bytes at paths with equal texts have equal results. For
  /// a source that holds several kernels, the text is that of the source's path; the places of the kernels are then
  /// part of the source's bytes.
  [[nodiscard]] virtual std::string place_class(std::string_view /*path*/) const { return {}; }

 protected:
  KernelTask() = default;
  KernelTask(const KernelTask&) = default;
  KernelTask& operator=(const KernelTask&) = default;
};

/// A task whose results are of one type.
template <typename Value>
class TaskWithResult : public KernelTask {
 public:
  [[nodiscard]] KernelResultPtr run(const KernelPlace& place, const KernelBtf& kernel) const final {
    return make_result(process(place, kernel));
  }
  [[nodiscard]] bool is_same(const KernelResult& one, const KernelResult& other) const final {
    return are_equal(value_of<Value>(one), value_of<Value>(other));
  }

 protected:
  /// Implements KernelTask::run().
  [[nodiscard]] virtual Value process(const KernelPlace& place, const KernelBtf& kernel) const = 0;
  /// Implements KernelTask::is_same().
  [[nodiscard]] virtual bool are_equal(const Value& one, const Value& other) const = 0;
};

}  // namespace minbtf::archive
