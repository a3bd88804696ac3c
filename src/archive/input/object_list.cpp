#include "archive/input/object_list.hpp"

#include <algorithm>
#include <system_error>

#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

// Compiler output of every kind is called `*.o`; it is the machine that tells.
std::vector<fs::path> dot_o_files(const fs::path& directory) {
  std::vector<fs::path> files;
  try {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
      std::error_code dangling_link;
      if (entry.path().extension() == ".o" && entry.is_regular_file(dangling_link)) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    const fs::path& place = error.path1().empty() ? directory : error.path1();
    throw Error(ErrorKind::io, place.string(), "", "cannot read the directory: " + error.code().message());
  }
  std::ranges::sort(files, {}, [](const fs::path& path) -> const std::string& { return path.native(); });
  return files;
}

void add_directory(const fs::path& directory, ObjectList& list) {
  const std::size_t before = list.paths.size();
  for (fs::path& path : dot_o_files(directory)) {
    if (io::is_bpf_elf(io::InputFile(path).head())) {
      list.paths.push_back(std::move(path));
    } else {
      ++list.skipped;
    }
  }
  if (list.paths.size() == before) {
    throw Error(ErrorKind::wrong_file, directory.string(), "", "no BPF object (*.o) in this directory or below it");
  }
}

}  // namespace

ObjectList find_objects(const std::vector<std::string>& arguments) {
  ObjectList list;
  for (const std::string& argument : arguments) {
    std::error_code missing;  // left to the opening of the file, which says it better
    if (fs::is_directory(argument, missing)) {
      add_directory(argument, list);
    } else {
      list.paths.emplace_back(argument);
    }
  }
  return list;
}

std::span<const std::uint8_t> read_object(const fs::path& path, io::Buffer& memory) {
  io::InputFile file(path);
  if (!io::is_bpf_elf(file.head())) {
    throw Error(ErrorKind::wrong_file, file.name(), "", "not a BPF object, but " + io::describe_contents(file.head()));
  }
  return file.read_all(memory);
}

}  // namespace minbtf::archive
