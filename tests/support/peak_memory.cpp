#include "support/peak_memory.hpp"

#include <algorithm>
#include <atomic>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

// As in sanitizer/allocator_interface.h, which gcc does not bring though its runtime has them.
extern "C" {
std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));
}

namespace minbtf::test {

namespace {

std::atomic<bool> counting = false;
std::atomic<long long> current = 0;
std::atomic<long long> peak = 0;

void allocated(const volatile void* /*memory*/, std::size_t bytes) {
  if (!counting) return;
  const long long now = current += static_cast<long long>(bytes);
  long long before = peak;
  while (before < now && !peak.compare_exchange_weak(before, now)) {
  }
}

void freed(const volatile void* memory) {
  if (!counting || memory == nullptr) return;
  current -= static_cast<long long>(__sanitizer_get_allocated_size(memory));
}

}  // namespace

PeakMemory::PeakMemory() {
  [[maybe_unused]] static const int slot = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
  current = 0;
  peak = 0;
  counting = true;
}

PeakMemory::~PeakMemory() { counting = false; }

std::size_t PeakMemory::bytes() const noexcept { return static_cast<std::size_t>(std::max(0LL, peak.load())); }

}  // namespace minbtf::test

#else

namespace minbtf::test {

PeakMemory::PeakMemory() = default;
PeakMemory::~PeakMemory() = default;
std::size_t PeakMemory::bytes() const noexcept { return 0; }

}  // namespace minbtf::test

#endif
