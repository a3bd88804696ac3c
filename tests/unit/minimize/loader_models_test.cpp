// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/loader_models.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

using Integers = std::vector<std::pair<std::string, std::uint32_t>>;

/// Returns a line for each modelled loader: its name, the pointer sizes that it derives from the full and from the
/// reduced BTF, then "whole" if its load size of an array is that of the array, and "foreign".
std::vector<std::string> found(const Integers& full, const Integers& reduced) {
  const auto view = [](const Integers& integers) {
    BtfForge forge;
    for (const auto& [name, bytes] : integers) forge.integer(name, bytes);
    return btf::View::parse(forge.bytes(), "btf");
  };
  std::vector<std::string> lines;
  for (const minimize::LoaderModel& each : minimize::loader_models(view(full), view(reduced))) {
    lines.push_back(each.name + " " + std::to_string(each.pointers.full) + "/" + std::to_string(each.pointers.reduced) +
                    (each.arrays == core::ArrayLoad::whole ? " whole" : "") + (each.is_foreign ? " foreign" : ""));
  }
  return lines;
}

}  // namespace

TEST_CASE("loader_models: each loader that can resolve differently is modelled once") {
  using Lines = std::vector<std::string>;
  CHECK(found({{"long int", 8}}, {{"long int", 8}}) == Lines{" 8/8", "libbpf before 1.6 8/8 whole"});
  CHECK(found({{"long int", 4}}, {{"long int", 4}}) == Lines{" 4/4", "libbpf before 1.6 4/4 whole"});
  CHECK(found({{"long int", 8}}, {}) == Lines{" 8/8", "libbpf before 1.6 8/8 whole", "a 32-bit loader 8/4 foreign",
                                              "libbpf before 1.0, 32-bit 8/4 whole foreign"});
  CHECK(found({{"long int", 4}}, {}) ==
        Lines{" 4/8", "a 32-bit loader 4/4", "libbpf before 1.6 4/8 whole", "libbpf before 1.0, 32-bit 4/4 whole"});
  // libbpf before 1.0 knows two spellings only.
  CHECK(found({{"long unsigned int", 8}}, {{"long", 8}}) ==
        Lines{" 8/8", "libbpf before 1.6 8/8 whole", "libbpf before 1.0, 32-bit 8/4 whole foreign"});
  CHECK(found({}, {}) ==
        Lines{" 8/8", "a 32-bit loader 4/4", "libbpf before 1.6 8/8 whole", "libbpf before 1.0, 32-bit 4/4 whole"});
}

TEST_CASE("loader_models: only a 32-bit loader on a 64-bit kernel is foreign, and is listed last") {
  // The kernel's own BTF determines whether the kernel has 64 bits.
  CHECK(found({{"long", 8}}, {{"int", 4}}).back() == "libbpf before 1.0, 32-bit 4/4 whole foreign");
  for (const std::string& line : found({{"long int", 4}}, {})) CHECK(line.find("foreign") == std::string::npos);
  for (const std::string& line : found({{"int", 4}}, {{"long int", 8}})) {
    CHECK(line.find("foreign") == std::string::npos);
  }
}

}  // namespace minbtf::test
