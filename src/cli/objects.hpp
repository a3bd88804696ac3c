// The BPF objects of a run: read, parsed once, and remembered for reports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/output/manifest.hpp"
#include "cli/reply.hpp"
#include "minbtf/bpf_object.hpp"

namespace minbtf::cli {

struct ObjectFacts {
  std::string path;
  std::size_t relocations = 0;
  std::string note;  ///< why there are none
};

struct LoadedObjects {
  std::vector<BpfObject> objects;
  std::vector<ObjectFacts> facts;
  std::vector<archive::ManifestObject> hashes;
  std::vector<std::vector<std::uint8_t>> images;  ///< the files' bytes, if they are wanted
};

struct ObjectLoading {
  bool keeps_images = false;
  bool digests = false;  ///< SHA-256 of each file, for the manifest
  bool verbose = false;  ///< warn of each object; otherwise of several of a kind in one line
};

/// Warns of objects without relocations, and of those that ask for ids of types. Throws Error.
[[nodiscard]] LoadedObjects load_objects(const std::vector<std::filesystem::path>& paths, Reply& reply,
                                         const ObjectLoading& loading = {});

}  // namespace minbtf::cli
