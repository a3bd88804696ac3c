// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/peak_memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "support/os/address_sanitizer.hpp"

namespace minbtf::test {

namespace {

std::atomic<bool> counting = false;
std::atomic<long long> current = 0;
std::atomic<long long> peak = 0;

void allocated(std::size_t bytes) {
  if (!counting) return;
  const long long now = current += static_cast<long long>(bytes);
  long long before = peak;
  while (before < now && !peak.compare_exchange_weak(before, now)) {
  }
}

void freed(std::size_t bytes) {
  if (counting) current -= static_cast<long long>(bytes);
}

}  // namespace

}  // namespace minbtf::test

#if WITH_ADDRESS_SANITIZER

// As in sanitizer/allocator_interface.h. gcc does not install this header, but its runtime has the functions.
extern "C" {
std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));
}

namespace minbtf::test {

namespace {

void malloc_hook(const volatile void* /*memory*/, std::size_t bytes) { allocated(bytes); }

void free_hook(const volatile void* memory) {
  if (memory != nullptr) freed(__sanitizer_get_allocated_size(memory));
}

}  // namespace

}  // namespace minbtf::test

#else

// Aligned new is not replaced: the library takes that memory from malloc() directly.
void* operator new(std::size_t bytes) {
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  minbtf::test::allocated(malloc_usable_size(memory));
  return memory;
}

void operator delete(void* memory) noexcept {
  if (memory != nullptr) minbtf::test::freed(malloc_usable_size(memory));
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept { operator delete(memory); }

#endif

namespace minbtf::test {

PeakMemory::PeakMemory() {
#if WITH_ADDRESS_SANITIZER
  [[maybe_unused]] static const int slot = __sanitizer_install_malloc_and_free_hooks(malloc_hook, free_hook);
#endif
  current = 0;
  peak = 0;
  counting = true;
}

PeakMemory::~PeakMemory() { counting = false; }

std::size_t PeakMemory::bytes() const noexcept { return static_cast<std::size_t>(std::max(0LL, peak.load())); }

}  // namespace minbtf::test
