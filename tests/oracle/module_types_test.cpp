// SPDX-License-Identifier: BSD-2-Clause
// The law with modules, for a real kernel and the programs in tests/bpf/modules: libbpf resolves them on the reduced
// BTF, alone, as on vmlinux with exactly these modules loaded. The sets of modules are: none; all, in two orders; each
// alone that has a type that a program asks for; for each such type, all sets of up to six modules that have it; and
// random sets. libbpf loads them in random order.
//
// The test must be able to find a difference: without the boundary between vmlinux and modules, the reduced BTF is
// wrong.
//
// MINBTF_MODULES names the kernel (module_kernel.hpp). MINBTF_ORACLE_SETS limits the number of sets to this many,
// chosen at random. MINBTF_ORACLE_SEED is the seed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/sorted.hpp"
#include "minbtf/error.hpp"
#include "object/object_data.hpp"
#include "oracle/module_kernel.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Set = std::vector<std::size_t>;  ///< indices of modules

constexpr std::size_t modules_of_root = 6;  ///< the number of modules of which all sets are compared
constexpr std::size_t random_sets = 100;

OracleObject compiled(const TempDir& directory, const std::string& name) {
  const std::string source = std::string(TEST_SOURCE_DIR) + "/tests/bpf/modules/" + name + ".bpf.c";
  const std::string object = (directory.path() / (name + ".bpf.o")).string();
  const CommandResult result = run_command(
      {TEST_CLANG, "-target", "bpfel", "-mcpu=v3", "-g", "-O2", "-Wall", "-Werror", "-c", source, "-o", object});
  INFO(result.err);
  REQUIRE(result.status == 0);
  return oracle_object(bytes_of(object), name);
}

/// Returns what distinguishes different structs of one name: the size, and names and offsets of members.
std::string outline(const struct btf* btf, std::uint32_t id) {
  const struct btf_type* type = btf__type_by_id(btf, id);
  std::string text = std::to_string(type->size);
  if (!btf_is_composite(type)) return text;
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i) {
    text += std::string(" ") + btf__name_by_offset(btf, btf_members(type)[i].name_off) + "@" +
            std::to_string(btf_members(type)[i].offset);
  }
  return text;
}

struct Counts {
  std::size_t roots = 0;      ///< types that only modules have
  std::size_t copied = 0;     ///< of them, types with equal copies
  std::size_t different = 0;  ///< of them, types that modules define differently
  std::size_t missing = 0;    ///< types that neither vmlinux nor a module has
  std::size_t reductions = 0;
  std::size_t refused = 0;  ///< no BTF without modules can give the same results; the reasons are printed
  std::size_t relocations = 0;
  std::size_t resolved = 0;
  std::size_t failed = 0;
  std::size_t differences = 0;
  std::size_t naive = 0;  ///< differences if the types of modules are taken for types of vmlinux
};

class Proof {
 public:
  Proof(const KernelWithModules& kernel, std::vector<OracleObject> objects, std::mt19937& random)
      : kernel_(kernel),
        objects_(std::move(objects)),
        plan_(parsed(objects_)),
        random_(random),
        live_(kernel.base, "vmlinux") {
    for (const archive::ModuleFile& module : kernel.modules) live_.load_module(module.btf);
    for (std::size_t i = 0; i < kernel.modules.size(); ++i) all_.push_back(i);
    find_sets();
  }

  /// Compares `count` of the sets, and those of all modules and of none. If `count` is 0, compares all sets.
  void run(std::size_t count) {
    compare(all_);
    Set reversed = all_;
    std::ranges::reverse(reversed);
    compare(reversed);
    compare({});
    std::vector<Set> sets(sets_.begin(), sets_.end());
    std::ranges::shuffle(sets, random_);
    if (count != 0 && count < sets.size()) sets.resize(count);
    for (const Set& set : sets) compare(set);
    compare_naive();
  }

  /// Compares the result of the tool for all modules.
  void compare_file(const std::vector<std::uint8_t>& reduced) { compare_with(reduced, all_); }

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t sets() const noexcept { return sets_.size(); }

