// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/plans.hpp"

#include <catch2/catch.hpp>

#include "support/fixtures.hpp"

using namespace minbtf;
using namespace minbtf::archive;
using minbtf::test::bpf_object;

namespace {

Plan three_objects() {
  return Plan({BpfObject::from_file(bpf_object("basic")), BpfObject::from_file(bpf_object("ambiguous")),
               BpfObject::from_file(bpf_object("basic", "eb"))});
}

std::vector<bool> used(const Plan& plan) {
  std::vector<bool> flags;
  for (std::size_t i = 0; i < plan.objects().size(); ++i) {
    flags.push_back(plan.takes_part(i, plan.objects()[i].byte_order()));
  }
  return flags;
}

/// Objects: 0 is for x86 and arm64, 1 for arm64 alone, 2 for s390 and mips. All other architectures have none.
ObjectArchitectures objects_by_architecture() {
  ObjectArchitectures found{.of_objects = {{"arm64", "x86"}, {"arm64"}, {"mips", "s390"}}};
  for (const std::string_view name : bpf_architectures()) {
    const bool has_objects = name == "x86" || name == "arm64" || name == "s390" || name == "mips";
    if (!has_objects) found.missing.try_emplace(name, ErrorKind::io, std::string(name), "", "missing");
  }
  return found;
}

}  // namespace

TEST_CASE("plans: without architectures one plan is for all kernels") {
  const Plan plan = three_objects();
  const Plans plans = plan;
  CHECK(&plans.plan_for("k.btf", "k") == &plan);
  CHECK(&plans.all() == &plan);
  CHECK(plans.parts().size() == 1);
  CHECK_FALSE(plans.are_by_architecture());
  CHECK(plans.place_class("x86_64/k.btf").empty());
  CHECK_FALSE(plans.architectures_of(0).has_value());
  CHECK(plans.error_reasons().empty());
}

TEST_CASE("plans: the path of a kernel decides which objects are used") {
  const Plan plan = three_objects();
  const Plans plans(plan, objects_by_architecture(), nullptr);
  CHECK(used(plans.plan_for("d/x86_64/k.btf", "k")) == std::vector<bool>{true, false, false});
  CHECK(used(plans.plan_for("d/i386/k.btf", "k")) == std::vector<bool>{true, false, false});
  CHECK(used(plans.plan_for("d/arm64/k.btf", "k")) == std::vector<bool>{true, true, false});
  CHECK(used(plans.plan_for("d/s390x/k.btf", "k")) == std::vector<bool>{false, false, true});
  CHECK(used(plans.plan_for({.source = "d/x86_64/all.tar", .member = "aarch64/k.btf", .name = "k"})) ==
        std::vector<bool>{true, true, false});
  CHECK(used(plans.plan_for({.source = "d/x86_64/k.btf.tar.xz", .member = "vmlinux", .name = "k"})) ==
        std::vector<bool>{true, false, false});
  CHECK(plans.parts().size() == 3);
  CHECK(plans.architectures_of(0) == std::vector<std::string_view>{"arm64", "x86"});
  // Architectures with equal objects share a plan.
  CHECK(&plans.plan_for("s390x/k.btf", "k") == &plans.plan_for("mips64/k.btf", "k"));
  CHECK(plans.place_class("s390x/k.btf") == plans.place_class("mips64/k.btf"));
  CHECK(plans.place_class("s390x/k.btf") != plans.place_class("x86_64/k.btf"));
}

TEST_CASE("plans: a kernel without objects or without an architecture is an error with the reason") {
  const Plan plan = three_objects();
  const Plans plans(plan, objects_by_architecture(), nullptr);
  CHECK_THROWS_WITH(plans.plan_for("d/armhf/k.btf", "NAME"), "NAME: no objects for arm: arm: missing");
  CHECK_THROWS_WITH(plans.plan_for("d/k.btf", "NAME"),
                    Catch::StartsWith("NAME: {bpfarch} needs the architecture of this kernel"));
  CHECK(plans.error_reasons().contains("no objects for arm: arm: missing"));
  CHECK(plans.place_class("d/armhf/k.btf") != plans.place_class("d/k.btf"));

  const Plans in_arm64(plan, objects_by_architecture(), find_architecture("arm64"));
  CHECK(used(in_arm64.plan_for("d/k.btf", "k")) == std::vector<bool>{true, true, false});
  CHECK(used(in_arm64.plan_for("x86_64/k.btf", "k")) == std::vector<bool>{true, false, false});
}

TEST_CASE("plans: the types that a task searches for are those of all plans") {
  const Plan plan = three_objects();
  const Plans plans(plan, objects_by_architecture(), nullptr);
  // No object for s390 is little-endian: its objects are used for little-endian kernels of s390 too.
  CHECK(plans.wanted_types(ByteOrder::little).names == plan.wanted_types_of_all().names);
  CHECK(plans.wanted_types_of_all().names == plan.wanted_types_of_all().names);
  CHECK(plans.wanted_types(ByteOrder::big).names == plan.wanted_types_of_all().names);
  CHECK_FALSE(plan.wanted_types_of_all().names.empty());
  CHECK(plans.wanted_types_of_check(ByteOrder::big).names == plan.wanted_types_of_check(ByteOrder::little).names);
}
