// SPDX-License-Identifier: BSD-2-Clause
// Objects and kernels of both byte orders: bpf2go compiles an object for each, and an archive has kernels of each.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using nlohmann::json;

namespace {

struct Place {
  TempDir directory;
  std::string in = directory.file("in");
  std::string out = directory.file("out");
  std::string little = bpf_object("basic", "el");
  std::string big = bpf_object("ambiguous", "eb");

  Place() {
    put(in + "/x86_64/1.btf", kernel_btf("el"));
    put(in + "/x86_64/2.btf", kernel_btf("el"));
    put(in + "/s390x/1.btf", kernel_btf("eb"));
  }
  [[nodiscard]] std::string output(const std::string& path) const { return contents_of(out + "/" + path); }
};

}  // namespace

TEST_CASE("cli_byte_order: gen and verify use the objects of the kernel's byte order for each kernel") {
  const Place place;
  const CommandResult result =
      run_min_btf({"gen", "--json", "--verify", "--links=copy", place.in, place.out, place.little, place.big});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, !Contains("endian"));
  CHECK(place.output("x86_64/1.btf") == reduced({place.little}, kernel_btf("el")));
  CHECK(place.output("s390x/1.btf") == reduced({place.big}, kernel_btf("eb")));
  const json document = document_of(result);
  const json& objects = document.at("objects");
  CHECK(objects.at(0).at("byte_order") == "little");
  CHECK(objects.at(0).at("left_out") == 1);
  CHECK(objects.at(1).at("byte_order") == "big");
  CHECK(objects.at(1).at("left_out") == 2);
  const std::size_t total =
      2 * objects.at(0).at("relocations").get<std::size_t>() + objects.at(1).at("relocations").get<std::size_t>();
  CHECK(document.at("relocations").at("total") == total);

  const CommandResult verified = run_min_btf({"verify", "--json", place.in, place.out, place.little, place.big});
  CHECK(verified.status == 0);
  CHECK(document_of(verified).at("relocations") == total);
  CHECK(document_of(verified).at("objects").at(1).at("left_out") == 2);
}

TEST_CASE("cli_byte_order: with objects of both byte orders, cached results and manifests equal those of a first run") {
  const Place place;
  const std::string cache = "--cache=" + place.directory.file("cache");
  std::string manifest;
  for (const std::string jobs : {"-j1", "-j4", "-j4"}) {
    const std::string file = place.directory.file("manifest");
    const CommandResult result =
        run_min_btf({"gen", jobs, cache, "--manifest=" + file, place.in, place.out, place.little, place.big});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Contains(" of 2 objects: "));
    if (!manifest.empty()) CHECK(contents_of(file) == manifest);
    manifest = contents_of(file);
    CHECK(place.output("s390x/1.btf") == reduced({place.big}, kernel_btf("eb")));
  }
}

TEST_CASE("cli_byte_order: an object that is used for no kernel is not counted, and the summary reports it") {
  const Place place;
  const std::string other = bpf_object("basic", "eb");
  const CommandResult tree = run_min_btf({"gen", "--include=x86_64/**", place.in, place.out, place.little, other});
  CHECK(tree.status == 0);
  CHECK(tree.err.empty());
  CHECK_THAT(tree.out,
             Contains("12 relocations of 1 object: ") && Contains("; 1 object of the other byte order left out"));
  const CommandResult one =
      run_min_btf({"gen", place.in + "/x86_64/1.btf", place.directory.file("o.btf"), other, place.little});
  CHECK(one.status == 0);
  CHECK(one.err.empty());
  CHECK_THAT(one.out, Contains("6 relocations: ") && EndsWith("; 1 object of the other byte order left out\n"));
}

TEST_CASE(
    "cli_byte_order: without an object of the kernel's byte order, all objects are used, with one warning for each "
    "run") {
  const Place place;
  const std::string warning =
      "min-btf: warning: 1 kernel is big-endian, and all objects are little-endian: to load them on such a kernel, "
      "compile them with -target bpfeb\n";
  const CommandResult result = run_min_btf({"gen", place.in, place.out, place.little});
  CHECK(result.status == 0);
  CHECK(result.err == warning);
  CHECK(place.output("s390x/1.btf") == reduced({place.little}, kernel_btf("eb")));
  const CommandResult verified = run_min_btf({"verify", place.in, place.out, place.little});
  CHECK(verified.status == 0);
  CHECK(verified.err == warning);

  const CommandResult big = run_min_btf({"gen", place.in, place.out, bpf_object("basic", "eb")});
  CHECK(big.err ==
        "min-btf: warning: 2 kernels are little-endian, and all objects are big-endian: to load them on such a kernel, "
        "compile them with -target bpfel\n");
}

TEST_CASE(
    "cli_byte_order: check counts an object of the other byte order as failing, without evaluating its relocations") {
  const Place place;
  const std::string object = bpf_object("basic", "eb");
  const CommandResult result = run_min_btf({"check", "--fail-on=fails", place.in, object});
  CHECK(result.status == 3);
  CHECK_THAT(result.out, Contains("  fails, 2 of 3 kernels: x86_64: all 2 kernels\n"
                                  "      cannot be loaded: big-endian object, little-endian kernel (both programs)\n"));
  CHECK_THAT(result.out, EndsWith(" 0 relocate everywhere, 0 guarded, 0 NOT guarded, 2 fail\n"));

  const json document = document_of(run_min_btf({"check", "--json", place.in + "/x86_64/1.btf", object}));
  CHECK(document.at("summary").at("fails") == 2);
  const json& checked = document.at("objects").at(0);
  CHECK(checked.at("byte_order") == "big");
  CHECK(checked.at("outcomes").at(0).at("status") == "fails");
  CHECK(checked.at("outcomes").at(0).at("programs").at(0).at("relocations") ==
        json::parse(R"([{"status": "failed", "failure": "the object has another byte order than the kernel",
            "why": {"reason": "other_byte_order", "subject": "", "detail": "big-endian object, little-endian kernel"}}])"));

  // An object without relocations fails too.
  const CommandResult without =
      run_min_btf({"check", "--fail-on=fails", place.in + "/x86_64/1.btf", bpf_object("no_core", "eb")});
  CHECK(without.status == 3);
  CHECK_THAT(without.out, Contains("cannot be loaded: big-endian object, little-endian kernel"));
}

TEST_CASE("cli_byte_order: check of objects in both byte orders prints a note") {
  const Place place;
  const CommandResult result =
      run_min_btf({"check", place.in + "/x86_64/1.btf", place.little, bpf_object("basic", "eb")});
  CHECK(result.status == 0);
  CHECK_THAT(result.out,
             Contains("note: the objects have both byte orders. An object fails on a kernel of the other byte order:"));
  CHECK_THAT(result.out, Contains("1 kernel, 2 objects, 4 programs: 1 relocates, 1 guarded, 0 NOT guarded, 2 fail"));
}

TEST_CASE("cli_byte_order: inspect states the byte order") {
  const std::string big = bpf_object("basic", "eb");
  CHECK_THAT(run_min_btf({"inspect", big}).out, Contains(": 2 programs, big-endian, 6 relocations"));
  const json document = document_of(run_min_btf({"inspect", "--json", big, bpf_object("basic")}));
  CHECK(document.at("objects").at(0).at("byte_order") == "big");
  CHECK(document.at("objects").at(1).at("byte_order") == "little");
}