 private:
  static std::vector<BpfObject> parsed(const std::vector<OracleObject>& objects) {
    std::vector<BpfObject> out;
    for (const OracleObject& object : objects) out.push_back(object.parsed());
    return out;
  }

  void find_sets() {
    std::set<std::string> seen;
    for (const OracleObject& object : objects_) {
      for (const object::Record& record : object::data_of(object.parsed()).records) {
        if (!seen.insert(object.name() + std::to_string(record.type_id)).second) continue;
        find_sets(object.resolver.btf(), record.type_id);
      }
    }
    for (std::size_t i = 0; i < random_sets; ++i) {
      Set set;
      for (std::size_t n = random_() % 200; n > 0; --n) set.push_back(random_() % all_.size());
      base::sort_unique(set);
      sets_.insert(set);
    }
  }

  /// Adds the sets for one type of an object. Modules that define it differently come first.
  void find_sets(const struct btf* local, std::uint32_t id) {
    std::map<const struct btf*, std::vector<std::string>> outlines;
    for (const auto& candidate : live_.candidates(local, id)) {
      outlines[candidate.btf].push_back(outline(candidate.btf, candidate.id));
    }
    if (outlines.empty()) ++counts_.missing;
    const Set modules = live_.modules_with(local, id);
    if (modules.empty()) return;
    ++counts_.roots;
    std::map<std::vector<std::string>, Set> groups;
    for (const std::size_t module : modules) {
      groups[outlines[live_.module(module)]].push_back(module);
      sets_.insert({module});
    }
    if (groups.size() > 1) ++counts_.different;
    if (std::ranges::any_of(groups, [](const auto& group) { return group.second.size() > 1; })) ++counts_.copied;
    Set chosen;
    for (std::size_t i = 0; chosen.size() < std::min(modules.size(), modules_of_root); ++i) {
      for (const auto& [text, group] : groups) {
        if (i < group.size() && chosen.size() < modules_of_root) chosen.push_back(group[i]);
      }
    }
    for (std::size_t bits = 1; bits < (std::size_t{1} << chosen.size()); ++bits) {
      Set set;
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        if ((bits >> i & 1U) != 0) set.push_back(chosen[i]);
      }
      std::ranges::sort(set);
      sets_.insert(set);
    }
  }

  [[nodiscard]] btf::Joined join(const Set& set) const {
    std::vector<const archive::ModuleFile*> modules;
    for (const std::size_t i : set) modules.push_back(&kernel_.modules[i]);
    return join_modules(kernel_.base, modules);
  }

  /// Reduces the joined BTF of all modules as if it were that of one vmlinux, and counts the differences.
  void compare_naive() {
    ResolverTarget reduced(plan_.minimize(KernelBtf(join(all_).bytes), "kernel", workspace_).bytes, "reduced");
    live_.use_modules(all_);
    for (const OracleObject& object : objects_) {
      const std::vector<bool> programs(object.parsed().programs().size(), true);
      const std::vector<Verdict> before = object.resolver.resolve(live_, programs, Rules::newest);
      const std::vector<Verdict> after = object.resolver.resolve(reduced, programs, Rules::newest);
      for (std::size_t i = 0; i < before.size(); ++i) counts_.naive += before[i] == after[i] ? 0 : 1;
    }
  }

  void compare(const Set& set) {
    const btf::Joined joined = join(set);
    const KernelBtf kernel = KernelBtf::with_modules(joined.bytes, joined.modules);
    Reduction reduction;
    try {
      reduction = plan_.minimize(kernel, "kernel", workspace_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      std::cout << "refused: " << error.what() << '\n';
      ++counts_.refused;
      return;
    }
    ++counts_.reductions;
    compare_with(reduction.bytes, set);
  }

  /// Compares libbpf with these modules, in random order, and on the reduced BTF.
  void compare_with(const std::vector<std::uint8_t>& bytes, const Set& set) {
    ResolverTarget reduced(bytes, "reduced");
    Set order = set;
    std::ranges::shuffle(order, random_);
    live_.use_modules(order);
    for (std::size_t object = 0; object < objects_.size(); ++object) {
      const std::size_t programs = objects_[object].parsed().programs().size();
      Subsets subsets = all_programs()(programs);
      for (std::vector<bool>& more : random_subsets(random_, 3)(programs)) subsets.push_back(std::move(more));
      for (const auto& subset : subsets) {
        for (const Rules rules : {Rules::linked, Rules::newest}) compare_verdicts(object, subset, rules, set, reduced);
      }
    }
  }

  void compare_verdicts(std::size_t object, const std::vector<bool>& programs, Rules rules, const Set& set,
                        ResolverTarget& reduced) {
    const std::vector<Verdict> before = objects_[object].resolver.resolve(live_, programs, rules);
    const std::vector<Verdict> after = objects_[object].resolver.resolve(reduced, programs, rules);
    REQUIRE(before.size() == after.size());
    counts_.relocations += before.size();
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i].failed()) ++counts_.failed;
      if (!before[i].failed() && !before[i].poison) ++counts_.resolved;
      if (before[i] == after[i] || ++counts_.differences > 20) continue;
      std::cout << set.size() << " modules";
      for (std::size_t n = 0; n < std::min(set.size(), modules_of_root); ++n) {
        std::cout << ", " << kernel_.modules[set[n]].module;
      }
      std::cout << ": " << describe(plan_, object, before[i].relocation) << "\n    live: " << before[i].text()
                << "\n    reduced: " << after[i].text() << '\n';
    }
  }

  const KernelWithModules& kernel_;
  std::vector<OracleObject> objects_;
  Plan plan_;
  std::mt19937& random_;
  ResolverTarget live_;
  Workspace workspace_;
  Set all_;
  std::set<Set> sets_;
  Counts counts_;
};

}  // namespace

