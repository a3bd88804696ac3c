// SPDX-License-Identifier: BSD-2-Clause
// Makes the wanted types in a forged kernel, with further random members between the wanted members.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "inputs/type_maker.hpp"
#include "inputs/type_pool.hpp"
#include "inputs/wanted.hpp"

namespace minbtf::bench {

class WantedMaker {
 public:
  WantedMaker(test::BtfForge& forge, CommonTypes& common, TypeMaker& types)
      : forge_(forge), common_(common), types_(types) {}

  void structure(Random& random, const WantedStruct& type);
  void enumeration(Random& random, const WantedEnum& type);
  /// Sets the targets of the pointers to wanted structs: the structs that were made last. Structs made later get new
  /// pointers.
  void link();

 private:
  void member(Layout& layout, const WantedMember& member);
  Value type_named(const std::string& type);

  test::BtfForge& forge_;
  CommonTypes& common_;
  TypeMaker& types_;
  std::unordered_map<std::string, Value> structures_;
  std::unordered_map<std::string, std::uint32_t> pointers_;
};

}  // namespace minbtf::bench
