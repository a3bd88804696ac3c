// What tests of the output tree share: outputs written as a table, and trees to compare.
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

/// Outputs by path, from what each is to hold. Equal ones become links to the first, if `links`.
[[nodiscard]] std::vector<archive::Output> outputs_of(const std::map<std::string, std::string>& contents,
                                                      bool links = true);

/// Publishes without looking at the report.
void publish(const std::filesystem::path& root, const std::vector<archive::Output>& outputs,
             std::int64_t time = output_time);

/// Everything in the tree, itself included as `.`: `file 644 TIME CONTENTS`, `link TIME -> TEXT`, `directory 755 TIME`.
[[nodiscard]] std::map<std::string, std::string> listing(const std::filesystem::path& root);

/// The bytes of a tar of the tree with its files sorted by name.
[[nodiscard]] std::string tar_of(const std::filesystem::path& root);

/// What a reader gets, links followed; nothing if there is no file.
[[nodiscard]] std::optional<std::string> read_through(const std::filesystem::path& path);

/// What a manifest would list: the file or link that is there now.
[[nodiscard]] archive::ManifestOutput listed(const std::filesystem::path& root, const std::string& path);

/// Files anywhere in the tree whose names are those of unfinished ones.
[[nodiscard]] std::vector<std::string> leftovers_in(const std::filesystem::path& root);

}  // namespace minbtf::test
