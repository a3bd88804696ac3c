// What is wrong with a BTF that scan() refused, in words.
#pragma once

#include <cstddef>
#include <string>

#include "btf/bytes.hpp"

namespace minbtf::btf {

/// Where to look.
struct Sections {
  btf::ByteView types;
  btf::ByteView strings;
  btf::ByteView layout;
};

/// Throws Error for the first fault, `name` standing for the file.
[[noreturn]] void throw_fault(const Sections& sections, const std::string& name);

}  // namespace minbtf::btf
