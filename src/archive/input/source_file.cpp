#include "archive/input/source_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "archive/input/kernel_contents.hpp"
#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

LoadedSource load_source(const SourceFile& file, const std::string& name, const LoadOptions& options,
                         io::Buffer& memory) {
  const UnpackLimits& limits = options.limits;
  io::InputFile input(file.location);
  LoadedSource source;
  switch (contents_of(input.head(), promise_of(file.path), name)) {
    case Contents::raw_btf:
      check_kernel_size(file.bytes, name, limits);
      source.kind = LoadedSource::Kind::btf;
      source.bytes = input.read_all(memory, limits.kernel_bytes, "--max-kernel-size");
      break;
    case Contents::elf:
      if (auto btf = btf_in_tree(elf::ElfFile::from_file(input.descriptor(), name), file.path, name)) {
        check_kernel_size(btf->size(), name, limits);
        source.kind = LoadedSource::Kind::btf;
        memory.make_room(btf->size(), 0);
        std::ranges::copy(*btf, memory.data());
        source.bytes = {memory.data(), btf->size()};
        source.hashed = true;  // files of other sizes may have the same
      }
      break;
    case Contents::packed:
      if (file.bytes > max_held_bytes) {
        StreamedSource stream(input);
        while (!stream.next().empty()) continue;
        return {.kind = LoadedSource::Kind::streamed,
                .bytes = {},
                .hashed = true,
                .hash = stream.hash(),
                .size = stream.position()};
      }
      source.kind = LoadedSource::Kind::packed;
      source.bytes = input.read_all(memory);
      break;
    case Contents::other:
      break;
  }
  source.hashed = source.hashed || options.hashes;
  if (source.hashed) source.hash = io::hash_of(source.bytes);
  source.size = source.bytes.size();
  return source;
}

StreamedSource::StreamedSource(io::InputFile& file) : stream_(file.descriptor(), file.name()) { file.rewind(); }

std::span<const std::uint8_t> StreamedSource::next() {
  const auto bytes = stream_.next();
  hasher_.add(bytes);
  position_ += bytes.size();
  return bytes;
}

}  // namespace minbtf::archive
