// SPDX-License-Identifier: BSD-2-Clause
// Pools of types from which further types are made, and the common types that all units use.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "inputs/layout.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::bench {

[[nodiscard]] constexpr Value pointer_value(std::uint32_t id) { return {.id = id, .bytes = 8, .align = 8}; }

struct TypePool {
  std::vector<Value> integers;
  std::vector<Value> typedefs;
  std::vector<Value> pointers;    ///< pointers to data
  std::vector<Value> callbacks;   ///< pointers to functions
  std::vector<Value> composites;  ///< small structs and unions with a name
  std::vector<Value> unnamed;     ///< small structs and unions without a name; each is used at most once
  std::vector<Value> arrays;
  std::vector<Value> enums;
  // Target types of pointers.
  std::vector<std::uint32_t> structures;
  std::vector<std::uint32_t> function_types;
  std::vector<std::uint32_t> qualified;
};

/// The types of the first source file: integers, typedefs of them, list_head.
class CommonTypes {
 public:
  explicit CommonTypes(test::BtfForge& forge);

  [[nodiscard]] const TypePool& pool() const { return pool_; }
  /// Returns the type with this name, as wanted.cpp writes it: "u32", "unsigned long", "char*". Throws if there is
  /// none.
  [[nodiscard]] const Value& named(const std::string& name) const { return by_name_.at(name); }
  /// Makes an array type.
  Value array(const Value& element, std::uint32_t count);

 private:
  void integers();
  void typedefs();
  void others();

  test::BtfForge& forge_;
  TypePool pool_;
  std::unordered_map<std::string, Value> by_name_;
};

}  // namespace minbtf::bench
