// SPDX-License-Identifier: BSD-2-Clause
// Reduces the BTF of kernels to what a set of BPF objects needs.
//
//     const minbtf::Plan plan({minbtf::BpfObject::from_file("prog.bpf.o")});                      // once
//     const minbtf::Reduction reduced = plan.minimize(minbtf::Btf::from_file("vmlinux.btf"));   // for each kernel
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/comparison.hpp"
#include "minbtf/error.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/export.hpp"
#include "minbtf/keep.hpp"
#include "minbtf/module_root.hpp"
#include "minbtf/resolution.hpp"
#include "minbtf/resolutions.hpp"

namespace minbtf {

/// The BTF of one kernel for one call: raw BTF that has not been checked, or a stand-in for it. A stand-in is a smaller
/// BTF that gives a plan the same results: it has the types that the plan's questions can reach, in the order of the
/// whole BTF. Figures of the source, and limits that grow with a kernel's size, are those of the whole BTF.
struct KernelBtf {
  /// The whole BTF. Implicit, so that raw BTF can be passed as it is.
  KernelBtf(std::span<const std::uint8_t> whole) noexcept : bytes(whole), source_bytes(whole.size()) {}
  KernelBtf(const std::vector<std::uint8_t>& whole) noexcept : KernelBtf(std::span(whole)) {}
  /// A stand-in for a BTF of `whole_bytes` bytes and `whole_types` types.
  KernelBtf(std::span<const std::uint8_t> stand_in, std::uint64_t whole_bytes, std::uint32_t whole_types) noexcept
      : bytes(stand_in), source_bytes(whole_bytes), source_types(whole_types) {}

  /// The BTF of a kernel with modules: the types of vmlinux, and behind them those of the modules, all as one BTF. As
  /// for libbpf on a live kernel, a type of a module is a candidate only if vmlinux has none. (libbpf.c,
  /// bpf_core_find_cands())
  [[nodiscard]] static KernelBtf with_modules(std::span<const std::uint8_t> joined, std::vector<KernelModule> modules) {
    KernelBtf kernel(joined);
    kernel.modules = std::move(modules);
    return kernel;
  }

  std::span<const std::uint8_t> bytes;  ///< not owned
  std::uint64_t source_bytes = 0;       ///< size of the whole BTF in bytes, header included
  /// Types in the whole BTF, without `void`. Nothing if `bytes` is the whole BTF: they are counted when it is parsed.
  std::optional<std::uint32_t> source_types = {};
  std::vector<KernelModule> modules = {};  ///< by KernelModule::first_type
};

/// The types of a kernel that questions search for by name.
struct WantedTypes {
  /// Essential names: without `___flavor`. Sorted, each once, none of them empty. All types with one of these names are
  /// wanted, of whatever kind: the kind of a type with the right name is part of the reason why nothing was found.
  std::vector<std::string> names = {};
  /// True if pointers are followed: a question is type_matches, or compares what a typedef leads to (type_exists,
  /// type_size, type_id_target), or a struct, union or typedef is kept by name. Otherwise only types are read that are
  /// reached by value: members, elements, typedefs, qualifiers.
  bool follows_pointers = false;
  /// Searches for a type that is no INT, STRUCT, UNION, ENUM, ENUM64, FWD, TYPEDEF or FLOAT, in words: "var jiffies".
  /// Sorted, each once. No compiler writes such records.
  std::vector<std::string> extras = {};
  /// Results that depend on parts of the whole BTF that no stand-in has, in words. Sorted, each once. No compiler
  /// writes such records: type_id_target in a load or store, which fails if the type id is too large for the
  /// instruction's offset: "type id of struct file in a load or store".
  std::vector<std::string> whole_only = {};
};

/// Scratch memory, reused from kernel to kernel. Each thread needs its own. An Error leaves it usable. A moved-from
/// Workspace can only be assigned to or destroyed.
class MINBTF_API Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend class Plan;
  struct MINBTF_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

/// A reduced BTF, and the resolutions of the relocations on it.
struct Reduction {
  /// Raw BTF in the kernel's byte order, with a header of 24 bytes.
  std::vector<std::uint8_t> bytes;
  std::uint32_t types = 0;         ///< types in `bytes`, without `void`
  std::uint32_t members = 0;       ///< struct and union members in `bytes`
  std::uint32_t enumerators = 0;   ///< enumerators in `bytes`
  std::uint32_t source_types = 0;  ///< types in the kernel's whole BTF, without `void`
  /// The resolutions on the full BTF. Status, failure, value and load size are the same on the reduced BTF, except that
  /// a value of type_id_target is a type id of the full BTF; for a type of a module, the id in the module's own file.
  Resolutions resolutions;
};

/// How a reduced BTF writes what no relocation reads.
enum class Layout : std::uint8_t {
  /// In one way for all kernels, so that kernels with equal answers have equal BTF: sizes that are not read are the
  /// smallest that hold the members, anonymous members are part of the type that holds them, and so on (docs/design.md,
  /// Normal form).
  normal,
  /// As the kernel has it, for programs that read sizes and declarations from the reduced BTF itself.
  kernel,
};

/// What libbpf can find out from a BTF, as keys: bytes that can be compared with those of another BTF of the same plan,
/// by the same version of this library.
struct Answers {
  /// The result of each relocation with all programs loaded. If it differs, assume that libbpf resolves differently.
  std::string results;
  /// The results without regard to which programs are loaded. If it is equal, libbpf resolves every relocation alike,
  /// for every subset of each object's programs. If only `all` differs, compare() decides.
  std::string all;

