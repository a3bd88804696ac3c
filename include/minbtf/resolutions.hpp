// The outcomes of all relocations of a plan on one kernel.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "minbtf/resolution.hpp"

namespace minbtf {

namespace minimize {
struct Resolved;
struct Access;
}  // namespace minimize

/// How many relocations came to what.
struct ResolutionCounts {
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;

  bool operator==(const ResolutionCounts&) const = default;
};

/// One Resolution for each relocation of each object that takes part (Plan::takes_part()), all programs taken together,
/// by object and record. They are many, and most of them the same: each is put together when it is asked for. Cheap to
/// copy; valid without the plan.
class Resolutions {
 public:
  /// None.
  Resolutions() = default;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] ResolutionCounts counts() const noexcept;
  /// The one at `index`, below size().
  [[nodiscard]] Resolution operator[](std::size_t index) const;
  /// Those that failed, in order.
  [[nodiscard]] std::vector<Resolution> failures() const;

  class Iterator {
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
    explicit Iterator(const minimize::Resolved* resolved, std::size_t object);
    void skip_empty();

    const minimize::Resolved* resolved_ = nullptr;
    std::size_t object_ = 0;
    std::size_t record_ = 0;
  };
  /// Valid as long as this object.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  friend struct minimize::Access;
  explicit Resolutions(std::shared_ptr<const minimize::Resolved> resolved) : resolved_(std::move(resolved)) {}

  std::shared_ptr<const minimize::Resolved> resolved_;
};

}  // namespace minbtf
