// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel: type information, which Plan reduces.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "minbtf/export.hpp"

namespace minbtf {

namespace btf {
class View;
struct Access;
}  // namespace btf

enum class ByteOrder : std::uint8_t { little, big };

/// A module in the BTF of a kernel with modules. Its types have the ids from `first_type` on, and end where those of
/// the next module begin. In the module's own file the first type has the id that the first type of the first module
/// has.
struct KernelModule {
  std::string name;
  std::uint32_t first_type = 0;
};

/// The BTF of a module, for one call.
struct SplitBtf {
  std::string name;                     ///< of the module, as in /proc/modules; also in messages
  std::span<const std::uint8_t> bytes;  ///< raw split BTF, as in /sys/kernel/btf/NAME; not owned
};

/// Validated, immutable BTF. Copies share one buffer. Any number of threads may use the same object.
class MINBTF_API Btf {
 public:
  /// Reads the BTF of a kernel from one uncompressed file: raw BTF, such as /sys/kernel/btf/vmlinux, or an ELF file
  /// with a `.BTF` section (vmlinux). The contents decide, not the name. name() is `path`. Throws Error, which names
  /// the file:
  /// - io: the file cannot be opened or read.
  /// - wrong_file: a compressed file, a tar, a directory, BTF of a kernel module (split BTF), a BPF object, or another
  ///   file without a kernel's BTF. The reason names the type of the file.
  /// - damaged, unsupported: as for parse(), and for ELF files that are damaged.
  /// - unsupported: raw BTF or a `.BTF` section of more than 4 GiB.
  static Btf from_file(const std::string& path);

  /// Parses raw BTF, as in /sys/kernel/btf/vmlinux or a `.BTF` section, in either byte order. Checks every offset,
  /// length, type id and string offset. `name` is the name of the input in error messages.
  /// Throws Error: damaged, wrong_file or unsupported.
  static Btf parse(std::vector<std::uint8_t> bytes, std::string name);

  /// Returns the BTF of a kernel with modules: the types of `vmlinux`, and behind them those of `modules`, in their
  /// order. With it, a Plan reduces and resolves as libbpf does on that kernel if exactly these modules are loaded.
  /// name() is that of `vmlinux`. Throws Error: damaged, if the BTF of a module is damaged; wrong_file, if a module
  /// does not fit `vmlinux`, or if `vmlinux` has modules already; unsupported, if the result would have 4 GiB, or if
  /// vmlinux and a module have different pointer sizes.
  static Btf with_modules(const Btf& vmlinux, std::span<const SplitBtf> modules);

  /// Returns the path given to from_file(), or the name given to parse(). Valid as long as this object or a copy.
  [[nodiscard]] const std::string& name() const noexcept;
  /// Returns the size of the BTF in bytes, header included.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Returns the number of types, without `void` (type id 0); with those of modules.
  [[nodiscard]] std::uint32_t type_count() const noexcept;
  [[nodiscard]] ByteOrder byte_order() const noexcept;

 private:
  friend struct btf::Access;
  explicit Btf(std::shared_ptr<const btf::View> view) : view_(std::move(view)) {}
  std::shared_ptr<const btf::View> view_;
};

}  // namespace minbtf
