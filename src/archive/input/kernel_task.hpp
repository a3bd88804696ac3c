// What is done with each kernel of a run, and what it gives.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace minbtf::archive {

/// Where a kernel was found.
struct KernelPlace {
  std::string source;  ///< path of the file, relative to the input; empty if it is the input
  std::string member;  ///< path in that, if it is a tar; else empty
  /// Path in the source of the packed tar that the member is in; mostly empty. A kernel that turns out to be alone in
  /// it is called as it, and FoundKernel::member is this path then.
  std::string inner_tar = {};
  std::string name;  ///< of the file, for messages
};

/// What a task makes of one kernel. Each task has a type of its own for it: see ResultOf.
class KernelResult {
 public:
  virtual ~KernelResult() = default;

 protected:
  KernelResult() = default;
  KernelResult(const KernelResult&) = default;
  KernelResult& operator=(const KernelResult&) = default;
};

/// Never null in an outcome. Sources with equal bytes may share one.
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

/// The value in a result of the task that makes such values. Throws std::bad_cast for another task's.
template <typename Value>
[[nodiscard]] const Value& value_of(const KernelResult& result) {
  return dynamic_cast<const ResultOf<Value>&>(result).value;
}

/// Any number of threads may use one task.
class KernelTask {
 public:
  virtual ~KernelTask() = default;

  /// Does it with raw BTF that nobody has checked yet. Throws Error; then the kernel is one that failed.
  [[nodiscard]] virtual KernelResultPtr run(const KernelPlace& place, std::span<const std::uint8_t> btf) const = 0;
  /// Whether two kernels that stand for one output path may count as one: their results are equal.
  [[nodiscard]] virtual bool is_same(const KernelResult& one, const KernelResult& other) const = 0;
  /// What an earlier run made of the same bytes, as a result of this run. Null if this task does not take it over.
  [[nodiscard]] virtual KernelResultPtr adopt(const KernelResultPtr& /*result*/) const { return nullptr; }
  /// Whether equal bytes at another place can give another result: then sources share none.
  [[nodiscard]] virtual bool depends_on_place() const noexcept { return false; }

 protected:
  KernelTask() = default;
  KernelTask(const KernelTask&) = default;
  KernelTask& operator=(const KernelTask&) = default;
};

/// A task whose results are of one type.
template <typename Value>
class TaskWithResult : public KernelTask {
 public:
  [[nodiscard]] KernelResultPtr run(const KernelPlace& place, std::span<const std::uint8_t> btf) const final {
    return make_result(process(place, btf));
  }
  [[nodiscard]] bool is_same(const KernelResult& one, const KernelResult& other) const final {
    return are_equal(value_of<Value>(one), value_of<Value>(other));
  }

 protected:
  /// As KernelTask::run().
  [[nodiscard]] virtual Value process(const KernelPlace& place, std::span<const std::uint8_t> btf) const = 0;
  /// As KernelTask::is_same().
  [[nodiscard]] virtual bool are_equal(const Value& one, const Value& other) const = 0;
};

}  // namespace minbtf::archive
