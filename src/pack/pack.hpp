// SPDX-License-Identifier: BSD-2-Clause
// Reads a pack. Parts of the pack are decompressed when they are first needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/read/buffer.hpp"
#include "pack/catalog.hpp"
#include "pack/section_file.hpp"
#include "pack/stand_in.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

class StoredPack;

/// A BTF that several kernels have.
struct SharedBtf {
  std::span<const std::uint8_t> bytes;
  /// Kernels that have it, if their own BTF has at least `least_size` bytes. Other kernels can have it, too.
  KernelRange kernels;
  std::uint64_t least_size = 0;
};

/// An untrusted pack. Any number of threads may use one object.
class Pack {
 public:
  /// Checks the header, and reads the catalog, the names and the keys. `bytes` must outlive the object. `name` names
  /// the file in messages. Throws Error: wrong_file if the file does not begin as a pack does; damaged; unsupported.
  Pack(std::span<const std::uint8_t> bytes, const std::string& name);
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  /// The pack with the numbers that its file has. Valid as long as the pack.
  [[nodiscard]] const StoredPack& stored() const noexcept;
  [[nodiscard]] const SectionFile& file() const noexcept;
  [[nodiscard]] const Catalog& catalog() const noexcept;
  /// Returns the types of a kernel that is not verbatim. Valid as long as the pack. Its functions throw Error (damaged,
  /// unsupported) if a part of the pack that they need is bad.
  [[nodiscard]] std::unique_ptr<TypeSource> types(std::uint32_t kernel) const;
  /// Returns a verbatim kernel's BTF, or the stand-in of any other kernel. Uses of `request`: names, follows_pointers,
  /// everything, extras and name. The bytes are in the pack or in `memory`. Throws Error: damaged; unsupported if the
  /// kernel's BTF has more than `most_bytes`.
  [[nodiscard]] std::span<const std::uint8_t> kernel_btf(std::uint32_t kernel, const StandInRequest& request,
                                                         std::uint64_t most_bytes, io::Buffer& memory) const {
    return shared_btf(kernel, request, most_bytes, memory).bytes;
  }
  /// As kernel_btf(). Finds kernels with the same BTF without making theirs.
  [[nodiscard]] SharedBtf shared_btf(std::uint32_t kernel, StandInRequest request, std::uint64_t most_bytes,
                                     io::Buffer& memory) const;

 private:
  class Tables;
  class Types;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace minbtf::pack
