// SPDX-License-Identifier: BSD-2-Clause
// Shared parts of the tests of the output tree: outputs written as a table, and trees to compare.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/output/output_tree.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

inline constexpr std::int64_t output_time = 1'700'000'000;

[[nodiscard]] archive::Content content_of(std::string_view text);

/// Returns the outputs by path and contents. With `links`, an output becomes a link to the first output with equal
/// contents.
[[nodiscard]] std::vector<archive::Output> outputs_of(const std::map<std::string, std::string>& contents,
                                                      bool links = true);

/// Publishes and ignores the report.
void publish(const std::filesystem::path& root, const std::vector<archive::Output>& outputs,
             std::int64_t time = output_time);

/// Returns everything in the tree, including the root as `.`: `file 644 TIME CONTENTS`, `link TIME -> TEXT`, `directory
/// 755 TIME`.
[[nodiscard]] std::map<std::string, std::string> listing(const std::filesystem::path& root);

/// Returns the bytes of a tar of the tree, its files sorted by name.
[[nodiscard]] std::string tar_of(const std::filesystem::path& root);

/// Returns the contents that a reader gets through links; nothing if there is no regular file.
[[nodiscard]] std::optional<std::string> read_through(const std::filesystem::path& path);

/// Returns the entry of a manifest for the file or link that exists now.
[[nodiscard]] archive::ManifestOutput listed(const std::filesystem::path& root, const std::string& path);

/// Returns all paths in the tree whose file names are those of temporary files.
[[nodiscard]] std::vector<std::string> leftovers_in(const std::filesystem::path& root);

}  // namespace minbtf::test
