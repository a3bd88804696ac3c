// SPDX-License-Identifier: BSD-2-Clause
#include "cli/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <span>
#include <utility>

#include "archive/input/object_list.hpp"
#include "base/short_text.hpp"
#include "btf/bytes.hpp"
#include "cli/standard_streams.hpp"
#include "io/read/buffer.hpp"
#include "minbtf/error.hpp"
#include "object/object_data.hpp"
#include "object/object_file.hpp"

namespace minbtf::cli {

namespace {

/// Returns true if the regular file at `path` has these bytes. False for a pipe, which cannot be read again.
bool holds(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  try {
    io::Buffer memory;
    return std::ranges::equal(object::read_object(path, memory), bytes);
  } catch (const Error&) {
    return false;  // removed after it was loaded
  }
}

/// Returns a loaded object that has these bytes, or null.
const BpfObject* find_equal(const LoadedObjects& loaded, const archive::ManifestObject& entry,
                            std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < loaded.objects.size(); ++i) {
    const archive::ManifestObject& other = loaded.hashes[i];
    if (other.hash == entry.hash && other.bytes == entry.bytes && holds(other.path, bytes)) {
      return &loaded.objects[i];
    }
  }
  return nullptr;
}

/// Returns the number of type_id_target records in programs. libbpf patches into each of these instructions the id of a
/// type in the BTF that it relocates with.
std::size_t type_ids(const BpfObject& object) {
  return static_cast<std::size_t>(
      std::ranges::count_if(object::data_of(object).records, [](const object::Record& record) {
        return record.kind == static_cast<std::uint32_t>(RelocationKind::type_id_target) &&
               record.program != object::no_program;
      }));
}

/// The objects that one kind of warning is about.
class ObjectWarnings {
 public:
  void add(const BpfObject& object, const std::string& message, const std::string& reason = "") {
    names_.push_back(shown_path(object.name()));
    messages_.push_back(fmt::format("{}: {}", names_.back(), message));
    reasons_.insert(reason);
  }

  /// Warns of each object in its own line if there is only one, or if `each` is set. Otherwise prints one line:
  /// "3 of 5 objects WHAT (REASON): NAMES", without the reason if the objects have different reasons.
  void print(const char* what, std::size_t objects, bool each, Reply& reply) const {
    if (each || names_.size() < 2) return reply.warn_of_many(messages_, true);
    constexpr std::size_t most = 3;
    const std::size_t shown = std::min(names_.size(), most);
    const std::string& reason = *reasons_.begin();
    const bool has_reason = reasons_.size() == 1 && !reason.empty();
    std::string line =
        fmt::format("{} of {} objects {}{}: {}", names_.size(), objects, what, has_reason ? " (" + reason + ")" : "",
                    fmt::join(std::span(names_).first(shown), ", "));
    if (shown < names_.size()) line += fmt::format(" and {} more; -v lists them", names_.size() - shown);
    reply.warn(line);
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::string> messages_;
  std::set<std::string> reasons_;
};

}  // namespace

LoadedObjects load_objects(const std::vector<std::filesystem::path>& paths, Reply& reply,
                           const ObjectLoading& loading) {
  ObjectWarnings without_relocations;
  ObjectWarnings with_type_ids;
  LoadedObjects loaded;
  io::Buffer memory;
  for (const auto& path : paths) {
    const std::span<const std::uint8_t> bytes = object::read_object(path, memory, embedded_objects_hint);
    archive::ManifestObject entry{
        .path = path.string(), .bytes = bytes.size(), .hash = io::hash_of(bytes), .relocations = 0};
    if (loading.digests) entry.sha256 = io::sha256_of(bytes);
    const BpfObject* const equal = find_equal(loaded, entry, bytes);
    BpfObject object = equal != nullptr ? equal->renamed(path.string()) : BpfObject::parse(bytes, path.string());
    entry.relocations = object.relocation_count();
    if (object.relocation_count() == 0) {
      without_relocations.add(object, "nothing to relocate: " + object.note(), object.note());
    }
    if (const std::size_t ids = type_ids(object); ids != 0) {
      with_type_ids.add(
          object,
          fmt::format("uses bpf_core_type_id_kernel() {}: with a reduced BTF, libbpf inserts ids of that BTF, not the "
                      "kernel's",
                      base::counted(ids, "time")));
    }
    loaded.facts.push_back({.path = object.name(), .relocations = object.relocation_count(), .note = object.note()});
    loaded.hashes.push_back(std::move(entry));
    if (loading.keeps_images) loaded.images.emplace_back(bytes.begin(), bytes.end());
    loaded.objects.push_back(std::move(object));
  }
  without_relocations.print("have nothing to relocate", loaded.objects.size(), loading.verbose, reply);
  with_type_ids.print(
      "use bpf_core_type_id_kernel() (with a reduced BTF, libbpf inserts ids of that BTF, not the kernel's)",
      loaded.objects.size(), loading.verbose, reply);
  return loaded;
}

const char* order_word(const BpfObject& object) { return object.byte_order() == ByteOrder::little ? "little" : "big"; }

archive::Plans plans_of(const Plan& all, const archive::ObjectList& list, const std::string& input) {
  if (!list.architectures) return all;
  const auto place = archive::architecture_place_of(input);
  return {all, *list.architectures, place ? place->architecture : nullptr};
}

std::optional<std::vector<std::string>> architectures_of(const archive::Plans& plans, std::size_t object) {
  const auto names = plans.architectures_of(object);
  if (!names) return std::nullopt;
  return std::vector<std::string>(names->begin(), names->end());
}

std::size_t kernels_without(std::size_t object, const KernelsByPlan& kernels) {
  std::size_t without = 0;
  for (const auto& [plan, orders] : kernels) {
    without += (plan->takes_part(object, ByteOrder::little) ? 0 : orders.little) +
               (plan->takes_part(object, ByteOrder::big) ? 0 : orders.big);
  }
  return without;
}

std::vector<bool> used_objects(const Plan& plan) {
  std::vector<bool> used;
  for (std::size_t i = 0; i < plan.objects().size(); ++i) {
    used.push_back(plan.takes_part(i, plan.objects()[i].byte_order()));
  }
  return used;
}

namespace {

/// Returns true if the plan uses an object of this byte order.
bool has_order(const Plan& plan, ByteOrder order) {
  const std::vector<bool> used = used_objects(plan);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i] && plan.objects()[i].byte_order() == order) return true;
  }
  return false;
}

