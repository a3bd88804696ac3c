// SPDX-License-Identifier: BSD-2-Clause
#include "object/source_name.hpp"

#include <catch2/catch.hpp>

#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

TEST_CASE("source_name: the source file of an object is that of its line info, not a header") {
  for (const char* order : {"el", "eb"}) {
    for (const char* name : {"basic", "oracle_fields", "kernel_needs"}) {
      const std::string object = contents_of(bpf_object(name, order));
      CHECK_THAT(object::source_name(bytes_of(object), "object"),
                 Catch::EndsWith("/tests/bpf/" + std::string(name) + ".bpf.c"));
    }
  }
}

TEST_CASE("source_name: an object without line info, or with damage, has no source name") {
  CHECK(object::source_name(sample_object({.without_btf = true}), "object").empty());
  CHECK(object::source_name(sample_object({.without_btf_ext = true}), "object").empty());
  const std::string text = contents_of(bpf_object("basic"));
  CHECK(object::source_name(bytes_of(text.substr(0, text.size() / 2)), "object").empty());
  CHECK(object::source_name({}, "object").empty());
}

}  // namespace minbtf::test
