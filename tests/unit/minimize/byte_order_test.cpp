// SPDX-License-Identifier: BSD-2-Clause
// A plan with objects of both byte orders: which objects are used for a kernel.
#include <catch2/catch.hpp>

#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

BpfObject object_of(const std::string& name, const std::string& order) {
  const std::string bytes = contents_of(bpf_object(name, order));
  return BpfObject::parse(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), name + "." + order);
}

Btf kernel(const std::string& order) { return Btf::parse(kernel_btf(order), "kernel"); }

std::vector<std::uint8_t> reduced(const Plan& plan, const std::string& order) {
  return plan.minimize(kernel(order)).bytes;
}

}  // namespace

TEST_CASE("byte_order: objects of the kernel's byte order are used if there are any") {
  const Plan both({object_of("basic", "el"), object_of("ambiguous", "eb"), object_of("ambiguous", "eb")});
  CHECK(both.takes_part(0, ByteOrder::little));
  CHECK_FALSE(both.takes_part(1, ByteOrder::little));
  CHECK_FALSE(both.takes_part(0, ByteOrder::big));
  CHECK(both.takes_part(2, ByteOrder::big));

  const Plan little({object_of("basic", "el")});
  const Plan big({object_of("ambiguous", "eb")});
  CHECK(reduced(both, "el") == reduced(little, "el"));
  CHECK(reduced(both, "eb") == reduced(big, "eb"));
  CHECK(reduced(both, "el") != reduced(big, "el"));
}

TEST_CASE("byte_order: all objects are used for a kernel if none has its byte order") {
  const Plan little({object_of("basic", "el"), object_of("ambiguous", "el")});
  CHECK(little.takes_part(0, ByteOrder::big));
  CHECK(little.takes_part(1, ByteOrder::big));
  const Plan big({object_of("basic", "eb"), object_of("ambiguous", "eb")});
  CHECK(reduced(little, "eb") == reduced(big, "eb"));
}

TEST_CASE(
    "byte_order: resolutions and unresolved relocations cover only the used objects, and keep the objects' indices") {
  const Plan both({object_of("ambiguous", "eb"), object_of("basic", "el"), object_of("ambiguous", "el")});
  const Plan little({object_of("basic", "el"), object_of("ambiguous", "el")});
  const Resolutions found = both.minimize(kernel("el")).resolutions;
  const Resolutions expected = little.minimize(kernel("el")).resolutions;
  CHECK(found.counts() == expected.counts());
  REQUIRE(found.size() == expected.size());
  CHECK(found.size() == both.objects()[1].relocation_count() + both.objects()[2].relocation_count());
  std::size_t index = 0;
  for (const Resolution& resolution : found) {
    CAPTURE(index);
    const Resolution other = expected[index];
    CHECK(resolution.object == other.object + 1);
    CHECK(resolution.relocation == other.relocation);
    CHECK(resolution.status == other.status);
    CHECK(resolution.value == other.value);
    CHECK(found[index].object == resolution.object);
    ++index;
  }
  CHECK(index == found.size());
  CHECK(found.failures().size() == expected.failures().size());
  const auto unresolved = both.check(kernel("el"));
  const auto other = little.check(kernel("el"));
  REQUIRE(unresolved.size() == other.size());
  CHECK_FALSE(unresolved.empty());
  for (std::size_t i = 0; i < other.size(); ++i) CHECK(unresolved[i].object == other[i].object + 1);
}

TEST_CASE("byte_order: a reduced BTF is compared only for the objects that are used") {
  const Plan both({object_of("basic", "el"), object_of("ambiguous", "eb")});
  const Btf result = Btf::parse(reduced(both, "el"), "reduced");
  const Comparison found = both.compare(kernel("el"), result);
  CHECK(found.holds());
  CHECK(found.relocations == both.objects()[0].relocation_count());
  CHECK_FALSE(Plan({object_of("ambiguous", "el")}).compare(kernel("el"), result).holds());
}

TEST_CASE("byte_order: a plan that uses only some objects gives the results of a plan of these objects alone") {
  // `basic` is given twice: the entry that is used has to have the records, also if it is not the first.
  const Plan all(
      {object_of("basic", "el"), object_of("ambiguous", "el"), object_of("basic", "el"), object_of("ambiguous", "eb")});
  const Plan one = all.using_only({false, false, true, true});
  REQUIRE(one.objects().size() == 4);
  CHECK_FALSE(one.takes_part(0, ByteOrder::little));
  CHECK_FALSE(one.takes_part(1, ByteOrder::little));
  CHECK(one.takes_part(2, ByteOrder::little));
  CHECK_FALSE(one.takes_part(3, ByteOrder::little));
  CHECK(one.takes_part(3, ByteOrder::big));

  const Plan alone({object_of("basic", "el"), object_of("ambiguous", "eb")});
  CHECK(one.question_count() == alone.question_count());
  for (const std::string order : {"el", "eb"}) {
    CAPTURE(order);
    CHECK(reduced(one, order) == reduced(alone, order));
    CHECK(reduced(one, order) != reduced(all.using_only({true, true, false, false}), order));
    CHECK(one.wanted_types(ByteOrder::little).names == alone.wanted_types(ByteOrder::little).names);
  }
  const Resolutions found = one.minimize(kernel("el")).resolutions;
  const Resolutions expected = alone.minimize(kernel("el")).resolutions;
  CHECK(found.counts() == expected.counts());
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].object == 2);
    CHECK(found[i].value == expected[i].value);
  }
  CHECK(one.check(kernel("el")).size() == alone.check(kernel("el")).size());
  const Btf result = Btf::parse(reduced(one, "el"), "reduced");
  CHECK(one.compare(kernel("el"), result).holds());
  CHECK_FALSE(all.compare(kernel("el"), result).holds());
  CHECK(one.resolve(kernel("el"), 0, {}).empty());
  CHECK(one.resolve(kernel("el"), 2, {}).size() == one.objects()[2].relocation_count());
}

TEST_CASE("byte_order: a plan without an object of the kernel's byte order uses its objects, and no others") {
  const Plan all({object_of("basic", "el"), object_of("ambiguous", "eb")});
  const Plan one = all.using_only({true, false});
  CHECK(one.takes_part(0, ByteOrder::big));
  CHECK_FALSE(one.takes_part(1, ByteOrder::big));
  CHECK(reduced(one, "eb") == reduced(Plan({object_of("basic", "el")}), "eb"));
}