  bool operator==(const Answers&) const = default;
};

/// A set of objects and their distinct questions, and what is kept by name. An object cannot be loaded on a kernel of
/// the other byte order: if there are objects of the kernel's byte order, only these are used for it. Immutable. Any
/// number of threads may use the same plan. A moved-from Plan can only be assigned to or destroyed. The plan does not
/// check indices: `object` must be below objects().size(), and `relocation` below that object's relocation_count().
class MINBTF_API Plan {
 public:
  /// Keeps the objects, and reads the questions of each distinct object once. `keeps` stay in each reduced BTF,
  /// whatever the objects need, and as the kernel has it; with keeps, the objects may be none. `layout` is that of the
  /// rest. Throws only std::bad_alloc.
  explicit Plan(std::vector<BpfObject> objects, std::vector<Keep> keeps = {}, Layout layout = Layout::normal);
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// Returns a plan with the same objects, at the same indices, that uses only some of them: `used` has a flag for each
  /// object. Results are those of a plan of the used objects alone, with the same keeps. Objects that are not used have
  /// no relocations in results, and takes_part() is false for them.
  [[nodiscard]] Plan using_only(const std::vector<bool>& used) const;

  /// Returns the objects in the order in which they were given. Valid as long as the plan.
  [[nodiscard]] const std::vector<BpfObject>& objects() const noexcept;
  /// Returns what is kept by name, sorted, each once. Valid as long as the plan.
  [[nodiscard]] const std::vector<Keep>& keeps() const noexcept;
  /// Returns the keeps that `btf` has, as ascending indices into keeps(): a type of this kind and name exists, and the
  /// path leads to a member of one of these types. A reduced BTF has the same ones as its kernel.
  [[nodiscard]] std::vector<std::size_t> kept_in(const Btf& btf) const;
  /// Returns the number of distinct questions of all objects that are used.
  [[nodiscard]] std::size_t question_count() const noexcept;
  /// Returns true if the object is used for kernels of this byte order: it has this byte order, or no object that is
  /// used (using_only()) has it.
  [[nodiscard]] bool takes_part(std::size_t object, ByteOrder kernel) const;
  /// Returns what the record contains, in words.
  [[nodiscard]] RelocationText describe(std::size_t object, std::size_t relocation) const;

