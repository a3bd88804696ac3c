// SPDX-License-Identifier: BSD-2-Clause
// Finds and describes the fault in BTF that scan() rejected.
#pragma once

#include <cstddef>
#include <string>

#include "btf/bytes.hpp"

namespace minbtf::btf {

/// Sections of the BTF.
struct Sections {
  btf::ByteView types;
  btf::ByteView strings;
  btf::ByteView layout;
};

/// Throws Error for the first fault. `name` names the file in the message. Must be called only if scan() returned
/// false.
[[noreturn]] void throw_fault(const Sections& sections, const std::string& name);

}  // namespace minbtf::btf
