// What is wrong with a BTF that scan() refused, in words.
#pragma once

#include <cstddef>
#include <string>

#include "wire/bytes.hpp"

namespace minbtf::btf {

/// Where to look.
struct Sections {
  wire::ByteView types;
  wire::ByteView strings;
  wire::ByteView layout;
};

/// Throws Error for the first fault, `name` standing for the file.
[[noreturn]] void throw_fault(const Sections& sections, const std::string& name);

}  // namespace minbtf::btf
