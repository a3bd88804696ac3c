// From objects and a kernel to the smallest BTF on which libbpf decides as it does on the whole.
//
//     minbtf::Plan plan({minbtf::BpfObject::parse(bytes, "prog.bpf.o")});      // once
//     minbtf::Reduction small = plan.minimize(minbtf::Btf::parse(kernel, "vmlinux"));   // for each kernel
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
#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "minbtf/resolutions.hpp"

namespace minbtf {

/// Memory that one kernel after another is worked on with. Each thread needs its own. A kernel that is refused does no
/// harm to it; one that was moved from can only be assigned to.
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

/// A reduced BTF and what it was reduced for.
struct Reduction {
  /// Raw BTF in the input's byte order, with a 24-byte header.
  std::vector<std::uint8_t> bytes;
  std::uint32_t types = 0;         ///< types in `bytes`, without `void`
  std::uint32_t members = 0;       ///< struct and union members in `bytes`
  std::uint32_t enumerators = 0;   ///< enumerators in `bytes`
  std::uint32_t source_types = 0;  ///< types in the kernel's BTF, without `void`
  Resolutions resolutions;
};

/// The distinct questions that a set of objects asks. An object of the other byte order than a kernel is loaded there
/// by nobody: where there are objects of the kernel's order, only these take part in what is done for it. Immutable;
/// any number of threads may use the same plan.
class Plan {
 public:
  /// Keeps the objects. Throws nothing but std::bad_alloc.
  explicit Plan(std::vector<BpfObject> objects);
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  [[nodiscard]] const std::vector<BpfObject>& objects() const noexcept;
  /// Questions left after equal ones of all objects were put together.
  [[nodiscard]] std::size_t question_count() const noexcept;
  /// Does the object take part for kernels of this byte order? It does if it is of that order, or no object is.
  [[nodiscard]] bool takes_part(std::size_t object, ByteOrder kernel) const;
  [[nodiscard]] RelocationText describe(std::size_t object, std::size_t relocation) const;

  /// Reduces one kernel's BTF. For every subset of an object's programs libbpf decides on the result as on the whole:
  /// the same value, load size, poison or failure for each relocation. The result depends on what the selected types
  /// are, not on their ids or order. It has been resolved once more and compared before it is returned.
  /// Throws Error (internal) if that comparison fails.
  [[nodiscard]] Reduction minimize(const Btf& kernel) const;

  /// The same from raw BTF, as for Btf::parse(): for those who reduce many. `bytes` are only read, and not needed
  /// afterwards; `name` stands for them in messages. Throws Error also as Btf::parse() does.
  [[nodiscard]] Reduction minimize(std::span<const std::uint8_t> bytes, const std::string& name,
                                   Workspace& workspace) const;

  /// The relocations that `kernel` does not resolve, all programs taken together, and why; by object, record and
  /// program. Throws Error (unsupported) if it has more types of one name than can be compared, or an object more
  /// programs and subprograms that call each other.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(const Btf& kernel) const;
  /// The same from raw BTF, as for Btf::parse(). Throws Error also as that does.
  [[nodiscard]] std::vector<UnresolvedRelocation> check(std::span<const std::uint8_t> bytes, const std::string& name,
                                                        Workspace& workspace) const;

  /// Does libbpf decide on `reduced` as on `full`, for every subset of each object's programs? `reduced` may come from
  /// anywhere. Throws Error (unsupported) if there is more to compare than can be.
  [[nodiscard]] Comparison compare(const Btf& full, const Btf& reduced) const;
  /// The same with raw BTF for `full`, as for Btf::parse(). Throws Error also as that does.
  [[nodiscard]] Comparison compare(std::span<const std::uint8_t> full, const std::string& name, const Btf& reduced,
                                   Workspace& workspace) const;

  /// Resolves the relocations of one object, whatever its byte order, against `kernel` as libbpf does when only some
  /// programs are loaded.
  /// `programs[i]` says whether object.programs()[i] is; relocations in other programs are left out of the result.
  [[nodiscard]] std::vector<Resolution> resolve(const Btf& kernel, std::size_t object,
                                                const std::vector<bool>& programs) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minbtf
