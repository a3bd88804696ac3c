// SPDX-License-Identifier: BSD-2-Clause
#include "elf/module_info.hpp"

#include <catch2/catch.hpp>
#include <string_view>

using namespace minbtf;
using namespace std::string_view_literals;

namespace {

elf::ModuleInfo info_of(std::string_view text) {
  return elf::module_info({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("module_info: name and release are read") {
  const elf::ModuleInfo info =
      info_of("license=GPL\0\0\0name=nf-conntrack\0vermagic=6.1.0-50-amd64 SMP preempt mod_unload \0"sv);
  CHECK(info.name == "nf_conntrack");
  CHECK(info.vermagic == "6.1.0-50-amd64 SMP preempt mod_unload ");
  CHECK(info.release() == "6.1.0-50-amd64");
}

TEST_CASE("module_info: only the start of a text is a key, and the first text counts") {
  CHECK(info_of("description=name=x\0filename=y\0"sv).name.empty());
  CHECK(info_of("name=a\0name=b\0"sv).name == "a");
}

TEST_CASE("module_info: texts may be missing, empty, long or without an end") {
  CHECK(info_of(""sv).name.empty());
  CHECK(info_of(""sv).release().empty());
  CHECK(info_of("vermagic=\0"sv).release().empty());
  CHECK(info_of("vermagic=6.1"sv).release() == "6.1");
  CHECK(info_of("name=" + std::string(5000, 'a')).name.size() == 1024);
}
