#include "libbpf/kfuncs.hpp"

#include <map>
#include <set>
#include <string_view>

#include "btf/kinds.hpp"

namespace minbtf::libbpf {

namespace {

constexpr std::uint32_t whole = 0xffffffff;  ///< component_idx -1

}  // namespace

// Follows bpftool's dump_btf_kfuncs():
//  1. A DECL_TAG "bpf_kfunc" with component_idx -1 that refers to a FUNC marks a kfunc.
//  2. A DECL_TAG "bpf_fastcall" of the same form marks a kfunc with the fastcall convention.
// The result is sorted by name, which bpftool's is not necessarily.
std::vector<Kfunc> kfuncs_of(const btf::View& btf) {
  std::map<std::string_view, std::uint32_t> by_name;
  std::set<std::uint32_t> fastcalls;
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type tag = btf.type(id);
    if (tag.kind != btf::Kind::decl_tag || btf.info_word(tag) != whole) continue;
    const std::uint32_t func = tag.size_or_type;
    const btf::Type type = btf.type(func);
    if (type.kind != btf::Kind::func) continue;
    if (btf.is_string(tag.name_off, "bpf_kfunc")) {
      const auto [entry, is_new] = by_name.try_emplace(btf.text(type.name_off), func);
      if (!is_new && func < entry->second) entry->second = func;
    } else if (btf.is_string(tag.name_off, "bpf_fastcall")) {
      fastcalls.insert(func);
    }
  }
  std::vector<Kfunc> kfuncs;
  for (const auto& [name, func] : by_name) kfuncs.push_back({.func = func, .is_fastcall = fastcalls.contains(func)});
  return kfuncs;
}

}  // namespace minbtf::libbpf
