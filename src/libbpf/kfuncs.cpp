// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/kfuncs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "btf/essential_name.hpp"
#include "btf/kinds.hpp"

namespace minbtf::libbpf {

namespace {

constexpr std::uint32_t whole = 0xffffffff;  ///< component_idx -1

/// Names that a function behind the types cannot have, in addition to those of is_reserved().
// clang-format off
constexpr std::array<std::string_view, 85> keywords = {
    // macros of the text (CDump)
    "__bpf_fastcall", "__ksym", "__weak",
    // keywords of C, up to C23, and of GNU C
    "alignas", "alignof", "asm", "auto", "bool", "break", "case", "char", "const", "constexpr", "continue",
    "default", "do", "double", "else", "enum", "extern", "false", "float", "for", "goto", "if", "inline", "int",
    "long", "nullptr", "register", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
    "struct", "switch", "thread_local", "true", "typedef", "typeof", "typeof_unqual", "union", "unsigned", "void",
    "volatile", "while",
    // keywords and built-in names of C and clang
    "__alignof", "__alignof__", "__asm", "__asm__", "__attribute", "__attribute__", "__auto_type", "__bf16",
    "__complex", "__complex__", "__const", "__const__", "__extension__", "__float128", "__fp16", "__func__",
    "__imag", "__imag__", "__inline", "__inline__", "__int128", "__label__", "__null", "__real", "__real__",
    "__restrict", "__restrict__", "__signed", "__signed__", "__thread", "__typeof", "__typeof__", "__volatile",
    "__volatile__", "__int128_t", "__uint128_t",
};
// clang-format on

/// Returns true for names that belong to the compiler: `_Bool`, `_Pragma`, `__LINE__`, `__builtin_trap`. The C standard
/// reserves names of this form (C11, 7.1.3). No kernel function has such a name.
bool is_reserved(std::string_view name) {
  if (std::ranges::find(keywords, name) != keywords.end() || name.starts_with("__builtin_")) return true;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (name.size() < 3 || name[0] != '_') return false;
  return is_upper(name[1]) || (name[1] == '_' && is_upper(name[2]) && name.ends_with("__"));
}

/// Returns those of `wanted` that are names of typedefs or enumerators. C has these names and the names of functions in
/// one name space.
std::set<std::string_view> names_used_in_c(const btf::View& btf, const std::set<std::string_view>& wanted) {
  std::set<std::string_view> used;
  const auto use = [&](std::uint32_t name_off) {
    if (const auto found = wanted.find(btf.text(name_off)); found != wanted.end()) used.insert(*found);
  };
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type type = btf.type(id);
    if (type.kind == btf::Kind::typedef_) use(type.name_off);
    if (!btf::is_any_enum(type.kind)) continue;
    for (std::uint32_t i = 0; i < type.vlen; ++i) use(btf.enumerator(type, i).name_off);
  }
  return used;
}

/// Sets is_name_taken. A flavor of a used name (`cred_t___2`) is taken, too: libbpf adds ___2, ___3, ... to typedefs
/// and enumerators if several have one name (btf_dump.c, btf_dump_resolve_name()).
void mark_taken_names(const btf::View& btf, std::vector<Kfunc>& kfuncs) {
  if (kfuncs.empty()) return;
  const auto name_of = [&](const Kfunc& kfunc) { return btf.text(btf.type(kfunc.func).name_off); };
  std::set<std::string_view> wanted;
  for (const Kfunc& kfunc : kfuncs) wanted.insert({name_of(kfunc), btf::essential_name(name_of(kfunc))});
  const std::set<std::string_view> used = names_used_in_c(btf, wanted);
  for (Kfunc& kfunc : kfuncs) {
    const std::string_view name = name_of(kfunc);
    kfunc.is_name_taken = is_reserved(name) || used.contains(name) || used.contains(btf::essential_name(name));
  }
}

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
  mark_taken_names(btf, kfuncs);
  return kfuncs;
}

}  // namespace minbtf::libbpf
