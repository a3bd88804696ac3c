// The BPF objects of a run: read, parsed once, and remembered for reports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "archive/object_list.hpp"
#include "cli/gen_report.hpp"
#include "cli/reply.hpp"
#include "minbtf/bpf_object.hpp"

namespace minbtf::cli {

struct LoadedObjects {
  std::vector<BpfObject> objects;
  std::vector<ObjectFacts> facts;
  std::vector<archive::ManifestObject> hashes;
};

/// Warns of objects without relocations. Throws Error.
[[nodiscard]] LoadedObjects load_objects(const std::vector<std::filesystem::path>& paths, Reply& reply);

}  // namespace minbtf::cli
