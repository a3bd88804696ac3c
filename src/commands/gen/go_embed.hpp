// SPDX-License-Identifier: BSD-2-Clause
// Finds Go programs that embed the outputs: `//go:embed` leaves symbolic links out without an error.
#pragma once

#include <filesystem>
#include <optional>

namespace minbtf::cli {

/// Returns a Go file in the directory `output`, or above it in the same module, with a `//go:embed` whose pattern
/// matches a path in `output`; nullopt if none is found. Reads a limited number of files, and only the start of each; a
/// file that cannot be read counts as one that embeds nothing.
[[nodiscard]] std::optional<std::filesystem::path> embedding_go_file(const std::filesystem::path& output);

}  // namespace minbtf::cli
