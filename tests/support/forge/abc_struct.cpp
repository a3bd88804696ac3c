// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/abc_struct.hpp"

#include <vector>

namespace minbtf::test {

std::uint32_t u32(BtfForge& f) { return f.integer("unsigned int", 4); }

std::uint32_t abc(BtfForge& f) {
  const auto u = u32(f);
  return f.structure("s", 12, {{"a", u, 0}, {"b", u, 32}, {"c", u, 64}});
}

void target_abc(BtfForge& f, int a, int b, int c) {
  const auto u = u32(f);
  std::vector<ForgedMember> members;
  const auto add = [&](const char* name, int at) {
    if (at >= 0) members.push_back({name, u, static_cast<std::uint32_t>(at) * 8});
  };
  add("a", a);
  add("b", b);
  add("c", c);
  f.structure("s", 1024, members);
}

}  // namespace minbtf::test
