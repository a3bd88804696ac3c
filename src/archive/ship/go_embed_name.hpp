// SPDX-License-Identifier: BSD-2-Clause
// The names of files and directories that go:embed takes.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::archive {

/// Returns why go:embed does not take a file with this path, whose directory is embedded; empty if it does. The rules
/// are those of CheckFilePath() in golang.org/x/mod/module, which cmd/go applies to each part of the path, and of
/// https://pkg.go.dev/embed for names that begin with '.' or '_'.
[[nodiscard]] std::string go_embed_refusal(std::string_view path);

}  // namespace minbtf::archive
