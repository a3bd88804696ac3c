// SPDX-License-Identifier: BSD-2-Clause
// Rules of the source tree that no compiler checks: which folders may include each other, and what the library may
// call.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>

#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

// The lowest layer first. A folder includes only itself and folders before it.
const std::vector<std::string> layers = {"base",
                                         "btf",
                                         "elf",
                                         "io/read",
                                         "object",
                                         "core",
                                         "inspection",
                                         "minimize/query",
                                         "minimize/reduce",
                                         "minimize/diagnose",
                                         "minimize/compare",
                                         "minimize",
                                         "capi",
                                         "io",
                                         "libbpf",
                                         "pack",
                                         "archive",
                                         "archive/unpack",
                                         "archive/package",
                                         "archive/input",
                                         "archive/batch",
                                         "archive/cache",
                                         "archive/output",
                                         "archive/ship",
                                         "cli",
                                         "commands/check",
                                         "commands/dump",
                                         "commands/embed",
                                         "commands/gen",
                                         "commands/inspect",
                                         "commands/objects",
                                         "commands/pack",
                                         "commands/select",
                                         "commands/ship",
                                         "commands/unpack",
                                         "commands/verify",
                                         "commands",
                                         "manual"};

// Folders at the same level below one top folder, which never include each other.
const std::vector<std::string> rooms_apart = {
    "minimize/reduce", "minimize/diagnose", "commands/check",   "commands/dump", "commands/embed",
    "commands/gen",    "commands/inspect",  "commands/objects", "commands/pack", "commands/select",
    "commands/ship",   "commands/unpack",   "commands/verify"};

struct Include {
  std::string name;
  bool quoted = false;
};

std::vector<Include> includes_of(const std::string& source) {
  std::vector<Include> includes;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#include ")) continue;
    const std::size_t open = line.find_first_of("<\"");
    if (open == std::string::npos) continue;
    const std::size_t close = line.find_first_of(">\"", open + 1);
    includes.push_back({line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return includes;
}

// Returns "minimize/reduce" for "minimize/reduce/encode.hpp".
std::string folder_of(const std::string& include) { return fs::path(include).parent_path().string(); }

std::string room_of(const std::string& folder) { return folder.substr(0, folder.find('/')); }

bool is_apart(const std::string& folder) { return std::ranges::find(rooms_apart, folder) != rooms_apart.end(); }

std::optional<std::size_t> height(const std::string& folder) {
  const auto found = std::ranges::find(layers, folder);
  if (found == layers.end()) return std::nullopt;
  return static_cast<std::size_t>(found - layers.begin());
}

// Returns the forbidden includes of a file in src/FOLDER: of a folder above, at the same level, or not in `layers`.
std::vector<std::string> wrong_includes(const std::string& folder, const std::string& source) {
  std::vector<std::string> wrong;
  for (const Include& include : includes_of(source)) {
    if (!include.quoted || room_of(include.name) == "minbtf") continue;
    const auto own = height(folder);
    const auto other = height(folder_of(include.name));
    const bool is_next_door = folder != folder_of(include.name) && is_apart(folder) &&
                              is_apart(folder_of(include.name)) && room_of(folder) == room_of(include.name);
    if (!own || !other || *other > *own || is_next_door) wrong.push_back(include.name);
  }
  return wrong;
}

std::vector<fs::path> sources_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const fs::path extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".hpp") files.push_back(entry.path());
  }
  return files;
}

const fs::path root = TEST_SOURCE_DIR;

// Returns the files in src and include that include a header whose name starts with `beginning`.
std::set<std::string> users_of(const std::string& beginning) {
  std::set<std::string> users;
  for (const char* part : {"src", "include"}) {
    for (const fs::path& path : sources_below(root / part)) {
      for (const Include& include : includes_of(contents_of(path))) {
        if (include.name.starts_with(beginning)) users.insert(fs::relative(path, root).string());
      }
    }
  }
  return users;
}

