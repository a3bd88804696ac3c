// SPDX-License-Identifier: BSD-2-Clause
// The JSON document of `check`: each outcome once, and kernels by index.
#include "commands/check/check_json.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "support/check_case.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

using cli::Json;

TEST_CASE("check_json: the document has kernels, combinations, and outcomes by object and program") {
  const Plan plan({asking_object("one.bpf.o", {{"p", "aB"}, {"q", "Cc"}}), asking_object("two.bpf.o", {{"r", "a"}})});
  const auto result = checked(plan, {{"u/5.4.0-9-x.btf", kernel_with("abc")},
                                     {"u/5.4.0-10-x.btf", kernel_with("b")},
                                     {"u/vmlinux.btf", kernel_with("bd")},
                                     {"w/5.4.0-1-x.btf", kernel_with("a", true)}});
  Json document = Json::object();
  cli::add_check({.input = "u",
                  .repeated = {"a", "b", "c", "d"},
                  .ignored = 5,
                  .modules = 4,
                  .unselected = 2,
                  .skipped_objects = 3,
                  .conditions = {{"fails", {1, 2, 3}}}},
                 &result, document);
  CHECK(document["input"] == "u");
  CHECK(document["ignored"] == 5);
  CHECK(document["modules"] == 4);
  CHECK(document["unselected"] == 2);
  CHECK(document["repeated"] == 4);
  CHECK(document["skipped_objects"] == 3);
  CHECK(document["conditions"] == Json::parse(R"([{"word": "fails", "objects": 1, "programs": 2, "kernels": 3}])"));
  CHECK(document["summary"] == Json::parse(R"({"kernels": 4, "objects": 2, "programs": 3,
                                               "relocates": 0, "guarded": 1, "poisoned": 0, "fails": 2})"));
  CHECK(document["kernels"] == Json::parse(R"([
    {"path": "u/5.4.0-9-x.btf", "directory": "u", "release": "5.4.0-9", "flavour": "x", "combination": 0},
    {"path": "u/5.4.0-10-x.btf", "directory": "u", "release": "5.4.0-10", "flavour": "x", "combination": 1},
    {"path": "u/vmlinux.btf", "directory": "u", "combination": 1},
    {"path": "w/5.4.0-1-x.btf", "directory": "w", "release": "5.4.0-1", "flavour": "x", "combination": 2}])"));
  CHECK(document["combinations"] == Json::parse("[[0, 0], [1, 1], [2, 2]]"));

  const Json& one = document["objects"][0];
  CHECK(one["path"] == "one.bpf.o");
  CHECK(one["relocations"] == 4);
  CHECK(one["programs"] == Json::parse(R"([{"name": "p", "section": "tp/p", "called": false},
                                               {"name": "q", "section": "tp/q", "called": false}])"));
  CHECK(one["outcomes"][0] ==
        Json::parse(R"({"status": "relocates", "kernels": 1, "first": "u/5.4.0-9-x.btf", "programs": []})"));
  CHECK(one["outcomes"][1] == Json::parse(R"({"status": "poisoned", "kernels": 2, "first": "u/5.4.0-10-x.btf",
    "programs": [
      {"program": 0, "name": "p", "status": "poisoned", "relocations": [
        {"insn": 1, "kind": "field_byte_offset", "subject": "struct s::a", "status": "poisoned", "guard": "none",
         "why": {"reason": "no_such_member", "subject": "s.a", "detail": ""}}]},
      {"program": 1, "name": "q", "status": "guarded", "relocations": [
        {"insn": 2, "kind": "field_byte_offset", "subject": "struct s::c", "status": "poisoned", "guard": "exists",
         "why": {"reason": "no_such_member", "subject": "s.c", "detail": ""}}]}]})"));
  const Json& failed = one["outcomes"][2];
  CHECK(failed["status"] == "fails");
  CHECK(failed["programs"][0]["status"] == "fails");
  CHECK(failed["programs"][1]["status"] == "guarded");
  CHECK(failed["programs"][0]["relocations"] == Json::parse(R"([
        {"insn": 1, "kind": "field_byte_offset", "subject": "struct s::a", "status": "failed",
         "failure": "ambiguous: candidates disagree about the offset",
         "why": {"reason": "ambiguous", "subject": "s.a", "detail": "several types s disagree about the offset"}}])"));
}

