// SPDX-License-Identifier: BSD-2-Clause
// What is kept by name, as libbpf's reader finds it: btf__find_by_name_kind() on the full and on the reduced BTF of
// real kernels, with everything in the types by value. libbpf's resolver decides each relocation as before.
#include <bpf/btf.h>

#include <catch2/catch.hpp>
#include <iostream>
#include <set>
#include <string_view>

#include "minbtf/plan.hpp"
#include "support/libbpf/libbpf_btf.hpp"
#include "support/libbpf/libbpf_decisions.hpp"
#include "support/libbpf/libbpf_limits.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

std::vector<Keep> parsed(const std::vector<std::string>& texts) {
  std::vector<Keep> keeps;
  for (const std::string& text : texts) keeps.push_back(Keep::parse(text));
  return keeps;
}

/// Compares types of two BTFs with everything in them by value. All reading is libbpf's.
class ByLibbpf {
 public:
  ByLibbpf(const struct btf* full, const struct btf* reduced) : full_(full), reduced_(reduced) {}

  std::size_t members = 0;
  std::size_t enumerators = 0;

  /// Returns the first difference; empty if there is none.
  std::string whole(std::uint32_t ours, std::uint32_t theirs) {
    if (!seen_.emplace(ours, theirs).second) return "";
    const struct btf_type* mine = btf__type_by_id(full_, ours);
    const struct btf_type* other = btf__type_by_id(reduced_, theirs);
    const std::string name = btf__name_by_offset(full_, mine->name_off);
    if (btf_kind(mine) != btf_kind(other)) return name + ": another kind";
    if (name != btf__name_by_offset(reduced_, other->name_off)) return name + ": another name";
    if (btf_is_mod(mine) || btf_is_typedef(mine)) return whole(mine->type, other->type);
    if (btf_is_ptr(mine)) return "";
    if (btf_is_array(mine)) {
      if (btf_array(mine)->nelems != btf_array(other)->nelems) return "another length";
      return whole(btf_array(mine)->type, btf_array(other)->type);
    }
    if (btf_is_fwd(mine) || ours == 0) return "";
    if (mine->size != other->size) return name + ": another size";
    if (btf_is_int(mine)) {
      const bool is_same = btf_int_encoding(mine) == btf_int_encoding(other) &&
                           btf_int_bits(mine) == btf_int_bits(other) && btf_int_offset(mine) == btf_int_offset(other);
      return is_same ? "" : name + ": another encoding";
    }
    if (btf_vlen(mine) != btf_vlen(other)) return name + ": another number of elements";
    for (std::uint32_t i = 0; i < btf_vlen(mine); ++i) {
      std::string wrong = element(mine, i, other, i);
      if (!wrong.empty()) return name + "." + wrong;
    }
    return "";
  }

  /// Compares one member or enumerator, without what is in it.
  std::string element(const struct btf_type* mine, std::uint32_t i, const struct btf_type* other, std::uint32_t j) {
    if (btf_is_composite(mine)) {
      ++members;
      const struct btf_member& ours = btf_members(mine)[i];
      const struct btf_member& theirs = btf_members(other)[j];
      const std::string name = btf__name_by_offset(full_, ours.name_off);
      if (name != btf__name_by_offset(reduced_, theirs.name_off)) return name + ": another name";
      if (btf_member_bit_offset(mine, i) != btf_member_bit_offset(other, j)) return name + ": another offset";
      if (btf_member_bitfield_size(mine, i) != btf_member_bitfield_size(other, j)) return name + ": another bitfield";
      return whole(ours.type, theirs.type);
    }
    ++enumerators;
    std::uint32_t name_off = 0;
    std::uint32_t their_name_off = 0;
    bool is_same = false;
    if (btf_is_enum64(mine)) {
      is_same = btf_enum64_value(btf_enum64(mine) + i) == btf_enum64_value(btf_enum64(other) + j);
      name_off = btf_enum64(mine)[i].name_off;
      their_name_off = btf_enum64(other)[j].name_off;
    } else {
      is_same = btf_enum(mine)[i].val == btf_enum(other)[j].val;
      name_off = btf_enum(mine)[i].name_off;
      their_name_off = btf_enum(other)[j].name_off;
    }
    const std::string name = btf__name_by_offset(full_, name_off);
    if (!is_same || name != btf__name_by_offset(reduced_, their_name_off)) return name + ": another value or name";
    return "";
  }

 private:
  const struct btf* full_;
  const struct btf* reduced_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_;
};

std::uint32_t kind_of(const Keep& keep) {
  switch (keep.kind) {
    case KeepKind::struct_:
      return BTF_KIND_STRUCT;
    case KeepKind::enum_:
      return BTF_KIND_ENUM;
    case KeepKind::typedef_:
      return BTF_KIND_TYPEDEF;
    default:
      throw std::logic_error("not used here");
  }
}

/// Returns the index of the member; -1 if there is none.
int member_named(const struct btf* btf, const struct btf_type* type, std::string_view name) {
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    if (name == btf__name_by_offset(btf, btf_members(type)[i].name_off)) return static_cast<int>(i);
  }
  return -1;
}

