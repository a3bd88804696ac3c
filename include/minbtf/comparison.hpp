// SPDX-License-Identifier: BSD-2-Clause
// The result of Plan::compare(): the relocations that libbpf resolves differently on two BTFs.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/resolution.hpp"

namespace minbtf {

/// The result of a relocation on one of two BTFs.
struct Decision {
  Resolution resolution;
  /// The resolution and its reason in one line without a newline: "2336", "8 (load of 4 bytes)", "0 (struct bio: no
  /// such type)", "struct bio of 136 bytes" for a type id, "poisoned (request_queue.disk: no such member)", "fails
  /// (...)".
  std::string text;
};

/// A relocation that libbpf resolves differently on the two BTFs.
struct Difference {
  std::size_t object = 0;      ///< index of the object in the plan
  std::size_t relocation = 0;  ///< index of the record in that object
  std::string subject;         ///< as in C: "task_struct.pid", "struct bio" for a type, "foo.A" for an enumerator
  /// Programs that, loaded together, show the difference: ascending indices into BpfObject::programs(). The record's
  /// own program is one of them. It is the only one if it shows the difference alone.
  std::vector<std::size_t> programs;
  /// The loader that resolves differently, if current libbpf on a 64-bit machine does not: "a 32-bit loader", "libbpf
  /// before 1.6", ... Empty if current libbpf resolves differently.
  std::string loader;
  /// True if the full BTF is that of a 64-bit kernel and only a 32-bit loader resolves differently. 32-bit loaders are
  /// rare on 64-bit kernels.
  bool for_foreign_loader = false;
  Decision full;
  Decision reduced;
};

/// A type or part that the plan keeps by name (minbtf/keep.hpp), and that is not the same in the two BTFs.
struct KeptDifference {
  std::size_t keep = 0;  ///< index into Plan::keeps()
  /// The first difference in words, in one line without a newline: "REDUCED has no such type", "struct sock: sk_rcvbuf
  /// at bit 1664, REDUCED at bit 1600".
  std::string text;
};

/// The number of comparisons, and the differences.
struct Comparison {
  std::size_t relocations = 0;  ///< relocations of all objects that are used for the kernel
  std::size_t questions = 0;    ///< distinct questions of these relocations
  std::size_t asked = 0;        ///< evaluations of a question against a candidate of the full BTF
  /// True if both BTFs have one byte order. libbpf reads either byte order. Values are computed for the byte order of
  /// the full BTF, in which the machine that loads the object is expected to be.
  bool same_byte_order = true;
  std::vector<Difference> differences = {};  ///< by object and record, each record once
  /// The keeps that the full BTF has, as ascending indices into Plan::keeps(): a type of this kind and name exists, and
  /// the path leads to a member of one of these types.
  std::vector<std::size_t> kept = {};
  std::vector<KeptDifference> kept_differences = {};  ///< by keep, each keep at most once

  /// Returns true if there is no difference. The byte order of the files does not count.
  [[nodiscard]] bool holds() const noexcept { return differences.empty() && kept_differences.empty(); }
};

}  // namespace minbtf
