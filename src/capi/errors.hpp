// SPDX-License-Identifier: BSD-2-Clause
// The border of the C API: exceptions become errors.
//
// Each function of minbtf.h that can fail runs its body in create() or perform(). The other functions read memory only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "minbtf/minbtf.h"

namespace minbtf::capi {

/// Becomes MINBTF_ERROR_ARGUMENT, with what() as the reason.
struct BadArgument : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Stores an error for the exception that is being handled, if `error` is not null. Returns its kind. If there is no
/// memory for the error, it is MINBTF_ERROR_MEMORY. Must be called in a catch block.
int store_current_exception(minbtf_error** error) noexcept;

/// Returns the pointer that `make` returns, or a null pointer if it throws.
template <typename Make>
std::invoke_result_t<Make> create(minbtf_error** error, Make make) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    return make();
  } catch (...) {
    store_current_exception(error);
    return nullptr;
  }
}

/// Runs `body`. Returns 0, or the negative kind of the error if it throws.
template <typename Body>
int perform(minbtf_error** error, Body body) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    body();
    return 0;
  } catch (...) {
    return -store_current_exception(error);
  }
}

/// Returns `*argument`. Throws BadArgument, which names the argument, for a null pointer.
template <typename T>
T& required(T* argument, const char* name) {
  if (argument == nullptr) throw BadArgument(std::string(name) + " is NULL");
  return *argument;
}

/// Returns a string. Throws as required() does.
inline std::string required_text(const char* text, const char* name) { return &required(text, name); }

/// Returns the bytes of the caller. A null pointer with size 0 is an empty span. Throws as required() does.
inline std::span<const std::uint8_t> required_bytes(const void* bytes, std::size_t size, const char* name) {
  const auto* const first = static_cast<const std::uint8_t*>(bytes);
  if (size == 0) return {};
  return {&required(first, name), size};
}

/// Returns the address of element `index`, or a null pointer if there is none.
template <typename List>
auto element(const List& list, std::size_t index) noexcept -> decltype(list.data()) {
  return index < list.size() ? list.data() + index : nullptr;
}

}  // namespace minbtf::capi
