// SPDX-License-Identifier: BSD-2-Clause
// The results of a run over a pack, for kernels that need not be processed: an equal one was processed before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "io/hash.hpp"
#include "pack/catalog.hpp"
#include "pack/pack.hpp"

namespace minbtf::archive {

/// The last kernel that one thread processed. The next one often has the same BTF in place of its own.
struct LastResult {
  pack::KernelRange kernels{};   ///< pack::SharedBtf::kernels
  std::uint64_t least_size = 0;  ///< pack::SharedBtf::least_size
  std::string place_class{};     ///< KernelTask::place_class()
  pack::PackedKernel kernel{};
  KernelResultPtr result{};  ///< null: none yet
};

/// For a task with KernelTask::depends_on_place() false. Any number of threads may use one object.
class SharedResults {
 public:
  /// The task must outlive the object.
  explicit SharedResults(const KernelTask& task) : task_(task) {}

  /// Returns the result of the kernel from that of `last`; null if they are not known to be equal.
  [[nodiscard]] KernelResultPtr after(const LastResult& last, std::uint32_t number, const pack::PackedKernel& kernel,
                                      const std::string& place_class) const;
  /// Returns the result of a kernel with the same number in the pack; null if there is none.
  [[nodiscard]] KernelResultPtr of_number(std::uint32_t number, const std::string& place_class) const;
  /// Returns the result of a kernel from that of another one for which run() got the same bytes; null if there is none.
  [[nodiscard]] KernelResultPtr of_bytes(std::span<const std::uint8_t> btf, const pack::PackedKernel& kernel,
                                         const std::string& place_class) const;
  /// Adds the result of a kernel for of_number(), unless another thread has added one. Returns that of of_number().
  [[nodiscard]] KernelResultPtr add(std::uint32_t number, const std::string& place_class,
                                    const KernelResultPtr& result);
  /// Adds a result for of_bytes(), and a copy of `btf`, unless it or all copies are too large.
  void add(std::span<const std::uint8_t> btf, const pack::PackedKernel& kernel, const std::string& place_class,
           const KernelResultPtr& result);

 private:
  struct Known {
    std::vector<std::uint8_t> btf;
    std::string place_class;
    pack::PackedKernel kernel;
    KernelResultPtr result;
  };
  struct HashOfHash {
    std::size_t operator()(const io::Hash& hash) const noexcept { return static_cast<std::size_t>(hash.low); }
  };

  const KernelTask& task_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::uint32_t, std::string>, KernelResultPtr> by_number_;
  std::unordered_multimap<io::Hash, Known, HashOfHash> by_bytes_;  ///< by hash of Known::btf
  std::size_t bytes_ = 0;                                          ///< of all Known::btf
};

}  // namespace minbtf::archive
