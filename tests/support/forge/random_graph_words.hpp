// SPDX-License-Identifier: BSD-2-Clause
// Names and sizes in random graphs. The names are few, so that types are candidates for each other and members hide
// each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "btf/kinds.hpp"

namespace minbtf::test::random_graphs {

inline const std::vector<std::string> type_names = {"s", "s", "t", "s___1", "t___x", "u", "", ""};
inline const std::vector<std::string> int_names = {"int",   "int",           "char", "unsigned char",
                                                   "short", "long long int", "_Bool"};
inline const std::vector<std::string> member_names = {"a", "a", "b", "c", "d", "", "a___1"};
inline const std::vector<std::string> enumerator_names = {"A", "B", "C", "A___x", "D"};
inline const std::vector<std::int64_t> enumerator_values = {-1, 0, 1, 2, 3, 0x80000000, 0xffffffff};
inline const std::vector<std::uint32_t> sizes = {1, 2, 4, 8};
inline const std::vector<std::uint32_t> lengths = {0, 0, 1, 2, 4};
inline const std::vector<std::uint32_t> encodings = {0, 1, 2, 3, 4};
inline const std::vector<btf::Kind> modifiers = {btf::Kind::const_, btf::Kind::volatile_, btf::Kind::restrict_,
                                                 btf::Kind::type_tag};

}  // namespace minbtf::test::random_graphs
