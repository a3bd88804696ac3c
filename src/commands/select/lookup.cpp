// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/lookup.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>

#include "archive/input/bundle_machine.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/ship/kernel_byte_order.hpp"
#include "btf/bytes.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A bundle that was made of stored kernels.
class MadeBundle {
 public:
  /// Adds a kernel. `btf` must be valid until finish() returns.
  void add(const StoredKernel& kernel, std::size_t number, std::uint32_t machine, std::span<const std::uint8_t> btf) {
    entries_.push_back({.machine = machine,
                        .release = kernel.path.release,
                        .id = kernel.path.id,
                        .version_id = kernel.path.version,
                        .build = kernel.build,
                        .btf = btf});
    numbers_[key_of(entries_.back())].push_back(number);
  }

  /// Throws Error (unsupported) that names `reduced`.
  void finish(const std::string& reduced) {
    try {
      bytes_ = archive::bundle_of(std::move(entries_));
    } catch (const Error& error) {
      throw Error(error.kind(), reduced, error.where(), error.reason());
    }
    require_bundle(minbtf_bundle_open(&view_, bytes_.data(), bytes_.size()), reduced);
  }

  [[nodiscard]] const minbtf_bundle& view() const noexcept { return view_; }

  /// Returns the stored kernels that are the kernel `index` of the bundle: those with equal names. `amd64/` and
  /// `x86_64/` are one machine.
  [[nodiscard]] const std::vector<std::size_t>& numbers(std::uint32_t index) const {
    minbtf_kernel kernel;
    static_cast<void>(minbtf_bundle_kernel(&view_, index, &kernel));
    return numbers_.at({kernel.machine, kernel.release, kernel.id, kernel.version_id, kernel.build});
  }
  /// Returns the first of them.
  [[nodiscard]] std::size_t number(std::uint32_t index) const { return numbers(index).front(); }

 private:
  using Key = std::tuple<std::uint32_t, std::string, std::string, std::string, std::string>;
  static Key key_of(const archive::BundleKernel& kernel) {
    return {kernel.machine, kernel.release, kernel.id, kernel.version_id, kernel.build};
  }

  std::vector<archive::BundleKernel> entries_;
  std::map<Key, std::vector<std::size_t>> numbers_;
  Bytes bytes_;
  minbtf_bundle view_{};
};

/// Translates the answer. `number(index)` returns the stored kernel that is the kernel `index` of the bundle.
template <typename Number>
LookupAnswer answer_of(const minbtf_bundle& bundle, const minbtf_system& system, const minbtf_match& match,
                       const std::string& reduced, Number&& number) {
  if (match.reason == MINBTF_DAMAGED || match.reason == MINBTF_NEWER_FORMAT) require_bundle(match.reason, reduced);
  LookupAnswer answer{.reason = match.reason,
                      .nearest = match.nearest,
                      .is_same_build = match.same_build != 0,
                      .is_x86_64_for_i386 = match.as_x86_64 != 0};
  if (match.btf != nullptr) {
    const auto* const bytes = static_cast<const std::uint8_t*>(match.btf);
    answer.btf = std::make_shared<const Bytes>(bytes, bytes + match.size);
  }
  if (match.reason == MINBTF_NEAREST_EQUAL) answer.kernels = {number(match.below), number(match.above)};
  if (match.reason > 0 && match.count > 0) answer.kernels.push_back(number(match.kernel));
  for (std::uint32_t i = match.first; i < match.first + match.count; ++i) {
    if (i == match.kernel) continue;
    minbtf_kernel kernel;
    require_bundle(minbtf_bundle_kernel(&bundle, i, &kernel), reduced);
    const bool is_considered = minbtf_match_has(&bundle, &system, &match, i) != 0;
    const bool is_one = (match.reason == MINBTF_RELEASE_ONLY || match.reason == MINBTF_AMBIGUOUS) && is_considered;
    if (is_one) {
      answer.kernels.push_back(number(i));
    } else if (kernel.content != match.content) {
      answer.others.push_back(number(i));
    }
  }
  return answer;
}

