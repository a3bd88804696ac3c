// BTF type information of a kernel: the thing to be reduced.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace minbtf {

namespace btf {
class View;
struct Access;
}  // namespace btf

enum class ByteOrder : std::uint8_t { little, big };

/// Validated, immutable BTF. Copies share one buffer. Any number of threads may use the same object.
class Btf {
 public:
  /// Takes `bytes` (raw BTF, as in /sys/kernel/btf/vmlinux or a `.BTF` section) and checks every offset, length, type
  /// id and string offset in it. `name` stands for the input in error messages.
  /// Throws Error: damaged, wrong_file or unsupported.
  static Btf parse(std::vector<std::uint8_t> bytes, std::string name);

  [[nodiscard]] const std::string& name() const noexcept;
  /// Bytes of the whole BTF blob, header included.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Number of types, without `void` (type id 0).
  [[nodiscard]] std::uint32_t type_count() const noexcept;
  [[nodiscard]] ByteOrder byte_order() const noexcept;

 private:
  friend struct btf::Access;
  explicit Btf(std::shared_ptr<const btf::View> view) : view_(std::move(view)) {}
  std::shared_ptr<const btf::View> view_;
};

}  // namespace minbtf
