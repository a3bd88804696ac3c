#include "report/loader_json.hpp"

#include <nlohmann/json.hpp>

#include "report/json.hpp"

namespace minbtf::report {

namespace {

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string to_text(const LoaderLog& log) {
  Json json = {{"failed_program", log.failed_program}, {"first_warning", log.first_warning}};
  Json& outcomes = json["outcomes"] = Json::array();
  for (const auto& [record, lines] : log.outcomes) {
    outcomes.push_back({{"program", record.program}, {"number", record.number}, {"lines", lines}});
  }
  return printed(json);
}

LoaderLog log_from(const std::string& text) {
  const Json json = Json::parse(text);
  LoaderLog log;
  json.at("failed_program").get_to(log.failed_program);
  json.at("first_warning").get_to(log.first_warning);
  for (const Json& each : json.at("outcomes")) {
    each.at("lines").get_to(log.outcomes[{.program = each.at("program"), .number = each.at("number")}]);
  }
  return log;
}

std::string to_text(const LoaderComparison& comparison) {
  Json json = {{"objects", comparison.objects}, {"loads", comparison.loads}, {"relocations", comparison.relocations}};
  Json& differences = json["differences"] = Json::array();
  for (const LoaderDifference& each : comparison.differences) {
    differences.push_back({{"object", each.object},
                           {"program", each.program},
                           {"record", each.record},
                           {"full", each.full},
                           {"reduced", each.reduced}});
  }
  Json& stops = json["stops"] = Json::array();
  for (const LoaderStop& each : comparison.stops) stops.push_back({{"object", each.object}, {"reason", each.reason}});
  return printed(json);
}

LoaderComparison comparison_from(const std::string& text) {
  const Json json = Json::parse(text);
  LoaderComparison comparison;
  json.at("objects").get_to(comparison.objects);
  json.at("loads").get_to(comparison.loads);
  json.at("relocations").get_to(comparison.relocations);
  for (const Json& each : json.at("differences")) {
    comparison.differences.push_back({.object = each.at("object"),
                                      .program = each.at("program"),
                                      .record = each.at("record"),
                                      .full = each.at("full"),
                                      .reduced = each.at("reduced")});
  }
  for (const Json& each : json.at("stops")) {
    comparison.stops.push_back({.object = each.at("object"), .reason = each.at("reason")});
  }
  return comparison;
}

}  // namespace minbtf::report
