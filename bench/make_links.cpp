// SPDX-License-Identifier: BSD-2-Clause
// Makes a tree with the directories of another tree and a link for each of its files: make_links symbolic|hard TREE NEW
//
// Nothing but the directories and links is made, and nothing is synced to the disk. `gen` on a pack makes a link for
// most kernels; this program shows how much of its time the file system needs for them.
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace {

namespace fs = std::filesystem;

void make(const fs::path& tree, const fs::path& made, bool is_hard) {
  fs::create_directory(made);
  const fs::path target = made / "target";
  if (!std::ofstream(target)) throw std::runtime_error("cannot write " + target.string());
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree)) {
    const fs::path place = made / entry.path().lexically_relative(tree);
    if (!entry.is_symlink() && entry.is_directory()) {
      fs::create_directory(place);
    } else if (is_hard) {
      fs::create_hard_link(target, place);
    } else {
      fs::create_symlink("target", place);
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view kind = argc == 4 ? argv[1] : "";
  if (kind != "symbolic" && kind != "hard") {
    std::cerr << "usage: make_links symbolic|hard TREE NEW\n";
    return 2;
  }
  make(argv[2], argv[3], kind == "hard");
  return 0;
} catch (const std::exception& error) {
  std::cerr << "make_links: error: " << error.what() << '\n';
  return 1;
}
