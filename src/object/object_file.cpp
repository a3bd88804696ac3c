// SPDX-License-Identifier: BSD-2-Clause
#include "object/object_file.hpp"

#include <string>

#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/error.hpp"

namespace minbtf::object {

std::span<const std::uint8_t> read_object(const std::filesystem::path& path, io::Buffer& memory,
                                          std::string_view hint) {
  io::InputFile file(path);
  if (!io::is_bpf_elf(file.head())) {
    std::string reason = "not a BPF object, but " + io::describe_contents(file.head());
    if (io::may_embed_objects(file.head())) reason += hint;
    throw Error(ErrorKind::wrong_file, file.name(), "", reason);
  }
  return file.read_all(memory);
}

}  // namespace minbtf::object

namespace minbtf {

BpfObject BpfObject::from_file(const std::string& path) {
  io::Buffer memory;
  return parse(object::read_object(path, memory), path);
}

}  // namespace minbtf