LookupAnswer look_up_in_bundle(const Bytes& bytes, const minbtf_system& system, unsigned flags,
                               const std::string& reduced) {
  minbtf_bundle bundle{};
  require_bundle(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()), reduced);
  minbtf_match match{};
  static_cast<void>(minbtf_bundle_find(&bundle, &system, flags, &match));
  return answer_of(bundle, system, match, reduced, [](std::uint32_t index) { return std::size_t{index}; });
}

/// Returns the kernels that a lookup needs. `match` is the answer of a bundle in which all kernels have one content:
/// the kernels of the release and machine, or those that have the releases of `below` and `above` for
/// minbtf_bundle_find(), which compares releases by their numbers.
std::vector<std::uint32_t> needed_kernels(const minbtf_bundle& names, const minbtf_match& match) {
  std::vector<std::uint32_t> needed;
  for (std::uint32_t i = match.first; i < match.first + match.count; ++i) needed.push_back(i);
  if (match.reason != MINBTF_NEAREST_EQUAL) return needed;
  for (const std::uint32_t side : {match.below, match.above}) {
    minbtf_kernel nearest;
    static_cast<void>(minbtf_bundle_kernel(&names, side, &nearest));
    for (std::uint32_t i = 0; i < names.kernels; ++i) {
      minbtf_kernel kernel;
      static_cast<void>(minbtf_bundle_kernel(&names, i, &kernel));
      const bool is_beside = kernel.machine == nearest.machine && std::string_view(kernel.id) == nearest.id &&
                             std::string_view(kernel.version_id) == nearest.version_id &&
                             minbtf_internal_same_flavour(kernel.release, nearest.release) != 0 &&
                             minbtf_internal_compare_releases(kernel.release, nearest.release) == 0;
      if (is_beside) needed.push_back(i);
    }
  }
  return needed;
}

}  // namespace

LookupAnswer look_up(const StoredKernels& stored, const minbtf_system& system, unsigned flags,
                     const std::string& reduced) {
  if (stored.bundle) return look_up_in_bundle(*stored.bundle, system, flags, reduced);

  MadeBundle names;
  constexpr std::array<std::uint8_t, 1> content = {0};
  for (std::size_t i = 0; i < stored.kernels.size(); ++i) {
    for (const std::uint32_t machine : stored.kernels[i].machines) {
      names.add(stored.kernels[i], i, machine, content);
    }
  }
  names.finish(reduced);
  minbtf_match match{};
  // With one content for all kernels, MINBTF_STRICT would refuse what other contents do not.
  static_cast<void>(minbtf_bundle_find(&names.view(), &system, flags & ~unsigned{MINBTF_STRICT}, &match));
  if (match.reason <= 0) {
    return answer_of(names.view(), system, match, reduced, [&](std::uint32_t index) { return names.number(index); });
  }

  std::vector<std::size_t> needed;
  for (const std::uint32_t index : needed_kernels(names.view(), match)) {
    needed.insert(needed.end(), names.numbers(index).begin(), names.numbers(index).end());
  }

  MadeBundle bundle;
  std::vector<archive::Content> contents;
  std::vector<std::pair<std::size_t, std::string>> wrong_order;
  for (const std::size_t number : needed) {
    const StoredKernel& kernel = stored.kernels[number];
    const Bytes& btf = *contents.emplace_back(kernel.read());
    std::string fault = archive::byte_order_fault(kernel.path.architecture, btf);
    if (!fault.empty()) {
      wrong_order.emplace_back(number, std::move(fault));
      continue;
    }
    bundle.add(kernel, number, archive::bundle_machine(*kernel.path.architecture, btf::order_of(btf)), btf);
  }
  bundle.finish(reduced);
  static_cast<void>(minbtf_bundle_find(&bundle.view(), &system, flags, &match));
  LookupAnswer answer =
      answer_of(bundle.view(), system, match, reduced, [&](std::uint32_t index) { return bundle.number(index); });
  answer.wrong_order = std::move(wrong_order);
  return answer;
}

}  // namespace minbtf::cli
