// SPDX-License-Identifier: BSD-2-Clause
// write_manual DIRECTORY: writes the manual pages of min-btf and the completions of shells.
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "commands/commands.hpp"
#include "manual/completion.hpp"
#include "manual/man_page.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

void write_all(const std::filesystem::path& directory) {
  namespace manual = minbtf::manual;
  std::filesystem::create_directories(directory);
  const manual::Edition edition = manual::edition();
  write(directory / "min-btf.1", manual::main_page(edition));
  for (const minbtf::cli::Command& command : minbtf::cli::commands()) {
    write(directory / (std::string("min-btf-") + command.name + ".1"), manual::command_page(command, edition));
  }
  write(directory / "min-btf-version.1", manual::version_page(edition));
  write(directory / "min-btf", manual::bash_completion());
  write(directory / "_min-btf", manual::zsh_completion());
  write(directory / "min-btf.fish", manual::fish_completion());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "Usage: write_manual DIRECTORY\n";
    return 2;
  }
  try {
    write_all(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "write_manual: error: " << error.what() << "\n";
    return 1;
  }
}
