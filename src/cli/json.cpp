// SPDX-License-Identifier: BSD-2-Clause
#include "cli/json.hpp"

#include <nlohmann/json.hpp>

#include "cli/commit.hpp"
#include "cli/reply.hpp"
#include "io/interrupt.hpp"
#include "libbpf/readback.hpp"
#include "minbtf/version.hpp"

namespace minbtf::cli {

namespace {

Json document_start(const char* status, int exit_status) {
  return {{"tool", "min-btf"}, {"version", version()}, {"status", status}, {"exit", exit_status}};
}

const char* status_word(int exit_status) {
  switch (exit_status) {
    case exit_failed:
      return "failed";
    case exit_usage:
      return "usage";
    default:
      return "done";
  }
}

Json error_json(const ErrorFacts& error) {
  Json json = {{"kind", error.kind}, {"message", error.message}};
  if (!error.file.empty()) json["file"] = error.file;
  if (!error.where.empty()) json["where"] = error.where;
  return json;
}

const char* word(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::no_such_type:
      return "no_such_type";
    case Reason::no_such_member:
      return "no_such_member";
    case Reason::no_such_enumerator:
      return "no_such_enumerator";
    case Reason::incompatible:
      return "incompatible";
    case Reason::ambiguous:
      return "ambiguous";
    case Reason::cut_value:
      return "cut_value";
    case Reason::other_byte_order:
      return "other_byte_order";
    case Reason::other:
      return "other";
  }
  return "";
}

std::string printed(const Json& document) {
  constexpr int indent = 2;
  return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json document_of(const Reply& reply) {
  Json document = document_start(status_word(reply.exit_status), reply.exit_status);
  if (reply.error) document["error"] = error_json(*reply.error);
  if (!reply.errors.empty()) {
    Json& errors = document["errors"] = Json::array();
    for (const ErrorFacts& error : reply.errors) errors.push_back(error_json(error));
  }
  if (reply.body) {
    reply.body(document);
  } else if (!reply.text.empty()) {
    document["text"] = reply.text;
  }
  document["warnings"] = reply.warnings;
  return document;
}

}  // namespace

std::string to_json(const Reply& reply) { return printed(document_of(reply)); }

JsonFrame json_around(const Reply& reply, const std::string& array) {
  JsonFrame frame = {.before = printed(document_of(reply)), .after = "\n  ]\n}\n"};
  frame.before.resize(frame.before.rfind("\n}"));
  frame.before += ",\n  \"" + array + "\": [\n";
  return frame;
}

std::string interrupted_json(const std::string& truth) {
  Json document = document_start("interrupted", io::interrupted_status);
  if (!truth.empty()) document["written"] = truth;
  return printed(document);
}

void add_version(Json& document, const std::string& text) {
  document["text"] = text;
  document["libbpf"] = libbpf::libbpf_version();
  if (*commit() != '\0') document["commit"] = commit();
}

Json to_json(const Explanation& why) {
  return {{"reason", word(why.reason)}, {"subject", why.subject}, {"detail", why.detail}};
}

}  // namespace minbtf::cli
