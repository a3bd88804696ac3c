// SPDX-License-Identifier: BSD-2-Clause
// The resolutions of all relocations of a plan on one kernel.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "minbtf/export.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf {

namespace minimize {
struct Resolved;
struct Access;
}  // namespace minimize

/// Numbers of relocations by status.
struct ResolutionCounts {
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;

  bool operator==(const ResolutionCounts&) const = default;
};

/// One Resolution for each relocation of each object that is used for the kernel (Plan::takes_part()), with all
/// programs loaded, by object and record. Equal resolutions are stored once, and each Resolution is made when it is
/// read. Copies share the data, which stays valid without the plan. Any number of threads may use the same object.
class MINBTF_API Resolutions {
 public:
  /// No resolutions.
  Resolutions() = default;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] ResolutionCounts counts() const noexcept;
  /// Returns the resolution at `index`, which must be below size(). Takes time that grows with the logarithm of the
  /// number of objects.
  [[nodiscard]] Resolution operator[](std::size_t index) const;
  /// Returns the resolutions that failed, in order.
  [[nodiscard]] std::vector<Resolution> failures() const;

  class MINBTF_API Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Resolution;
    using pointer = void;
    using reference = Resolution;

    Iterator() = default;
    [[nodiscard]] Resolution operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const noexcept {
      return resolved_ == other.resolved_ && object_ == other.object_ && record_ == other.record_;
    }

   private:
    friend class Resolutions;
    MINBTF_LOCAL explicit Iterator(const minimize::Resolved* resolved, std::size_t object);
    MINBTF_LOCAL void skip_empty();

    const minimize::Resolved* resolved_ = nullptr;
    std::size_t object_ = 0;
    std::size_t record_ = 0;
  };
  /// Iterators are valid as long as this object or a copy.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  friend struct minimize::Access;
  explicit Resolutions(std::shared_ptr<const minimize::Resolved> resolved) : resolved_(std::move(resolved)) {}

  std::shared_ptr<const minimize::Resolved> resolved_;
};

}  // namespace minbtf
