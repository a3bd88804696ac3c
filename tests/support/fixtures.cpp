#include "support/fixtures.hpp"

#include <stdexcept>

#include "elf/elf_file.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

void run_or_throw(const std::vector<std::string>& arguments) {
  const CommandResult result = run_command(arguments);
  if (result.status != 0) throw std::runtime_error(arguments.front() + ": " + result.err);
}

}  // namespace

std::string bpf_object(std::string_view name, std::string_view order) {
  return std::string(TEST_BPF_DIR "/").append(order).append("/").append(name).append(".bpf.o");
}

std::vector<std::uint8_t> kernel_btf(std::string_view order) {
  const std::string bytes = contents_of(bpf_object("kernel", order));
  const std::vector<std::uint8_t> image(bytes.begin(), bytes.end());
  const auto elf = elf::ElfFile::from_memory(image, "kernel.bpf.o");
  const auto section = elf.section(".BTF");
  if (!section) throw std::runtime_error("kernel.bpf.o has no .BTF section");
  return {section->data.begin(), section->data.end()};
}

std::string write_vmlinux(const TempDir& directory, std::string_view name, const std::vector<std::uint8_t>& btf,
                          std::string_view section) {
  const std::string object = directory.file(std::string(name) + ".without");
  const std::string raw = directory.write(std::string(name) + ".raw", btf);
  run_or_throw({TEST_CLANG, "-c", "-x", "c", "/dev/null", "-o", object});
  const std::string added = std::string(section).append("=").append(raw);
  run_or_throw({"objcopy", "--add-section", added, object, directory.file(name)});
  std::filesystem::remove(object);
  std::filesystem::remove(raw);
  return directory.file(name);
}

}  // namespace minbtf::test
