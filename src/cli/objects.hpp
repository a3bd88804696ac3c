// The BPF objects of a run: loading them, warnings about them, and facts for reports.
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

/// Facts about one object for reports.
struct ObjectFacts {
  std::string path;
  std::size_t relocations = 0;
  std::string note;                       ///< why there are no relocations
  std::optional<ByteOrder> byte_order{};  ///< set if the run has objects of both byte orders
  std::size_t left_out = 0;               ///< kernels that the object is not used for: Plan::takes_part()
};

/// The objects of a run. Elements with the same index in these lists belong to the same object.
struct LoadedObjects {
  std::vector<BpfObject> objects;
  std::vector<ObjectFacts> facts;
  std::vector<archive::ManifestObject> hashes;
  std::vector<std::vector<std::uint8_t>> images;  ///< bytes of the files, with ObjectLoading::keeps_images
};

struct ObjectLoading {
  bool keeps_images = false;
  bool digests = false;  ///< SHA-256 of each file, for the manifest
  bool verbose = false;  ///< one warning for each object; otherwise one warning for several objects of a kind
};

/// Reads and parses the objects. Equal files are parsed once. Warns of objects without relocations, and of objects with
/// type_id_target relocations. Throws Error.
[[nodiscard]] LoadedObjects load_objects(const std::vector<std::filesystem::path>& paths, Reply& reply,
                                         const ObjectLoading& loading = {});

/// Returns "little" or "big".
[[nodiscard]] const char* order_word(const BpfObject& object);

/// Numbers of kernels of each byte order.
struct KernelOrders {
  std::size_t little = 0;
  std::size_t big = 0;

  void add(ByteOrder order) { ++(order == ByteOrder::little ? little : big); }
};

/// Returns the number of kernels that an object is not used for.
[[nodiscard]] std::size_t kernels_without(const Plan& plan, std::size_t object, const KernelOrders& kernels);
/// Returns true if the plan has objects of both byte orders.
[[nodiscard]] bool has_both_orders(const Plan& plan);
/// Returns the number of objects that are used for at least one of the kernels.
[[nodiscard]] std::size_t objects_in_use(const Plan& plan, const KernelOrders& kernels);
/// Warns once if there are kernels of a byte order that no object has.
void warn_of_byte_order(const Plan& plan, const KernelOrders& kernels, Reply& reply);

}  // namespace minbtf::cli
