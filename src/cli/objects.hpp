// SPDX-License-Identifier: BSD-2-Clause
// The BPF objects of a run: loading them, warnings about them, and facts for reports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/batch/plans.hpp"
#include "archive/input/object_list.hpp"
#include "archive/output/manifest.hpp"
#include "cli/reply.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// Added to the error for a file that is not a BPF object, and may have BPF objects inside: object::read_object().
inline constexpr std::string_view embedded_objects_hint =
    " ('min-btf objects' takes BPF objects out of programs and archives)";

/// Facts about one object for reports.
struct ObjectFacts {
  std::string path;
  std::size_t relocations = 0;
  std::string note;                       ///< why there are no relocations
  std::optional<ByteOrder> byte_order{};  ///< set if the run has objects of both byte orders
  /// Set if objects are used by architecture, and this object is not used for all (Plans::architectures_of()).
  std::optional<std::vector<std::string>> architectures{};
  std::optional<std::size_t> left_out{};  ///< kernels that the object is not used for; set in both cases
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

/// Returns the plans of a run over INPUT `input`. `all` is the plan of all objects of the list; it must outlive the
/// plans.
[[nodiscard]] archive::Plans plans_of(const Plan& all, const archive::ObjectList& list, const std::string& input);
/// Returns Plans::architectures_of() as strings.
[[nodiscard]] std::optional<std::vector<std::string>> architectures_of(const archive::Plans& plans, std::size_t object);

/// Returns a flag for each object: true if the plan uses it, for kernels of its own byte order.
[[nodiscard]] std::vector<bool> used_objects(const Plan& plan);

/// Returns "little" or "big".
[[nodiscard]] const char* order_word(const BpfObject& object);

/// Numbers of kernels of each byte order.
struct KernelOrders {
  std::size_t little = 0;
  std::size_t big = 0;

  void add(ByteOrder order) { ++(order == ByteOrder::little ? little : big); }
};

/// The kernels of a run by the plan that is used for them.
using KernelsByPlan = std::map<const Plan*, KernelOrders>;

/// Returns the number of kernels that an object is not used for.
[[nodiscard]] std::size_t kernels_without(std::size_t object, const KernelsByPlan& kernels);
/// Returns true if one of the plans uses objects of both byte orders.
[[nodiscard]] bool has_both_orders(const archive::Plans& plans);
/// Returns true if some objects may not be used for some kernels: by byte order or by architecture.
[[nodiscard]] bool may_leave_out(const archive::Plans& plans);
/// Returns the number of objects that are used for at least one of the kernels.
[[nodiscard]] std::size_t objects_in_use(const archive::Plans& plans, const KernelsByPlan& kernels);
/// Warns once for each plan if it is used for kernels of a byte order that none of its objects has.
void warn_of_byte_order(const archive::Plans& plans, const KernelsByPlan& kernels, Reply& reply);

}  // namespace minbtf::cli