// Returns the undefined symbols in the output of `nm -P`, which has lines "NAME U".
std::set<std::string> undefined_symbols(const std::string& listing) {
  std::set<std::string> symbols;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    if (words >> name >> type && type == "U") symbols.insert(name);
  }
  return symbols;
}

std::vector<std::string> forbidden_of(const std::set<std::string>& symbols) {
  const std::vector<std::string> forbidden = {"exit",          "_exit",
                                              "_Exit",         "quick_exit",
                                              "abort",         "printf",
                                              "vprintf",       "fprintf",
                                              "vfprintf",      "puts",
                                              "fputs",         "putchar",
                                              "putc",          "fputc",
                                              "fwrite",        "perror",
                                              "write",         "stdout",
                                              "stderr",        "__printf_chk",
                                              "__fprintf_chk", "__vfprintf_chk",
                                              "_ZSt4cout",     "_ZSt4cerr",
                                              "_ZSt4clog",     "_ZNSt8ios_base4InitC1Ev"};
  std::vector<std::string> found;
  for (const std::string& name : forbidden) {
    if (symbols.contains(name)) found.push_back(name);
  }
  return found;
}

}  // namespace

TEST_CASE("layers: the layer check finds forbidden includes and accepts the others") {
  CHECK(wrong_includes("core", "#include <vector>\n#include \"btf/bytes.hpp\"\n#include \"core/walk.hpp\"\n").empty());
  CHECK(wrong_includes("core", "#include \"minbtf/plan.hpp\"\n").empty());
  CHECK(wrong_includes("core", "#include \"minimize/plan.hpp\"\n") == std::vector<std::string>{"minimize/plan.hpp"});
  CHECK(wrong_includes("minimize/compare", "#include \"minimize/query/resolved.hpp\"\n").empty());
  CHECK(wrong_includes("minimize/query", "#include \"minimize/reduce/reduce.hpp\"\n") ==
        std::vector<std::string>{"minimize/reduce/reduce.hpp"});
  CHECK(wrong_includes("commands/verify", "#include \"commands/check/check.hpp\"\n") ==
        std::vector<std::string>{"commands/check/check.hpp"});
  CHECK(wrong_includes("commands", "#include \"commands/check/check.hpp\"\n").empty());
  CHECK(wrong_includes("archive", "#include \"cli/gen.hpp\"\n") == std::vector<std::string>{"cli/gen.hpp"});
  CHECK(wrong_includes("core", "#include \"helpers.hpp\"\n") == std::vector<std::string>{"helpers.hpp"});
  CHECK(wrong_includes("newcomer", "#include \"btf/bytes.hpp\"\n") == std::vector<std::string>{"btf/bytes.hpp"});
}

TEST_CASE("layers: a folder includes only itself and folders below it") {
  const auto files = sources_below(root / "src");
  CHECK(files.size() > 50);
  for (const fs::path& path : files) {
    const fs::path relative = fs::relative(path, root / "src");
    CAPTURE(relative.string());
    CHECK(height(relative.parent_path().string()));
    CHECK(wrong_includes(relative.parent_path().string(), contents_of(path)) == std::vector<std::string>{});
  }
}

