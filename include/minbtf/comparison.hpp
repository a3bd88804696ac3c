// One BTF beside another: does libbpf decide alike on both?
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/resolution.hpp"

namespace minbtf {

/// What a relocation comes to on one of two BTFs.
struct Decision {
  Resolution resolution;
  /// "2336", "8 (load of 4 bytes)", "0 (struct bio: no such type)", "struct bio of 136 bytes" for a type id, "poisoned
  /// (request_queue.disk: no such member)", "fails (...)". Without a newline.
  std::string text;
};

/// A relocation on which libbpf decides otherwise.
struct Difference {
  std::size_t object = 0;      ///< index of the object in the plan
  std::size_t relocation = 0;  ///< index of the record in that object
  std::string subject;         ///< in C's way: "task_struct.pid", "struct bio" for a type, "foo.A" for an enumerator
  /// Loaded programs with which it shows, ascending indices of BpfObject::programs(); the record's own is one, and the
  /// only one if it shows with that alone.
  std::vector<std::size_t> programs;
  /// Which loader decides otherwise, if libbpf of today on a 64-bit machine does not: "a 32-bit loader", "libbpf before
  /// 1.6", ...; else empty.
  std::string loader;
  /// The full BTF is that of a 64-bit kernel, and only a 32-bit loader decides otherwise. Such a loader is rare there.
  bool for_foreign_loader = false;
  Decision full;
  Decision reduced;
};

/// What was compared, and what is not equal.
struct Comparison {
  std::size_t relocations = 0;  ///< of all objects
  std::size_t questions = 0;    ///< different ones
  std::size_t asked = 0;        ///< questions put to types of the full BTF: each to each of its own
  /// libbpf reads either order, and decides by that of its machine, which is taken to be that of the full BTF.
  bool same_byte_order = true;
  std::vector<Difference> differences = {};  ///< by object and record, each record once

  /// The order that the bytes are written in is no part of it.
  [[nodiscard]] bool holds() const noexcept { return differences.empty(); }
};

}  // namespace minbtf
