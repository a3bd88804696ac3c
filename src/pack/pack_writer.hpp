// SPDX-License-Identifier: BSD-2-Clause
// Makes a pack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "io/read/buffer.hpp"
#include "pack/catalog.hpp"
#include "pack/kernel_types.hpp"
#include "pack/list_runs.hpp"
#include "pack/stored_pack.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// Collects kernels and sources. Any number of threads may add to one writer.
class PackWriter {
 public:
  explicit PackWriter(PackContents contents = PackContents::everything) : contents_(contents) {}

  /// Adds the BTF of a kernel, and returns its number for PackedMember::kernel. Kernels have one number if they are
  /// equal in everything that a pack has of a kernel: the size, hash and types of their BTF.
  /// A kernel is kept verbatim if it does not fit the model (add_types()), if libbpf refuses it, or if reading it back
  /// from its types gives another graph. `name` names it in messages. Throws Error as Btf::parse() does.
  std::uint32_t add_kernel(std::span<const std::uint8_t> btf, const std::string& name);

  /// Adds kernels of another pack, and returns their numbers. Their BTF is not made: the tables of the pack are added.
  /// `kernels` are numbers in the pack. Throws Error (damaged).
  std::vector<std::uint32_t> add_kernels(const StoredPack& pack, std::span<const std::uint32_t> kernels);

  /// Returns the facts of a kernel.
  [[nodiscard]] PackedKernel facts(std::uint32_t kernel) const;
  /// Returns the reason why a kernel is kept verbatim; empty for any other kernel.
  [[nodiscard]] std::string verbatim_reason(std::uint32_t kernel) const;

  /// Returns the pack. The kernels are numbered anew by the first source that has them, and kernels without a source
  /// are left out; the pack depends on nothing else, above all not on the order of calls. `catalog` has the sources,
  /// sorted by path; its kernels are ignored. The pack is read again before it is returned. Throws Error (internal) if
  /// that gives other types. The writer must not be used afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish(Catalog catalog);

  /// Returns the file of `pack` with other sources, and with the kernels that they need as a segment of their own.
  /// In `catalog`, the members have kernels of the pack by their numbers, and the kernels of the writer by their number
  /// plus the number of kernels of the pack; its kernels are ignored. As with_segment(). The writer must not be used
  /// afterwards.
  [[nodiscard]] std::vector<std::uint8_t> append(const StoredPack& pack, Catalog catalog);

 private:
  struct AddedKernel {
    PackedKernel facts;
    std::uint32_t row = ListRuns::no_row;  ///< in lists_ and extras_; no_row for a verbatim kernel
    std::vector<std::uint8_t> verbatim;    ///< of a verbatim kernel
    std::string reason;                    ///< why it is verbatim
  };
  /// A kernel that a source needs, and the first member that has it.
  struct SelectedKernel {
    const AddedKernel* kernel;
    const PackedSource* source;
    const PackedMember* member;
  };
  struct Selected {
    std::vector<SelectedKernel> kernels;
    std::vector<std::uint32_t> rows;  ///< of these kernels
  };

  /// Returns for each kernel of kernels_ from `first` on its number, or that of an earlier kernel that is equal in
  /// everything that a pack has of a kernel.
  std::vector<std::uint32_t> known_from(std::uint32_t first);
  /// Adds the types of a kernel. Throws DoesNotFit if the kernel must be kept verbatim.
  KernelTypes types_of(const btf::View& kernel, const std::string& name);
  /// Returns the kernels of the writer that the sources need, in their order. Members have the kernels of the writer
  /// by their number plus `first`, and then by their place in this order plus `first`.
  Selected select(Catalog& catalog, std::uint32_t first) const;

  PackContents contents_;
  mutable std::mutex mutex_;
  TypeTables tables_;
  // By key of tables_.
  ListRuns lists_;
  ListRuns extras_;
  io::Buffer memory_;  ///< for types that are read back
  std::vector<AddedKernel> kernels_;
  std::map<io::Hash, std::vector<std::uint32_t>> by_hash_;  ///< kernels by PackedKernel::hash, ascending
};

}  // namespace minbtf::pack
