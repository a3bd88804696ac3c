// Reduces the BTF of kernels to what a set of BPF objects needs.
//
//     const minbtf::Plan plan({minbtf::BpfObject::from_file("prog.bpf.o")});                      // once
//     const minbtf::Reduction reduced = plan.minimize(minbtf::Btf::from_file("vmlinux.btf"));   // for each kernel
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/comparison.hpp"
#include "minbtf/error.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "minbtf/resolutions.hpp"

namespace minbtf {

/// Scratch memory, reused from kernel to kernel. Each thread needs its own. An Error leaves it usable. A moved-from
/// Workspace can only be assigned to or destroyed.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend class Plan;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A reduced BTF, and the resolutions of the relocations on it.
struct Reduction {
  /// Raw BTF in the kernel's byte order, with a header of 24 bytes.
  std::vector<std::uint8_t> bytes;
  std::uint32_t types = 0;         ///< types in `bytes`, without `void`
  std::uint32_t members = 0;       ///< struct and union members in `bytes`
  std::uint32_t enumerators = 0;   ///< enumerators in `bytes`
  std::uint32_t source_types = 0;  ///< types in the kernel's BTF, without `void`
  /// The resolutions on the full BTF. Status, failure, value and load size are the same on the reduced BTF, except that
  /// a value of type_id_target is a type id of the full BTF.
  Resolutions resolutions;
};

/// A set of objects and their distinct questions. An object cannot be loaded on a kernel of the other byte order: if
/// there are objects of the kernel's byte order, only these are used for it. Immutable. Any number of threads may use
/// the same plan. A moved-from Plan can only be assigned to or destroyed. The plan does not check indices: `object`
/// must be below objects().size(), and `relocation` below that object's relocation_count().
class Plan {
 public:
  /// Keeps the objects, and reads the questions of each distinct object once. Throws only std::bad_alloc.
  explicit Plan(std::vector<BpfObject> objects);
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// Returns the objects in the order in which they were given. Valid as long as the plan.
  [[nodiscard]] const std::vector<BpfObject>& objects() const noexcept;
  /// Returns the number of distinct questions of all objects.
  [[nodiscard]] std::size_t question_count() const noexcept;
  /// Returns true if the object is used for kernels of this byte order: it has this byte order, or no object has it.
  [[nodiscard]] bool takes_part(std::size_t object, ByteOrder kernel) const;
  /// Returns what the record contains, in words.
  [[nodiscard]] RelocationText describe(std::size_t object, std::size_t relocation) const;

  /// Reduces the BTF of one kernel. For every subset of an object's programs, libbpf resolves each relocation on the
  /// result exactly as on the full BTF: the same value and load size, the same poisoned instruction, or the same
  /// failure. The bytes depend on the contents of the selected types, not on their ids and order in the kernel's BTF.
  /// Every question is evaluated again on the result before it is returned. Throws Error: internal if an outcome is
  /// different there, unsupported if the kernel has more types of one name than can be compared.
  [[nodiscard]] Reduction minimize(const Btf& kernel) const;

  /// Does the same for raw BTF, without a copy of it: faster for many kernels. `bytes` and `name` are as for
  /// Btf::parse(). `bytes` are not needed afterwards. Throws Error also as Btf::parse() does.
  [[nodiscard]] Reduction minimize(std::span<const std::uint8_t> bytes, const std::string& name,
                                   Workspace& workspace) const;

  /// Returns the relocations that are not resolved on `kernel` if all programs are loaded, with the reasons; by object,
  /// record and program. Throws Error (unsupported) if the kernel has more types of one name than can be compared, or
  /// if the programs of an object call too many subprograms.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(const Btf& kernel) const;
  /// Does the same for raw BTF, as minimize() does. Throws Error also as Btf::parse() does.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(std::span<const std::uint8_t> bytes, const std::string& name,
                                                        Workspace& workspace) const;

  /// Compares how libbpf resolves the relocations on two BTFs, for every subset of each object's programs. Any tool may
  /// have written `reduced`. Throws Error (unsupported) if a BTF has more types of one name than can be compared, or if
  /// the programs narrow the candidates in too many ways.
  [[nodiscard]] Comparison compare(const Btf& full, const Btf& reduced) const;
  /// Does the same with raw BTF for `full`, as minimize() does. Throws Error also as Btf::parse() does.
  [[nodiscard]] Comparison compare(std::span<const std::uint8_t> full, const std::string& name, const Btf& reduced,
                                   Workspace& workspace) const;

  /// Resolves the relocations of one object on `kernel` as libbpf does if only some programs are loaded. The byte order
  /// of the object does not matter. `programs[i]` is true if program i of the object is loaded; if `programs` is empty,
  /// all are. The result has no entries for relocations in other programs. Throws Error (unsupported) if the kernel has
  /// more types of one name than can be compared.
  [[nodiscard]] std::vector<Resolution> resolve(const Btf& kernel, std::size_t object,
                                                const std::vector<bool>& programs) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minbtf
