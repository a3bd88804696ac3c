// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/manifest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "archive/tree_path.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using Json = nlohmann::ordered_json;

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json object_json(const ManifestObject& object) {
  Json json = {{"path", object.path}, {"bytes", object.bytes}, {"hash", object.hash.hex()}};
  if (object.sha256) json["sha256"] = object.sha256->hex();
  json["relocations"] = object.relocations;
  if (object.architectures) json["bpfarch"] = *object.architectures;
  return json;
}

Json kernel_json(const ManifestKernel& kernel) {
  Json json = {{"source", kernel.source}};
  if (!kernel.member.empty()) json["member"] = kernel.member;
  json["source_hash"] = kernel.source_hash.hex();
  if (kernel.source_sha256) json["source_sha256"] = kernel.source_sha256->hex();
  json["output"] = kernel.output;
  json["content_hash"] = kernel.content_hash.hex();
  json["content_sha256"] = kernel.content_sha256.hex();
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

// Only one item at a time is a JSON value. A manifest can have tens of thousands of items, and their text takes far
// less memory than their JSON values.
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
  if (!manifest.keeps.empty()) text += "\"keep\":" + printed(manifest.keeps) + ",\n";
  if (manifest.keeps_layout) text += "\"layout\":\"kernel\",\n";
  if (manifest.shares_answers) text += "\"dedupe\":\"answers\",\n";
  add_list(text, "kernels", manifest.kernels, kernel_json);
  return text + "}\n";
}

namespace {

using ParsedJson = nlohmann::json;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t max_manifest_bytes = std::size_t{256} << 20U;
constexpr std::uint64_t known_schema = 1;

struct Fault {
  ErrorKind kind;
  std::string where;
  std::string reason;
};

Fault no_manifest(std::string where, const std::string& reason) {
  return {ErrorKind::wrong_file, std::move(where), "not a manifest of min-btf: " + reason};
}

[[noreturn]] void raise(const std::string& file, const Fault& fault) {
  throw Error(fault.kind, file, fault.where, fault.reason);
}

std::string kernel_place(std::size_t index) { return "kernels[" + std::to_string(index) + "]"; }

// Collects the outputs from the events of the parser. The parser works without recursion and builds no document: the
// document of a hostile file could take a hundred times the memory of the file.
//
// Keys can have any order. The first fault of each of "tool", "schema" and "kernels" is therefore kept to the end, and
// reported in this order: for a newer schema, the schema is the fault, not an unknown form of "kernels".
class Collector : public nlohmann::json_sax<ParsedJson> {
 public:
  // Returns the outputs in the order of the file. Throws Error for the first fault.
  std::vector<ManifestOutput> result(const std::string& file) && {
    for (const auto* fault : {&tool_fault_, &schema_fault_, &kernels_fault_}) {
      if (*fault) raise(file, **fault);
    }
    return std::move(outputs_);
  }
  // Number of bytes that the parser had read when it found invalid JSON.
  [[nodiscard]] std::size_t stopped_at() const noexcept { return stopped_at_; }