struct Found {
  std::size_t types = 0;
  std::size_t members = 0;
  std::size_t enumerators = 0;
};

/// Searches for a keep as user space does. Returns what is different in the reduced BTF.
std::string wrong_with_keep(const Keep& keep, const struct btf* full, const struct btf* reduced, Found& found) {
  const std::int32_t ours = btf__find_by_name_kind(full, keep.name.c_str(), kind_of(keep));
  const std::int32_t theirs = btf__find_by_name_kind(reduced, keep.name.c_str(), kind_of(keep));
  if (ours < 0 || theirs < 0) return (ours < 0) == (theirs < 0) ? "" : "found in one BTF only";
  ++found.types;
  ByLibbpf reading(full, reduced);
  std::string wrong;
  if (keep.path.empty()) {
    wrong = reading.whole(static_cast<std::uint32_t>(ours), static_cast<std::uint32_t>(theirs));
  } else {
    const struct btf_type* mine = btf__type_by_id(full, static_cast<std::uint32_t>(ours));
    const struct btf_type* other = btf__type_by_id(reduced, static_cast<std::uint32_t>(theirs));
    const int i = member_named(full, mine, keep.path[0]);
    const int j = member_named(reduced, other, keep.path[0]);
    if (mine->size != other->size) return "another size";
    if (i < 0 || j < 0) return (i < 0) == (j < 0) ? "" : "the member is in one BTF only";
    wrong = reading.element(mine, static_cast<std::uint32_t>(i), other, static_cast<std::uint32_t>(j));
  }
  found.members += reading.members;
  found.enumerators += reading.enumerators;
  return wrong;
}

}  // namespace

TEST_CASE("keep: libbpf finds by name what is kept, as in the full BTF of each kernel", "[oracle][keep]") {
  listen_to_libbpf();
  const std::vector<Keep> keeps =
      parsed({"enum:skb_drop_reason", "struct:sock", "struct:sock.sk_rcvbuf", "struct:task_struct", "struct:mm_struct",
              "typedef:spinlock_t", "struct:super_block.s_dev", "enum:bpf_cmd"});
  std::vector<BpfObject> objects;
  for (const OracleObject& object : little_endian_objects()) objects.push_back(object.parsed());
  REQUIRE_FALSE(objects.empty());
  const std::vector<KernelFile> files = kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  Found found;
  for (const KernelFile& file : files) {
    INFO(file.name);
    const OracleKernel kernel = file.load();
    const LibbpfBtf full(kernel.bytes);
    REQUIRE(full.accepted());
    for (const bool has_objects : {false, true}) {
      const Plan plan(has_objects ? objects : std::vector<BpfObject>(), keeps);
      const LibbpfBtf reduced(plan.minimize(kernel.btf).bytes);
      REQUIRE(reduced.accepted());
      for (const Keep& keep : keeps) {
        INFO(keep.text());
        CHECK(wrong_with_keep(keep, full.get(), reduced.get(), found) == "");
      }
    }
    // Each keep alone, and only this one.
    for (const Keep& keep : keeps) {
      INFO(keep.text());
      const LibbpfBtf reduced(Plan({}, {keep}).minimize(kernel.btf).bytes);
      REQUIRE(reduced.accepted());
      CHECK(wrong_with_keep(keep, full.get(), reduced.get(), found) == "");
    }
  }
  std::cout << "keep: " << files.size() << " kernels; libbpf found " << found.types << " types, and compared "
            << found.members << " members and " << found.enumerators << " enumerators\n";
  CHECK(found.types > 10 * files.size());
  CHECK(found.members > 1000 * files.size());
}

TEST_CASE("keep: libbpf resolves each relocation as without keeps", "[oracle][keep]") {
  listen_to_libbpf();
  const std::vector<Keep> keeps =
      parsed({"struct:sock", "struct:task_struct", "struct:request", "struct:request_queue.nr_requests",
              "struct:mm_struct.owner", "struct:pt_regs", "struct:bio", "struct:inode.i_rdev", "typedef:spinlock_t"});
  const std::vector<OracleObject> objects = little_endian_objects();
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  std::size_t relocations = 0;
  for (const KernelFile& file : files) {
    OracleKernel kernel = file.load();
    for (const OracleObject& object : objects) {
      INFO(file.name << ", " << object.name());
      const Plan plan({object.parsed()}, keeps);
      if (has_endless_answer(plan, kernel.btf)) continue;
      const std::vector<std::uint8_t> bytes = plan.minimize(kernel.btf).bytes;
      ResolverTarget reduced(bytes, "reduced");
      const LibbpfCase both = {
          .plan = plan, .object = object.resolver, .full = kernel.btf, .on_full = kernel.target, .on_reduced = reduced};
      const std::size_t programs = object.parsed().programs().size();
      std::vector<Resolution> ours;
      CHECK(wrong_by_libbpf(both, std::vector<bool>(programs, true), LawRules::newest, ours) == "");
      relocations += ours.size();
    }
  }
  std::cout << "keep: libbpf resolved " << relocations << " relocations on " << files.size() << " kernels\n";
  CHECK(relocations > 0);
}

}  // namespace minbtf::test
