// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/go_embed.hpp"

#include <catch2/catch.hpp>

#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
using minbtf::cli::embedding_go_file;
namespace fs = std::filesystem;

namespace {

/// Writes a Go file at `path` with `directive`. Returns true if embedding_go_file() finds that the file embeds the
/// contents of `output`.
bool embeds(const char* path, const std::string& directive, const char* output = "m/pkg/btfs",
            const char* module = "m") {
  const TempDir directory;
  const fs::path root = fs::canonical(directory.path());
  fs::create_directories(root / output);
  fs::create_directories((root / path).parent_path());
  fs::create_directories(root / module);
  static_cast<void>(directory.write(std::string(module) + "/go.mod", "module example.org/m\n"));
  static_cast<void>(directory.write(path, "package p\n\n" + directive + "\nvar files embed.FS\n"));
  const auto found = embedding_go_file(root / output);
  if (found) CHECK(*found == root / path);
  return found.has_value();
}

}  // namespace

TEST_CASE("go_embed: a Go file in or above OUTPUT in its module is found if a pattern matches files of OUTPUT") {
  for (const char* directive :
       {"//go:embed btfs", "//go:embed btfs/*", "//go:embed all:btfs", "//go:embed *", "//go:embed b*s/x86_64/*.btf",
        "//go:embed LICENSE btfs", "//go:embed \"btfs\"", "//go:embed `btfs`"}) {
    CAPTURE(directive);
    CHECK(embeds("m/pkg/embed.go", directive));
  }
  CHECK(embeds("m/pkg/btfs/embed.go", "//go:embed *.btf"));
  CHECK(embeds("m/main.go", "//go:embed pkg/btfs"));
  CHECK(embeds("m/main.go", "//go:embed pkg"));
}

TEST_CASE("go_embed: a Go file that embeds nothing of OUTPUT, or is outside the module, is not found") {
  CHECK_FALSE(embeds("m/pkg/embed.go", "//go:embed static templates/*.html"));
  CHECK_FALSE(embeds("m/pkg/embed.go", "// The files come from go:embed btfs"));
  CHECK_FALSE(embeds("m/pkg/embed.go", "//go:generate min-btf gen archive btfs"));
  CHECK_FALSE(embeds("m/pkg/embed.txt", "//go:embed btfs"));
  CHECK_FALSE(embeds("m/main.go", "//go:embed btfs"));
  CHECK_FALSE(embeds("outside.go", "//go:embed m/pkg/btfs"));
  CHECK_FALSE(embedding_go_file("/nonexistent/btfs").has_value());
}
