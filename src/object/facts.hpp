// What people want to know of an object beyond what relocating it takes: read only where somebody asks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "object/btf_ext.hpp"
#include "object/kernel_needs.hpp"

namespace minbtf::object {

/// Must not outlive the object.
struct Facts {
  LineInfo lines;
  std::string line_damage;  ///< why the line info cannot be used; empty if nothing is wrong with it
  std::vector<KernelSymbol> symbols;
  std::vector<KernelNeed> needs;
};

/// `bytes` are those that `object` was parsed from. Throws Error (damaged) for symbols or relocations that cannot be
/// read; line info that is damaged is no error, but none.
[[nodiscard]] Facts read_facts(std::span<const std::uint8_t> bytes, const BpfObject& object);

}  // namespace minbtf::object