TEST_CASE("modules: libbpf resolves programs for modules alike on vmlinux with modules and on the reduced BTF") {
  listen_to_libbpf();
  const char* directory = std::getenv("MINBTF_MODULES");
  if (directory == nullptr) return skip_test("MINBTF_MODULES does not name a kernel with modules");
  const KernelWithModules kernel = read_kernel_with_modules(directory);
  REQUIRE(kernel.modules.size() > 20);
  const TempDir objects;
  std::vector<OracleObject> compiled_objects;
  for (const char* name : {"fields", "names"}) compiled_objects.push_back(compiled(objects, name));
  const auto seed = static_cast<std::mt19937::result_type>(number_in("MINBTF_ORACLE_SEED", 20240607));
  std::mt19937 random(seed);
  Proof proof(kernel, std::move(compiled_objects), random);
  proof.run(number_in("MINBTF_ORACLE_SETS", 0));
  const std::string output = (objects.path() / "min.btf").string();
  const CommandResult gen =
      run_min_btf({"gen", "-q", "-B", kernel.base_path.string(), directory, output,
                   (objects.path() / "fields.bpf.o").string(), (objects.path() / "names.bpf.o").string()});
  INFO(gen.err);
  REQUIRE(gen.status == 0);
  proof.compare_file(bytes_of(output));
  const Counts& counts = proof.counts();
  std::cout << "seed " << seed << ", " << kernel.modules.size() << " modules, " << counts.roots
            << " types that only modules have (" << counts.copied << " with copies, " << counts.different
            << " with different definitions), " << counts.missing << " types that are missing; " << proof.sets()
            << " sets of modules, " << counts.reductions << " reductions and " << counts.refused << " refused; "
            << counts.relocations << " relocations, of them " << counts.resolved << " resolved and " << counts.failed
            << " failed; " << counts.differences << " differences; " << counts.naive
            << " differences if modules were part of vmlinux\n";
  CHECK(counts.differences == 0);
  CHECK(counts.refused == 0);
  CHECK(counts.roots > 5);
  CHECK(counts.copied > 0);
  CHECK(counts.resolved > 0);
  CHECK(counts.failed > 0);
  CHECK(counts.naive > 0);
}

}  // namespace minbtf::test
