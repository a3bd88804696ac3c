// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/architecture_field.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "archive/input/path_selection.hpp"

using namespace minbtf::archive;

namespace {

bool matches(std::string_view glob, std::string_view path, std::string_view name = "arm") {
  return std::ranges::any_of(globs_for_architecture(glob, name),
                             [&](const std::string& each) { return matches_glob(each, path); });
}

}  // namespace

TEST_CASE("architecture_field: a glob matches with the name in place of the field") {
  CHECK(matches("*_{bpfarch}_bpfel.o", "p_arm_bpfel.o"));
  CHECK(matches("*_{bpfarch}_bpfel.o", "deep/p_arm_bpfel.o"));
  CHECK_FALSE(matches("*_{bpfarch}_bpfel.o", "p_arm64_bpfel.o"));
  CHECK(matches("*_{bpfarch}_bpfel.o", "p_arm64_bpfel.o", "arm64"));
  CHECK(matches("{bpfarch}/**", "arm/p.o"));
  CHECK_FALSE(matches("{bpfarch}/**", "arm64/p.o"));
  CHECK(matches("{bpfarch}/*_{bpfarch}.o", "arm/p_arm.o"));
  CHECK_FALSE(matches("{bpfarch}/*_{bpfarch}.o", "arm/p_arm64.o"));
  CHECK(matches("*.o", "p.o"));
}

TEST_CASE("architecture_field: beside a wildcard the name is a whole word") {
  for (const char* glob : {"*{bpfarch}*", "*{bpfarch}*.o", "**{bpfarch}**", "*{bpfarch}.o", "?{bpfarch}?o"}) {
    CAPTURE(glob);
    CHECK(matches(glob, "-arm.o") == true);
    CHECK_FALSE(matches(glob, "alarm.o"));
    CHECK_FALSE(matches(glob, "p_arm64.o"));
    CHECK_FALSE(matches(glob, "2arm.o"));
  }
  CHECK(matches("*{bpfarch}*.o", "arm.o"));
  CHECK(matches("*{bpfarch}*.o", "prog.arm-debug.o"));
  CHECK(matches("p*{bpfarch}.o", "p-arm.o"));
  CHECK_FALSE(matches("p*{bpfarch}.o", "parm.o"));
  CHECK(matches("p{bpfarch}.o", "parm.o"));  // no wildcard: as it was written
}

TEST_CASE("architecture_field: a backslash makes plain text") {
  CHECK(has_architecture_field("a/{bpfarch}/b"));
  CHECK_FALSE(has_architecture_field("a/\\{bpfarch}/b"));
  CHECK(has_architecture_field("a/\\\\{bpfarch}/b"));
  CHECK_FALSE(has_architecture_field("{arch}"));
  CHECK(matches("\\{bpfarch}.o", "{bpfarch}.o"));
  CHECK_FALSE(matches("\\{bpfarch}.o", "arm.o"));
}

TEST_CASE("architecture_field: a path gets the name in place of each field") {
  CHECK(path_for_architecture("build/{bpfarch}/p_{bpfarch}.o", "x86") == "build/x86/p_x86.o");
  CHECK(path_for_architecture("build", "x86") == "build");
  CHECK(path_for_architecture("{bpfarch}", "x86") == "x86");
}

TEST_CASE("architecture_field: fields with other names are found") {
  CHECK(unknown_field("*_{arch}.o") == "{arch}");
  CHECK(unknown_field("{bpfarch}/{machine}/*.o") == "{machine}");
  for (const char* glob : {"*_{bpfarch}.o", "{a,b}", "{}", "\\{arch}", "{", "{arch", "}{", "[{]x}"}) {
    CAPTURE(glob);
    CHECK(unknown_field(glob).empty());
  }
}
