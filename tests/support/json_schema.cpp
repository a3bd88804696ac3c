// SPDX-License-Identifier: BSD-2-Clause
#include "support/json_schema.hpp"

#include <regex>
#include <set>
#include <stdexcept>

namespace minbtf::test {

namespace {

using nlohmann::json;

const std::string definitions = "#/$defs/";

[[noreturn]] void refuse(const std::string& keyword, const json& value) {
  throw std::logic_error("schema: " + keyword + ": " + value.dump() + " is not known to this validator");
}

// Throws if the schema contains, at any depth, a keyword or a form of its value that the validator does not handle.
void check_schema(const json& schema) {
  static const std::set<std::string> texts = {"$schema", "title", "description", "pattern"};
  static const std::set<std::string> types = {"object", "array", "string", "integer"};
  if (!schema.is_object()) refuse("a schema", schema);
  for (const auto& [keyword, value] : schema.items()) {
    bool known = false;
    if (texts.contains(keyword)) {
      known = value.is_string();
    } else if (keyword == "type") {
      known = value.is_string() && types.contains(value.get<std::string>());
    } else if (keyword == "$ref") {
      known = value.is_string() && value.get<std::string>().starts_with(definitions);
    } else if (keyword == "required") {
      known = value.is_array();
    } else if (keyword == "additionalProperties") {
      known = value == false;
    } else if (keyword == "minimum" || keyword == "minLength") {
      known = value.is_number_unsigned();
    } else if (keyword == "const") {
      known = true;
    } else if (keyword == "items") {
      known = true;
      check_schema(value);
    } else if (keyword == "properties" || keyword == "$defs") {
      known = value.is_object();
      for (const json& part : value) check_schema(part);
    }
    if (!known) refuse(keyword, value);
  }
}

class Validator {
 public:
  explicit Validator(const json& root) : root_(root) {}

  void check(const json& schema, const json& value, const std::string& place) {
    // A wrong type is reported alone: all other faults of the value would follow from it.
    if (schema.contains("type") && !has_type(value, schema.at("type"))) {
      return fault(place, "no " + schema.at("type").get<std::string>());
    }
    if (schema.contains("$ref")) {
      const std::string name = schema.at("$ref").get<std::string>().substr(definitions.size());
      check(root_.at("$defs").at(name), value, place);
    }
    if (schema.contains("const") && value != schema.at("const")) fault(place, "not " + schema.at("const").dump());
    if (value.is_string()) check_text(schema, value.get<std::string>(), place);
    if (value.is_number() && schema.contains("minimum") && value < schema.at("minimum")) {
      fault(place, "less than " + schema.at("minimum").dump());
    }
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        check(schema.at("items"), value.at(i), place + "/" + std::to_string(i));
      }
    }
    if (value.is_object()) check_members(schema, value, place);
  }

  [[nodiscard]] std::vector<std::string> faults() && { return std::move(faults_); }

 private:
  static bool has_type(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    return value.is_number_integer();
  }

  void check_text(const json& schema, const std::string& text, const std::string& place) {
    if (schema.contains("minLength") && text.size() < schema.at("minLength")) fault(place, "too short");
    if (!schema.contains("pattern")) return;
    const auto pattern = schema.at("pattern").get<std::string>();
    if (!std::regex_search(text, std::regex(pattern))) fault(place, "does not match " + pattern);
  }

  void check_members(const json& schema, const json& value, const std::string& place) {
    static const json none = json::object();
    const json& properties = schema.contains("properties") ? schema.at("properties") : none;
    if (schema.contains("required")) {
      for (const std::string name : schema.at("required")) {
        if (!value.contains(name)) fault(place, "lacks " + name);
      }
    }
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(properties.at(name), member, place + "/" + name);
      } else if (schema.contains("additionalProperties")) {
        fault(place, "has " + name);
      }
    }
  }

  void fault(const std::string& place, const std::string& what) { faults_.push_back(place + ": " + what); }

  const json& root_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> schema_faults(const json& schema, const json& document) {
  check_schema(schema);
  Validator validator(schema);
  validator.check(schema, document, "");
  return std::move(validator).faults();
}

}  // namespace minbtf::test
