#include "archive/manifest.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace minbtf::archive {

namespace {

using Json = nlohmann::ordered_json;

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json object_json(const ManifestObject& object) {
  return {
      {"path", object.path}, {"bytes", object.bytes}, {"hash", object.hash.hex()}, {"relocations", object.relocations}};
}

Json kernel_json(const ManifestKernel& kernel) {
  Json json = {{"source", kernel.source}};
  if (!kernel.member.empty()) json["member"] = kernel.member;
  json["source_hash"] = kernel.source_hash.hex();
  json["output"] = kernel.output;
  json["content_hash"] = kernel.content_hash.hex();
  json["bytes"] = kernel.bytes;
  if (!kernel.same_as.empty()) json["same_as"] = kernel.same_as;
  if (!kernel.link.empty()) json["link"] = kernel.link;
  const KernelFigures& figures = kernel.figures;
  json["source_bytes"] = figures.source_bytes;
  json["source_types"] = figures.source_types;
  json["types"] = figures.types;
  json["members"] = figures.members;
  json["enumerators"] = figures.enumerators;
  json["relocations"] = {{"resolved", figures.resolved}, {"poisoned", figures.poisoned}, {"failing", figures.failed}};
  return json;
}

// One item at a time becomes a JSON value: there can be tens of thousands, and their text takes far less room.
template <typename Item>
void add_list(std::string& text, std::string_view key, const std::vector<Item>& items, Json (*json_of)(const Item&)) {
  text.append("\"").append(key).append("\":[");
  const char* separator = "\n";
  for (const Item& item : items) {
    text += separator + printed(json_of(item));
    separator = ",\n";
  }
  text += items.empty() ? "]" : "\n]";
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  std::string text = R"({"tool":"min-btf","version":)" + printed(manifest.version) + ",\"schema\":1,\n";
  add_list(text, "objects", manifest.objects, object_json);
  text += ",\n";
  add_list(text, "kernels", manifest.kernels, kernel_json);
  return text + "}\n";
}

}  // namespace minbtf::archive
