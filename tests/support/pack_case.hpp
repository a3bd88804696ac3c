// SPDX-License-Identifier: BSD-2-Clause
// Kernels in one pack, and a comparison of their stand-ins with their whole BTF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "pack/kernel_types.hpp"
#include "pack/pack.hpp"

namespace minbtf::test {

/// A pack of some kernels. Kernel i is the source "NUMBER.btf", with a number that keeps the order.
class PackedKernels {
 public:
  using Bytes = std::vector<std::uint8_t>;

  explicit PackedKernels(std::vector<Bytes> kernels, pack::PackContents contents = pack::PackContents::everything);

  [[nodiscard]] std::size_t size() const noexcept { return kernels_.size(); }
  [[nodiscard]] const Bytes& whole(std::size_t kernel) const { return kernels_[kernel]; }
  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const pack::Pack& pack() const noexcept { return *pack_; }
  /// Returns the kernel's number in the pack.
  [[nodiscard]] std::uint32_t number(std::size_t kernel) const {
    return pack_->catalog().sources[kernel].members[0].kernel;
  }
  [[nodiscard]] const pack::PackedKernel& facts(std::size_t kernel) const {
    return pack_->catalog().kernels[number(kernel)];
  }
  /// Returns why the kernel is verbatim; empty for any other kernel.
  [[nodiscard]] const std::string& verbatim_reason(std::size_t kernel) const { return reasons_[kernel]; }
  [[nodiscard]] std::size_t verbatim_count() const;
  /// Returns the stand-in for these types, or the whole BTF of a verbatim kernel.
  [[nodiscard]] Bytes stand_in(std::size_t kernel, const WantedTypes& wanted) const;
  /// Returns a BTF of all types that the pack has of the kernel.
  [[nodiscard]] Bytes exported(std::size_t kernel) const;
  /// Returns `stand_in`, which must outlive the result, with the size and number of types of the kernel.
  [[nodiscard]] KernelBtf as_kernel(std::size_t kernel, const Bytes& stand_in) const;

 private:
  [[nodiscard]] Bytes made(std::size_t kernel, const pack::StandInRequest& request) const;

  std::vector<Bytes> kernels_;
  std::vector<std::string> reasons_;
  Bytes bytes_;
  std::unique_ptr<pack::Pack> pack_;
};

/// Everything that the three functions of a plan return for one kernel, without type ids of its BTF. An Error is a
/// result too.
struct PlanResults {
  std::vector<std::uint8_t> reduced;
  std::string minimize;
  std::string check;
  std::string compare;  ///< with each of the given BTFs

  bool operator==(const PlanResults&) const = default;
};

/// `of_check` is the kernel for Plan::check(), which searches for more types.
[[nodiscard]] PlanResults results_of(const Plan& plan, const KernelBtf& kernel, const KernelBtf& of_check,
                                     std::span<const std::vector<std::uint8_t>> compared);

/// Compares the results of the plan on a stand-in with those on the whole BTF. Comparisons are those with the kernel's
/// own reduction, with nothing, and with each BTF in `compared`. Returns what is different, or an empty string.
[[nodiscard]] std::string wrong_with_stand_in(const Plan& plan, const PackedKernels& kernels, std::size_t kernel,
                                              std::vector<std::vector<std::uint8_t>> compared = {});

}  // namespace minbtf::test