TEST_CASE("layers: a third-party library is included only by the files listed here") {
  CHECK(users_of("libelf.h") == std::set<std::string>{"src/elf/elf_file.cpp"});
  CHECK(users_of("gelf.h") == std::set<std::string>{"src/elf/elf_file.cpp"});
  CHECK(users_of("bpf/") ==
        std::set<std::string>{"src/libbpf/c_dump.cpp", "src/libbpf/loader_log.cpp", "src/libbpf/readback.cpp"});
  CHECK(users_of("boost/") == std::set<std::string>{"src/cli/command_line.cpp"});
  CHECK(users_of("nlohmann/") ==
        std::set<std::string>{"src/archive/output/manifest.cpp", "src/cli/json.cpp", "src/cli/reply.hpp",
                              "src/commands/check/check_json.cpp", "src/commands/dump/dump_json.cpp",
                              "src/commands/embed/embed_json.cpp", "src/commands/objects/objects_json.cpp",
                              "src/commands/gen/gen_json.cpp", "src/commands/inspect/inspect_json.cpp",
                              "src/commands/pack/pack_json.cpp", "src/commands/select/select_json.cpp",
                              "src/commands/ship/ship_json.cpp", "src/commands/unpack/unpack_json.cpp",
                              "src/commands/verify/verify_json.cpp", "src/libbpf/loader_oracle.cpp"});
  CHECK(users_of("archive.h") ==
        std::set<std::string>{"src/archive/package/compression.cpp", "src/archive/unpack/filter_stream.cpp",
                              "src/archive/unpack/libarchive_reader.cpp", "src/archive/unpack/tar_reader.cpp"});
  CHECK(users_of("archive_entry.h") ==
        std::set<std::string>{"src/archive/package/compression.cpp", "src/archive/unpack/tar_reader.cpp"});
  CHECK(users_of("zstd.h") == std::set<std::string>{"src/archive/package/compression.cpp", "src/pack/zstd_frame.cpp"});
  CHECK(users_of("zlib.h") ==
        std::set<std::string>{"src/archive/package/bundle_writer.cpp", "src/archive/unpack/gzip_stream.cpp"});
  CHECK(users_of("xxhash.h") == std::set<std::string>{"src/io/hash.cpp"});
  CHECK(users_of("sha2.h") == std::set<std::string>{"src/io/sha256.cpp"});
  CHECK(users_of("tbb/") == std::set<std::string>{"src/io/parallel.cpp"});
}

TEST_CASE("layers: the public headers include only the standard library and each other") {
  const auto files = sources_below(root / "include/minbtf");
  CHECK(files.size() >= 5);
  for (const fs::path& path : files) {
    for (const Include& include : includes_of(contents_of(path))) {
      // cxx20.hpp includes a file that does not exist, whose name is an error message.
      if (path.filename() == "cxx20.hpp") continue;
      CAPTURE(path.string(), include.name);
      CHECK(
          (include.quoted ? room_of(include.name) == "minbtf" : include.name.find_first_of("./") == std::string::npos));
    }
  }
}

TEST_CASE("layers: the C API includes only the public C++ API, and nothing includes it") {
  const auto files = sources_below(root / "src");
  std::size_t of_capi = 0;
  for (const fs::path& path : files) {
    const bool is_capi = fs::relative(path, root / "src").parent_path() == "capi";
    if (is_capi) ++of_capi;
    for (const Include& include : includes_of(contents_of(path))) {
      CAPTURE(path.string(), include.name);
      if (is_capi && include.quoted) CHECK((room_of(include.name) == "minbtf" || room_of(include.name) == "capi"));
      if (!is_capi) CHECK((room_of(include.name) != "capi" && include.name != "minbtf/minbtf.h"));
    }
  }
  CHECK(of_capi >= 5);
  std::set<std::string> of_header;
  for (const Include& include : includes_of(contents_of(root / "include/minbtf/minbtf.h"))) {
    of_header.insert(include.name);
  }
  CHECK(of_header == std::set<std::string>{"stdbool.h", "stddef.h", "stdint.h"});
}

TEST_CASE("layers: main.cpp is short") {
  const std::string text = contents_of(root / "src/commands/main.cpp");
  CHECK(text.find("int main(") != std::string::npos);
  CHECK(std::ranges::count(text, '\n') < 60);
}

TEST_CASE("layers: the library neither prints nor exits") {
  CHECK(forbidden_of(undefined_symbols("exit U         \n_ZSt4cout U\nputs T 0 1\n")) ==
        std::vector<std::string>{"exit", "_ZSt4cout"});

  const CommandResult listing = run_command({"nm", "-P", "--undefined-only", TEST_LIBRARY});
  REQUIRE(listing.status == 0);
  const std::set<std::string> symbols = undefined_symbols(listing.out);
  // The library uses these symbols. Without them the listing is not that of the library.
  REQUIRE(symbols.contains("elf_begin"));
  REQUIRE(symbols.contains("__cxa_throw"));
  CHECK(forbidden_of(symbols) == std::vector<std::string>{});
}