bool has_both_orders(const Plan& plan) { return has_order(plan, ByteOrder::little) && has_order(plan, ByteOrder::big); }

}  // namespace

bool has_both_orders(const archive::Plans& plans) {
  return std::ranges::any_of(plans.parts(), [](const auto& part) { return has_both_orders(*part.plan); });
}

bool may_leave_out(const archive::Plans& plans) { return plans.are_by_architecture() || has_both_orders(plans); }

std::size_t objects_in_use(const archive::Plans& plans, const KernelsByPlan& kernels) {
  std::size_t total = 0;
  for (const auto& [plan, orders] : kernels) total += orders.little + orders.big;
  std::size_t objects = 0;
  for (std::size_t i = 0; i < plans.all().objects().size(); ++i) {
    const bool is_left_out = kernels_without(i, kernels) == total;
    objects += is_left_out && may_leave_out(plans) ? 0 : 1;
  }
  return objects;
}

void warn_of_byte_order(const archive::Plans& plans, const KernelsByPlan& kernels, Reply& reply) {
  const auto warn = [&](const archive::Plans::Part& part, std::size_t count, ByteOrder order, ByteOrder other) {
    if (count == 0 || has_order(*part.plan, order) || part.plan->objects().empty()) return;
    const std::string architectures =
        part.architectures.empty() ? "" : fmt::format(" for {}", fmt::join(part.architectures, ", "));
    reply.warn(
        fmt::format("{} {} {}, and all objects{} are {}: to load them on such a kernel, compile them with -target {}",
                    base::counted(count, "kernel"), count == 1 ? "is" : "are", btf::to_string(order), architectures,
                    btf::to_string(other), order == ByteOrder::little ? "bpfel" : "bpfeb"));
  };
  for (const archive::Plans::Part& part : plans.parts()) {
    const auto found = kernels.find(part.plan.get());
    if (found == kernels.end()) continue;
    warn(part, found->second.little, ByteOrder::little, ByteOrder::big);
    warn(part, found->second.big, ByteOrder::big, ByteOrder::little);
  }
}

}  // namespace minbtf::cli
