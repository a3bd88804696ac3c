// Types that others are made of, and those that everything is made of in the end.
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
  std::vector<Value> pointers;  ///< to data
  std::vector<Value> callbacks;
  std::vector<Value> composites;  ///< small ones with a name
  std::vector<Value> unnamed;     ///< composites; each is a member once
  std::vector<Value> arrays;
  std::vector<Value> enums;
  // What is pointed to.
  std::vector<std::uint32_t> structures;
  std::vector<std::uint32_t> function_types;
  std::vector<std::uint32_t> qualified;
};

/// Integers, their typedefs, list_head: what the first source file brings.
class CommonTypes {
 public:
  explicit CommonTypes(test::BtfForge& forge);

  [[nodiscard]] const TypePool& pool() const { return pool_; }
  /// As C writes it in wanted.cpp: "u32", "unsigned long", "char*". Throws if there is no such type.
  [[nodiscard]] const Value& named(const std::string& name) const { return by_name_.at(name); }
  /// Adds an array.
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