  bool null() override { return value({}); }
  bool boolean(bool) override { return value({}); }
  bool number_integer(number_integer_t number) override { return value({.type = integer, .digits = to_text(number)}); }
  bool number_unsigned(number_unsigned_t number) override {
    return value({.type = integer, .digits = to_text(number)});
  }
  bool number_float(number_float_t, const string_t&) override { return value({}); }
  bool string(string_t& text) override { return value({.type = text_type, .text = &text}); }
  bool binary(binary_t&) override { return value({}); }
  bool start_object(std::size_t) override { return open(object); }
  bool start_array(std::size_t) override { return open(array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (depth_ == top_depth) top_key_ = name;
    if (depth_ == kernel_depth) kernel_key_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    stopped_at_ = position;
    return false;
  }

 private:
  enum Type { other, integer, text_type, object, array };
  struct Value {
    Type type = other;
    std::string* text = nullptr;
    std::string digits{};
  };

  // Number of open objects and arrays around a value of the document, of the list of kernels, and of a kernel.
  static constexpr std::size_t top_depth = 1;
  static constexpr std::size_t list_depth = 2;
  static constexpr std::size_t kernel_depth = 3;

  template <typename Number>
  static std::string to_text(Number number) {
    return std::to_string(number);
  }

  bool open(Type type) {
    value({.type = type});
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    if (depth_ == list_depth && in_kernels_) end_kernel();
    if (depth_ == top_depth) in_kernels_ = false;
    return true;
  }

  bool value(const Value& value) {
    if (depth_ == top_depth) top_value(value);
    if (depth_ == list_depth && in_kernels_) start_kernel(value);
    if (depth_ == kernel_depth && in_kernels_) kernel_value(value);
    return true;
  }

  void top_value(const Value& value) {
    if (top_key_ == "tool") {
      tool_fault_.reset();
      if (value.type != text_type) tool_fault_ = no_manifest("", "\"tool\" is not a string");
      if (value.type == text_type && *value.text != "min-btf")
        tool_fault_ = no_manifest("", "\"tool\" is not \"min-btf\"");
    } else if (top_key_ == "schema") {
      schema_fault_.reset();
      if (value.type != integer) {
        schema_fault_ = no_manifest("", "\"schema\" is not an integer");
      } else if (value.digits != to_text(known_schema)) {
        schema_fault_ = {ErrorKind::unsupported, "schema",
                         value.digits + ", but this version reads only " + to_text(known_schema)};
      }
    } else if (top_key_ == "kernels") {
      kernels_fault_.reset();
      outputs_.clear();
      kernels_ = 0;
      in_kernels_ = value.type == array;
      if (!in_kernels_) kernels_fault_ = no_manifest("", "\"kernels\" is not an array");
    }
  }

  void start_kernel(const Value& value) {
    ++kernels_;
    kernel_ = {};
    has_output_ = has_hash_ = false;
    kernel_key_.clear();
    if (value.type != object) kernel_fault("", "not an object");
  }

  void kernel_value(const Value& value) {
    const bool wanted = kernel_key_ == "output" || kernel_key_ == "content_hash" || kernel_key_ == "link";
    if (!wanted) return;
    if (value.type != text_type) return kernel_fault(kernel_key_, "not a string");
    if (kernel_key_ == "output") {
      has_output_ = true;
      kernel_.path = *value.text;
    } else if (kernel_key_ == "content_hash") {
      has_hash_ = true;
      const auto hash = io::Hash::from_hex(*value.text);
      if (!hash) return kernel_fault(kernel_key_, "not a hash of 32 hexadecimal digits");
      kernel_.content_hash = *hash;
    } else {
      kernel_.link = *value.text;
    }
  }

  void end_kernel() {
    if (!has_output_) kernel_fault("output", "missing");
    if (!has_hash_) kernel_fault("content_hash", "missing");
    // After the first fault outputs are no longer needed. Incomplete kernels therefore take no memory.
    if (!kernels_fault_) outputs_.push_back(std::move(kernel_));
  }

  void kernel_fault(const std::string& key, const std::string& reason) {
    if (kernels_fault_) return;
    kernels_fault_ = no_manifest(kernel_place(kernels_ - 1), (key.empty() ? "" : '"' + key + "\" is ") + reason);
  }

  std::optional<Fault> tool_fault_ = no_manifest("", "\"tool\" is missing");
  std::optional<Fault> schema_fault_ = no_manifest("", "\"schema\" is missing");
  std::optional<Fault> kernels_fault_ = no_manifest("", "\"kernels\" is missing");
  std::vector<ManifestOutput> outputs_;

  std::size_t depth_ = 0;
  std::string top_key_;
  bool in_kernels_ = false;
  std::size_t kernels_ = 0;
  ManifestOutput kernel_;
  std::string kernel_key_;
  bool has_output_ = false;
  bool has_hash_ = false;
  std::size_t stopped_at_ = 0;
};

std::size_t line_at(const Bytes& bytes, std::size_t bytes_read) {
  // The parser stopped at the last byte that it read. At the end of the file it counts one byte more.
  const std::size_t before = std::min(bytes_read - std::min<std::size_t>(bytes_read, 1), bytes.size());
  return 1 +
         static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(before), '\n'));
}

void check_path(const std::string& file, const std::string& path, std::size_t index) {
  if (is_clean_path(path)) return;
  const std::string fault = path_fault(path);
  raise(file, {ErrorKind::damaged, kernel_place(index) + ".output",
               fault.empty() ? "a path with '.' or a needless '/'" : fault});
}

// Returns the outputs whose paths are known, sorted by path. Throws Error (damaged) if two outputs have one path.
std::vector<ManifestOutput> sorted(const std::string& file, std::vector<ManifestOutput> outputs) {
  std::vector<std::pair<std::string_view, std::size_t>> order;
  order.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // U+FFFD replaces bytes that were not UTF-8. The path is then unknown, and several outputs may have the same text.
    if (outputs[i].path.find("\xef\xbf\xbd") == std::string::npos) order.emplace_back(outputs[i].path, i);
  }
  std::ranges::sort(order);
  const auto same_path = [](const auto& one, const auto& other) { return one.first == other.first; };
  const auto twice = std::ranges::adjacent_find(order, same_path);
  if (twice != order.end()) {
    raise(file, {ErrorKind::damaged, kernel_place(twice[1].second) + ".output",
                 "the same path as " + kernel_place(twice[0].second) + ".output"});
  }
  std::vector<ManifestOutput> result;
  result.reserve(outputs.size());
  for (const auto& [path, index] : order) result.push_back(std::move(outputs[index]));
  return result;
}

}  // namespace

std::vector<ManifestOutput> read_manifest(const std::filesystem::path& path) {
  const std::string file = path.string();
  const Bytes bytes = io::InputFile(path).read_all(max_manifest_bytes);
  Collector collector;
  if (!ParsedJson::sax_parse(bytes.begin(), bytes.end(), &collector)) {
    raise(file, no_manifest("", "invalid JSON in line " + std::to_string(line_at(bytes, collector.stopped_at()))));
  }
  std::vector<ManifestOutput> outputs = std::move(collector).result(file);
  for (std::size_t i = 0; i < outputs.size(); ++i) check_path(file, outputs[i].path, i);
  return sorted(file, std::move(outputs));
}

}  // namespace minbtf::archive
