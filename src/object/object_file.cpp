#include "object/object_file.hpp"

#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/error.hpp"

namespace minbtf::object {

std::span<const std::uint8_t> read_object(const std::filesystem::path& path, io::Buffer& memory) {
  io::InputFile file(path);
  if (!io::is_bpf_elf(file.head())) {
    throw Error(ErrorKind::wrong_file, file.name(), "", "not a BPF object, but " + io::describe_contents(file.head()));
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
