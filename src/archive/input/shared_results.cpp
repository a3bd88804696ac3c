// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/shared_results.hpp"

#include <algorithm>

#include "minimize/query/outcome_table.hpp"

namespace minbtf::archive {

namespace {

/// Limit of the BTFs that are kept to compare others with them. A stand-in of all objects of a product has some 100 kB.
constexpr std::size_t most_kept_bytes = std::size_t{128} << 20U;

/// Limit of one of them. A larger one is the whole BTF of a kernel, or most of it, and no other kernel has it.
constexpr std::size_t largest_kept_btf = std::size_t{1} << 20U;

/// Returns true if the limits of `kernel` allow what those of `other` allowed.
bool has_limits_of(const pack::PackedKernel& kernel, const pack::PackedKernel& other) {
  return kernel.bytes >= std::min(other.bytes, minimize::bytes_of_largest_limit);
}

}  // namespace

KernelResultPtr SharedResults::after(const LastResult& last, std::uint32_t number, const pack::PackedKernel& kernel,
                                     const std::string& place_class) const {
  if (last.result == nullptr || !last.kernels.contains(number) || last.place_class != place_class) return nullptr;
  if (kernel.bytes < last.least_size || !has_limits_of(kernel, last.kernel)) return nullptr;
  return task_.for_equal_kernel(last.result, kernel.bytes, kernel.types);
}

KernelResultPtr SharedResults::of_number(std::uint32_t number, const std::string& place_class) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_number_.find({number, place_class});
  return found == by_number_.end() ? nullptr : found->second;
}

KernelResultPtr SharedResults::of_bytes(std::span<const std::uint8_t> btf, const pack::PackedKernel& kernel,
                                        const std::string& place_class) const {
  const io::Hash hash = io::hash_of(btf);
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_bytes_.equal_range(hash);
  const auto found = std::find_if(begin, end, [&](const auto& each) {
    const Known& known = each.second;
    return known.place_class == place_class && has_limits_of(kernel, known.kernel) &&
           std::ranges::equal(known.btf, btf);
  });
  return found == end ? nullptr : task_.for_equal_kernel(found->second.result, kernel.bytes, kernel.types);
}

KernelResultPtr SharedResults::add(std::uint32_t number, const std::string& place_class,
                                   const KernelResultPtr& result) {
  const std::lock_guard lock(mutex_);
  return by_number_.try_emplace({number, place_class}, result).first->second;
}

void SharedResults::add(std::span<const std::uint8_t> btf, const pack::PackedKernel& kernel,
                        const std::string& place_class, const KernelResultPtr& result) {
  if (btf.size() > largest_kept_btf) return;
  const io::Hash hash = io::hash_of(btf);
  const std::lock_guard lock(mutex_);
  if (bytes_ + btf.size() > most_kept_bytes) return;
  bytes_ += btf.size();
  by_bytes_.emplace(
      hash, Known{.btf = {btf.begin(), btf.end()}, .place_class = place_class, .kernel = kernel, .result = result});
}

}  // namespace minbtf::archive
