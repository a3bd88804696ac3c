// The BPF objects that a command names: files, and directories that hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"

namespace minbtf::archive {

/// Which objects of a directory are taken: globs (matches_glob()) for their paths in it.
struct ObjectSelection {
  std::vector<std::string> include{};  ///< one has to fit, if there are any
  std::vector<std::string> exclude{};  ///< none may fit
};

struct ObjectList {
  std::vector<std::filesystem::path> paths;
  std::size_t skipped = 0;             ///< `*.o` files in directories that are no BPF objects
  std::size_t unselected = 0;          ///< `*.o` files in directories that the selection leaves out
  std::vector<std::string> unmatched;  ///< globs of ObjectSelection::include that fit no object in a directory
};

/// A file stands for itself, whatever it is called, and is always taken. A directory stands for the BPF objects in it
/// and below it (`*.o` of machine EM_BPF) in the order of their paths; links to directories are not followed.
/// Throws Error: io, or wrong_file for a directory of which nothing is taken.
[[nodiscard]] ObjectList find_objects(const std::vector<std::string>& arguments, const ObjectSelection& selection = {});

/// The contents of one object, in `memory`. Anything but a BPF ELF file is refused before it is read whole.
/// Throws Error: io or wrong_file.
[[nodiscard]] std::span<const std::uint8_t> read_object(const std::filesystem::path& path, io::Buffer& memory);

}  // namespace minbtf::archive
