// The BPF objects of a run: read, parsed once, and remembered for reports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "archive/output/manifest.hpp"
#include "cli/reply.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

struct ObjectFacts {
  std::string path;
  std::size_t relocations = 0;
  std::string note;                       ///< why there are none
  std::optional<ByteOrder> byte_order{};  ///< where there are objects in both
  std::size_t left_out = 0;               ///< kernels that it takes no part for: Plan::takes_part()
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

/// "little" or "big".
[[nodiscard]] const char* order_word(const BpfObject& object);

/// How many kernels of a run are of which byte order.
struct KernelOrders {
  std::size_t little = 0;
  std::size_t big = 0;

  void add(ByteOrder order) { ++(order == ByteOrder::little ? little : big); }
};

/// Kernels that an object takes no part for.
[[nodiscard]] std::size_t kernels_without(const Plan& plan, std::size_t object, const KernelOrders& kernels);
/// Are there objects in both byte orders?
[[nodiscard]] bool has_both_orders(const Plan& plan);
/// Objects that take part for some of the kernels.
[[nodiscard]] std::size_t objects_in_use(const Plan& plan, const KernelOrders& kernels);
/// Warns once if there are kernels of a byte order that no object has.
void warn_of_byte_order(const Plan& plan, const KernelOrders& kernels, Reply& reply);

}  // namespace minbtf::cli
