#include "cli/tree_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "cli/usage_error.hpp"
#include "io/output_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  // Absolute first: of a relative path whose first part does not exist nothing would be resolved.
  fs::path real = fs::weakly_canonical(fs::absolute(path), error);
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
  const fs::path place = real_path(manifest.path());
  if (is_inside(place, input) || manifest.is_same_file(options.input)) {
    throw UsageError(fmt::format("the manifest {} would be in INPUT {}", manifest.path().string(), options.input));
  }
  if (!options.tree.cache.empty() && is_inside(place, real_path(options.tree.cache))) {
    throw UsageError(fmt::format("the manifest {} would be in the cache", manifest.path().string()));
  }
  std::error_code missing;
  if (!is_inside(place, output) && !fs::is_directory(place.parent_path(), missing) &&
      !options.tree.manifest.ends_with('/')) {
    throw Error(ErrorKind::io, manifest.path().string(), "", "no such directory for the manifest");
  }
  for (const fs::path& object : objects) {
    if (manifest.is_same_file(object)) {
      throw UsageError(fmt::format("the manifest {} is OBJECT {}", manifest.path().string(), object.string()));
    }
  }
  if (is_inside(place, output) && manifest.path().extension() == ".btf") {
    throw UsageError(fmt::format("the manifest {} could be an output; call it otherwise", manifest.path().string()));
  }
}

archive::Hash plan_hash(const std::vector<archive::ManifestObject>& objects, const archive::UnpackLimits& limits) {
  archive::Hasher hasher;
  hasher.add(std::string_view(MINBTF_VERSION));
  hasher.add(fmt::format("{} {} {}", limits.kernel_bytes, limits.members, limits.path_bytes));
  for (const archive::ManifestObject& object : objects) hasher.add(object.hash.hex());
  return hasher.hash();
}

}  // namespace minbtf::cli
