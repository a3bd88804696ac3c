// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/module_types_text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/short_text.hpp"
#include "commands/check/paragraph.hpp"

namespace minbtf::cli {

namespace {

constexpr std::size_t most_modules = 3;  ///< longest list of modules without -v

/// Returns what a relocation of this kind reads: "offset of ".
const char* property(RelocationKind kind) {
  switch (kind) {
    case RelocationKind::field_byte_offset:
      return "offset of ";
    case RelocationKind::field_byte_size:
    case RelocationKind::type_size:
      return "size of ";
    case RelocationKind::field_exists:
    case RelocationKind::type_exists:
    case RelocationKind::enumval_exists:
      return "existence of ";
    case RelocationKind::field_signed:
      return "sign of ";
    case RelocationKind::field_lshift_u64:
      return "left shift of ";
    case RelocationKind::field_rshift_u64:
      return "right shift of ";
    case RelocationKind::type_id_target:
    case RelocationKind::type_id_local:
      return "type id of ";
    case RelocationKind::enumval_value:
      return "value of ";
    case RelocationKind::type_matches:
      return "match of ";
  }
  return "";
}

/// Returns the result in words: "8", "poisoned", "ambiguous".
std::string words_of_answer(RelocationKind kind, const ModuleAnswer& answer, bool with_load_size) {
  if (answer.status == Status::poisoned) return "poisoned";
  if (answer.status == Status::failed) return is_ambiguous(answer.failure) ? "ambiguous" : "fails";
  switch (kind) {
    case RelocationKind::field_exists:
    case RelocationKind::type_exists:
    case RelocationKind::enumval_exists:
    case RelocationKind::type_matches:
      return answer.value != 0 ? "yes" : "no";
    case RelocationKind::type_id_target:
    case RelocationKind::type_id_local:
      return answer.value != 0 ? "found" : "not found";
    case RelocationKind::field_byte_offset:
    case RelocationKind::field_byte_size:
    case RelocationKind::field_signed:
    case RelocationKind::field_lshift_u64:
    case RelocationKind::field_rshift_u64:
    case RelocationKind::type_size:
    case RelocationKind::enumval_value:
      break;
  }
  const std::string value = std::to_string(answer.value);
  return with_load_size ? value + " (" + base::counted(answer.load_size, "byte") + ")" : value;
}

/// Makes the texts of the roots of one run.
class RootText {
 public:
  explicit RootText(bool verbose) : verbose_(verbose) {}

  /// Returns the text behind the type: "module btrfs; without it loaded nothing is found", ...
  [[nodiscard]] std::string summary(const ModuleRoot& found) const {
    const std::string names = list(found.modules, "and");
    if (found.modules.size() == 1) return "module " + names + "; without it loaded nothing is found";
    const std::string start = "modules " + names + ": ";
    if (found.agree()) return start + "any of them gives the same answers; with none of them loaded nothing is found";
    return start + "the answers depend on which of them are loaded; with none of them loaded nothing is found";
  }

  /// Returns "offset of x.a: 8 with m, poisoned with n; with both: 8".
  [[nodiscard]] std::string difference(const ModuleDifference& each) const {
    std::set<std::uint32_t> load_sizes;
    for (const ModuleAnswer& alone : each.alone) {
      if (alone.status == Status::resolved) load_sizes.insert(alone.load_size);
    }
    const bool with_load_size = load_sizes.size() > 1;
    std::string text = property(each.kind) + each.subject + ":";
    for (const ModuleAnswer& alone : each.alone) {
      if (&alone != &each.alone.front()) text += ",";
      text += " " + words_of_answer(each.kind, alone, with_load_size) + " with " + list(alone.modules, "or");
    }
    text += each.together.modules.size() == 2 ? "; with both: " : "; with all: ";
    if (each.depends_on_order) return text + "it depends on the order in which they are loaded";
    return text + words_of_answer(each.kind, each.together, false);
  }

 private:
  /// Returns "a", "a and b", "a, b and c", or "a, b, c and 4 more".
  [[nodiscard]] std::string list(const std::vector<std::string>& names, const std::string& conjunction) const {
    // One name is not longer than "1 more".
    const std::size_t shown =
        verbose_ || names.size() == most_modules + 1 ? names.size() : std::min(names.size(), most_modules);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
      const bool is_last = i + 1 == names.size();
      text += (i == 0 ? "" : is_last ? " " + conjunction + " " : ", ") + names[i];
    }
    if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
    return text;
  }

  bool verbose_;
};

}  // namespace

std::vector<std::string> module_types_text(const CheckResult& result, bool verbose) {
  std::vector<std::size_t> kernels(result.module_lists().size());  // by list
  for (std::size_t kernel = 0; kernel < result.kernels().size(); ++kernel) {
    const std::uint32_t list = result.module_list_of(kernel);
    if (list != CheckResult::no_modules) ++kernels[list];
  }
  struct RootEntry {
    std::vector<std::string> words;  ///< type, summary, and differences
    std::size_t kernels = 0;
  };
  const RootText texts(verbose);
  std::vector<RootEntry> entries;
  std::map<std::vector<std::string>, std::size_t> known;
  for (std::size_t list = 0; list < kernels.size(); ++list) {
    for (const ModuleRoot& found : *result.module_lists()[list]) {
      std::vector<std::string> words = {found.type, texts.summary(found)};
      for (const ModuleDifference& each : found.differences) words.push_back(texts.difference(each));
      const auto [entry, is_new] = known.try_emplace(words, entries.size());
      if (is_new) entries.push_back({.words = std::move(words)});
      entries[entry->second].kernels += kernels[list];
    }
  }
  if (entries.empty()) return {};
  std::ranges::stable_sort(entries, {}, [](const RootEntry& each) -> const std::string& { return each.words.front(); });
  std::vector<std::string> lines = {"types that only modules have:"};
  for (const RootEntry& entry : entries) {
    std::string start = "  " + entry.words.front();
    if (entry.kernels != result.kernels().size()) {
      start += ", " + std::to_string(entry.kernels) + " of " + base::counted(result.kernels().size(), "kernel");
    }
    for (std::size_t i = 1; i < entry.words.size(); ++i) {
      Paragraph text(i == 1 ? start + ":" : "     ", i == 1 ? 6 : 10);
      text.add_words(entry.words[i]);
      std::ranges::move(text.take(), std::back_inserter(lines));
    }
  }
  return lines;
}

}  // namespace minbtf::cli