  /// Returns the types that minimize() and compare() search for in a kernel of this byte order, by the objects that are
  /// used for it.
  [[nodiscard]] WantedTypes wanted_types(ByteOrder kernel) const;
  /// Returns the types that check() searches for: also the enum from which it derives the version of the verifier.
  [[nodiscard]] WantedTypes wanted_types_of_check(ByteOrder kernel) const;
  /// Returns the types that any loader of any object searches for in a kernel, also a loader of an object of the other
  /// byte order.
  [[nodiscard]] WantedTypes wanted_types_of_all() const;

  /// Reduces the BTF of one kernel. For every subset of an object's programs, libbpf resolves each relocation on the
  /// result exactly as on the full BTF: the same value and load size, the same poisoned instruction, or the same
  /// failure. The bytes depend on the contents of the selected types, not on their ids and order in the kernel's BTF.
  /// Every question is evaluated again on the result before it is returned, and what is kept by name is compared.
  /// Throws Error: internal if an outcome or a kept part is different there, unsupported if the kernel has more types
  /// of one name than can be compared, or if a relocation or a keep needs the name of a module's type that cannot keep
  /// it: such a type would be a candidate beside one of vmlinux.
  [[nodiscard]] Reduction minimize(const Btf& kernel) const;

  /// Does the same for raw BTF, without a copy of it: faster for many kernels. `name` is as for Btf::parse(). The bytes
  /// are not needed afterwards. Throws Error also as Btf::parse() does.
  [[nodiscard]] Reduction minimize(const KernelBtf& kernel, const std::string& name, Workspace& workspace) const;

  /// Returns the relocations that are not resolved on `kernel` if all programs are loaded, with the reasons; by object,
  /// record and program. Throws Error (unsupported) if the kernel has more types of one name than can be compared, or
  /// if the programs of an object call too many subprograms.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(const Btf& kernel) const;
  /// Does the same for raw BTF, as minimize() does. Throws Error also as Btf::parse() does.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(const KernelBtf& kernel, const std::string& name,
                                                        Workspace& workspace) const;

  /// Returns the types that the relocations search for and that only modules of the kernel have, by ModuleRoot::type,
  /// and compares what the modules answer. Empty for a kernel without modules. Throws Error as check() does, also
  /// (unsupported) if there are more different types of one name in the modules than can be compared.
  [[nodiscard]] std::vector<ModuleRoot> module_roots(const Btf& kernel) const;
  /// Does the same for raw BTF, as minimize() does. Throws Error also as Btf::parse() does.
  [[nodiscard]] std::vector<ModuleRoot> module_roots(const KernelBtf& kernel, const std::string& name,
                                                     Workspace& workspace) const;

  /// Compares how libbpf resolves the relocations on two BTFs, for every subset of each object's programs, and what is
  /// kept by name. Any tool may have written `reduced`. Throws Error (unsupported) if a BTF has more types of one name
  /// than can be compared, or if the programs narrow the candidates in too many ways.
  [[nodiscard]] Comparison compare(const Btf& full, const Btf& reduced) const;
  /// Does the same with raw BTF for `full`, as minimize() does. Throws Error also as Btf::parse() does.
  [[nodiscard]] Comparison compare(const KernelBtf& full, const std::string& name, const Btf& reduced,
                                   Workspace& workspace) const;

  /// Returns what libbpf can find out from a reduced BTF: BTFs of kernels that give equal answers can be grouped
  /// without comparing each with each. What is kept by name is not part of the answers; compare() compares it. Any tool
  /// may have written `reduced`. Throws Error (unsupported) if it has more types of one name, or more results, than can
  /// be compared.
  [[nodiscard]] Answers answers(const Btf& reduced) const;

  /// Resolves the relocations of one object on `kernel` as libbpf does if only some programs are loaded. The byte order
  /// of the object does not matter. `programs[i]` is true if program i of the object is loaded; if `programs` is empty,
  /// all are. The result has no entries for relocations in other programs, and none for an object that is not used.
  /// Throws Error (unsupported) if the kernel has more types of one name than can be compared.
  [[nodiscard]] std::vector<Resolution> resolve(const Btf& kernel, std::size_t object,
                                                const std::vector<bool>& programs) const;

 private:
  struct MINBTF_LOCAL Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minbtf
