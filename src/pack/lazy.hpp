// SPDX-License-Identifier: BSD-2-Clause
// A part of a pack that is decoded when it is first needed.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace minbtf::pack {

/// Any number of threads may use one object. An exception is thrown again at each use.
template <typename Value>
class Lazy {
 public:
  explicit Lazy(std::function<Value()> make) : make_(std::move(make)) {}

  const Value& get() const {
    // std::call_once() takes longer than the rest of most uses.
    if (const Value* const made = made_.load(std::memory_order_acquire); made != nullptr) return *made;
    std::call_once(once_, [&] {
      try {
        made_ = &value_.emplace(make_());
      } catch (...) {
        failed_ = std::current_exception();
      }
    });
    if (failed_) std::rethrow_exception(failed_);
    return *value_;
  }

 private:
  std::function<Value()> make_;
  mutable std::once_flag once_;
  mutable std::optional<Value> value_;
  mutable std::atomic<const Value*> made_{nullptr};
  mutable std::exception_ptr failed_;
};

}  // namespace minbtf::pack