TEST_CASE("check_json: an instruction of a subprogram is listed for each program that calls it") {
  const Plan plan({BpfObject::parse(bytes_of(bpf_object("calls")), "calls.bpf.o")});
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  const auto result = checked(plan, {{"k", btf.bytes()}});
  Json document = Json::object();
  cli::add_check({.input = "k"}, &result, document);
  std::map<std::string, bool> called;
  for (const Json& each : document["objects"][0]["programs"]) called[each["name"]] = each["called"];
  CHECK(called.at("read_absent"));
  CHECK_FALSE(called.at("calls_what_is_absent"));
  CHECK_FALSE(called.at("nobody_calls"));
  CHECK(document["summary"]["programs"] == 13);
  std::map<std::string, std::string> functions;
  for (const Json& each : document["objects"][0]["outcomes"][0]["programs"]) {
    functions[each["name"]] = each["relocations"][0].value("function", "");
  }
  CHECK(functions.at("calls_what_is_absent") == "read_absent");
  CHECK(functions.at("calls_through_another") == "read_absent");
  CHECK(functions.at("nobody_calls").empty());
  CHECK(functions.count("read_absent") == 0);
}

TEST_CASE("check_json: a guard that depends on read-only data names the variables and their values") {
  const Plan plan({BpfObject::parse(bytes_of(bpf_object("read_only")), "read_only.bpf.o")});
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  btf.enumeration("bpf_func_id", 4, {{"BPF_FUNC_jiffies64", 118}});
  const auto result = checked(plan, {{"k", btf.bytes()}});
  Json document = Json::object();
  cli::add_check({.input = "k"}, &result, document);
  std::map<std::string, Json> relocations;
  for (const Json& each : document["objects"][0]["outcomes"][0]["programs"]) {
    relocations[each["name"]] = each["relocations"][0];
    CHECK(each["status"] == (each["relocations"][0]["guard"] == "none" ? "poisoned" : "guarded"));
  }
  CHECK(relocations.at("with_sign")["guard"] == "unreachable");
  CHECK(relocations.at("with_sign")["while"] ==
        Json::parse(R"([{"variable": "minus", "section": ".rodata", "value": -1}])"));
  CHECK(relocations.at("two_fields")["while"] ==
        Json::parse(R"([{"variable": "config.level", "section": ".rodata", "value": 2},
                        {"variable": "config.inner.mode", "section": ".rodata", "value": 7}])"));
  CHECK_FALSE(relocations.at("if_on").contains("while"));
  CHECK_FALSE(relocations.at("asks_behind_on").contains("while"));
}

TEST_CASE("check_json: without a result the document has the conditions, but no kernels") {
  Json document = Json::object();
  cli::add_check({.input = "u"}, nullptr, document);
  CHECK(document.contains("conditions"));
  CHECK_FALSE(document.contains("kernels"));
}

TEST_CASE("check_json: an object without relocations has a note with the reason") {
  const Plan plan({asking_object("none.bpf.o", {{"p", ""}})});
  const auto result = checked(plan, {{"k", kernel_with("a")}});
  Json document = Json::object();
  cli::add_check({}, &result, document);
  CHECK(document["objects"][0]["note"] == "no CO-RE relocations");
  CHECK(document["objects"][0]["outcomes"].size() == 1);
}

TEST_CASE("check_json: each reason has a word") {
  const std::vector<std::pair<Reason, std::string>> words = {
      {Reason::none, "none"},
      {Reason::no_such_type, "no_such_type"},
      {Reason::no_such_member, "no_such_member"},
      {Reason::no_such_enumerator, "no_such_enumerator"},
      {Reason::incompatible, "incompatible"},
      {Reason::ambiguous, "ambiguous"},
      {Reason::other, "other"},
  };
  for (const auto& [reason, word] : words) CHECK(cli::to_json({.reason = reason})["reason"] == word);
}

}  // namespace minbtf::test
