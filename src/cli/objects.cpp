#include "cli/objects.hpp"

#include <fmt/format.h>

#include <utility>

namespace minbtf::cli {

LoadedObjects load_objects(const std::vector<std::filesystem::path>& paths, Reply& reply) {
  LoadedObjects loaded;
  for (const auto& path : paths) {
    std::vector<std::uint8_t> bytes = archive::read_object(path);
    archive::ManifestObject entry{
        .path = path.string(), .bytes = bytes.size(), .hash = archive::hash_of(bytes), .relocations = 0};
    BpfObject object = BpfObject::parse(std::move(bytes), path.string());
    entry.relocations = object.relocation_count();
    if (object.relocation_count() == 0) {
      reply.warn(fmt::format("{}: nothing to relocate: {}", object.name(), object.note()));
    }
    loaded.facts.push_back({.path = object.name(), .relocations = object.relocation_count(), .note = object.note()});
    loaded.hashes.push_back(std::move(entry));
    loaded.objects.push_back(std::move(object));
  }
  return loaded;
}

}  // namespace minbtf::cli
