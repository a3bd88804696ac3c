#include "cli/tree_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "cli/usage_error.hpp"
#include "io/output_file.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = fs::absolute(path).lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

}  // namespace

std::int64_t output_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return 0;
  const std::string_view word(text);
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), time);
  if (error != std::errc() || end != word.data() + word.size() || time < 0) {
    throw UsageError(fmt::format("SOURCE_DATE_EPOCH is '{}', which is no number of seconds", word));
  }
  return time;
}

void check_places(const GenOptions& options, const std::vector<fs::path>& objects) {
  const fs::path input = real_path(options.input);
  const fs::path output = real_path(options.output);
  if (is_inside(output, input) || is_inside(input, output)) {
    throw UsageError(
        fmt::format("OUTPUT {} and INPUT {} are one in the other; what is written would be read by the next run",
                    options.output, options.input));
  }
  if (options.tree.manifest.empty()) return;
  const io::OutputFile manifest(options.tree.manifest, "manifest.json");
  if (manifest.is_stdout() && options.json) {
    throw UsageError("--json and the manifest cannot both go to stdout; name another file");
  }
  for (const fs::path& object : objects) {
    if (manifest.is_same_file(object)) {
      throw UsageError(fmt::format("the manifest {} is OBJECT {}", manifest.path().string(), object.string()));
    }
  }
  if (is_inside(real_path(manifest.path()), output) && manifest.path().extension() == ".btf") {
    throw UsageError(fmt::format("the manifest {} could be an output; call it otherwise", manifest.path().string()));
  }
}

archive::Hash plan_hash(const LoadedObjects& objects, const TreeOptions& options) {
  archive::Hasher hasher;
  hasher.add(std::string_view(MINBTF_VERSION));
  hasher.add(fmt::format("{} {} {}", options.limits.kernel_bytes, options.limits.members, options.limits.path_bytes));
  for (const archive::ManifestObject& object : objects.hashes) hasher.add(object.hash.hex());
  return hasher.hash();
}

}  // namespace minbtf::cli
