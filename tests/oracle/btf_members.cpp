// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/btf_members.hpp"

namespace minbtf::test {

std::set<PathStep> members_of(const struct btf* btf) {
  std::set<PathStep> out;
  for (std::uint32_t id = 1; id < btf__type_cnt(btf); ++id) {
    const struct btf_type* type = btf__type_by_id(btf, id);
    for (std::uint32_t i = 0; btf_is_composite(type) && i < btf_vlen(type); ++i) out.insert(member_step(btf, id, i));
    for (std::uint32_t i = 0; btf_is_any_enum(type) && i < btf_vlen(type); ++i) {
      out.insert(enumerator_step(btf, id, i));
    }
  }
  return out;
}

std::map<std::string, int> types_of(const struct btf* btf) {
  std::map<std::string, int> out;
  for (std::uint32_t id = 1; id < btf__type_cnt(btf); ++id) ++out[type_text(btf, id)];
  return out;
}

std::map<std::string, int> surplus(const std::map<std::string, int>& left, const std::map<std::string, int>& right) {
  std::map<std::string, int> out;
  for (const auto& [name, count] : left) {
    const auto found = right.find(name);
    const int more = count - (found == right.end() ? 0 : found->second);
    if (more > 0) out[name] = more;
  }
  return out;
}

}  // namespace minbtf::test
