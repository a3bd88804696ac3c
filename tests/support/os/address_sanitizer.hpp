// SPDX-License-Identifier: BSD-2-Clause
// Whether the tests are compiled with AddressSanitizer, which reserves terabytes of addresses and needs more memory and
// time.
#pragma once

// gcc defines a macro for AddressSanitizer; clang has __has_feature.
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#else
#define WITH_ADDRESS_SANITIZER 0
#endif

namespace minbtf::test {

inline constexpr bool with_address_sanitizer = WITH_ADDRESS_SANITIZER != 0;

}  // namespace minbtf::test
