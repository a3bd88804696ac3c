// Where the types of a BTF are, and which of them have names: what one pass over the bytes leaves behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace minbtf::btf {

/// A type of a kind that CO-RE looks for by name.
struct NamedType {
  std::uint32_t id;
  std::uint32_t name_off;  ///< never 0
};

/// Memory for an index. It can be used for one BTF after another and keeps its room; what was in it is gone then.
class Index {
 public:
  /// Makes room for the records of `type_bytes` bytes of types. What is not written to costs no memory: the arrays are
  /// left uninitialised.
  void make_room(std::size_t type_bytes);

  /// By type id, into the type section; `void` counts and stands at the start of it.
  [[nodiscard]] std::uint32_t* offsets() noexcept { return offsets_.get(); }
  [[nodiscard]] const std::uint32_t* offsets() const noexcept { return offsets_.get(); }
  /// By ascending id.
  [[nodiscard]] NamedType* named() noexcept { return named_.get(); }
  [[nodiscard]] const NamedType* named() const noexcept { return named_.get(); }
  /// Ids of all INTs, ascending.
  [[nodiscard]] std::vector<std::uint32_t>& integers() noexcept { return integers_; }

  std::uint32_t id_end = 0;       ///< entries of offsets()
  std::uint32_t named_count = 0;  ///< entries of named()

 private:
  std::size_t room_ = 0;
  std::unique_ptr<std::uint32_t[]> offsets_;
  std::unique_ptr<NamedType[]> named_;
  std::vector<std::uint32_t> integers_;
};

}  // namespace minbtf::btf
