// What is settled before a run over many kernels begins.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "archive/hash.hpp"
#include "archive/manifest.hpp"
#include "archive/unpack.hpp"
#include "cli/gen_options.hpp"

namespace minbtf::cli {

/// The time that everything in the output gets, in seconds since 1970: SOURCE_DATE_EPOCH
/// (reproducible-builds.org/specs/source-date-epoch), or 0. Throws UsageError if that is no number.
[[nodiscard]] std::int64_t output_time();

/// Throws UsageError if INPUT, OUTPUT, the manifest and the objects get into each other's way.
void check_places(const GenOptions& options, const std::vector<std::filesystem::path>& objects);

/// All that a source's outcome depends on besides the source and the selection. The version stands for the code.
[[nodiscard]] archive::Hash plan_hash(const std::vector<archive::ManifestObject>& objects,
                                      const archive::UnpackLimits& limits);

}  // namespace minbtf::cli
