// Writes the BPF objects that are embedded in programs (libbpf skeletons) to files, for manual tests:
//     extract_bpf_objects DIRECTORY PROGRAM...
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "support/embedded_objects.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: extract_bpf_objects DIRECTORY PROGRAM...\n";
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  std::size_t written = 0;
  for (int i = 2; i < argc; ++i) {
    const std::filesystem::path program = argv[i];
    if (!std::filesystem::is_regular_file(program) || std::filesystem::is_symlink(program)) continue;
    std::ifstream in(program, std::ios::binary);
    const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (const auto& object : minbtf::test::embedded_objects(bytes, program.filename())) {
      std::ofstream out(directory / (object.name + ".bpf.o"), std::ios::binary);
      out.write(reinterpret_cast<const char*>(object.bytes.data()), static_cast<std::streamsize>(object.bytes.size()));
      if (!out.flush()) {
        std::cerr << "extract_bpf_objects: cannot write to " << directory << '\n';
        return 1;
      }
      ++written;
    }
  }
  std::cout << written << " objects in " << directory.string() << '\n';
  return written > 0 ? 0 : 1;
}
