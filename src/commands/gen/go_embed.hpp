// Go programs that embed the outputs: `//go:embed` leaves symbolic links out, without a word.
#pragma once

#include <filesystem>
#include <optional>

namespace minbtf::cli {

/// A Go file in the directory `output`, or above it in the same module, with a `//go:embed` whose pattern takes
/// something that is in `output`. Only so many files are read, and only their beginnings; what cannot be read embeds
/// nothing.
[[nodiscard]] std::optional<std::filesystem::path> embedding_go_file(const std::filesystem::path& output);

}  // namespace minbtf::cli
