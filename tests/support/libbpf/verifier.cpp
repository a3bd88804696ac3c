// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/verifier.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace minbtf::test {

namespace {

int say_nothing(enum libbpf_print_level, const char*, va_list) { return 0; }

}  // namespace

QuietLibbpf::QuietLibbpf() : previous_(libbpf_set_print(say_nothing)) {}
QuietLibbpf::~QuietLibbpf() { libbpf_set_print(previous_); }

bool loads(const std::vector<std::uint8_t>& elf, const std::string& program, const std::string& btf_path) {
  struct bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.object_name = "loads";
  options.btf_custom_path = btf_path.c_str();
  const std::unique_ptr<struct bpf_object, void (*)(struct bpf_object*)> object(
      bpf_object__open_mem(elf.data(), elf.size(), &options), bpf_object__close);
  REQUIRE(object);
  struct bpf_program* each = nullptr;
  while ((each = bpf_object__next_program(object.get(), each)) != nullptr) {
    bpf_program__set_autoload(each, bpf_program__name(each) == program);
  }
  return bpf_object__load(object.get()) == 0;
}

}  // namespace minbtf::test
