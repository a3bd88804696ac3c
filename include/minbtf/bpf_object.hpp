// A BPF object file: the questions that its programs ask of a kernel.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf {

namespace object {
struct ObjectData;
struct Access;
}  // namespace object

/// A program or subprogram of an object: one FUNC symbol in an executable section. In `.text` it is a subprogram, if
/// there are others. A section whose name begins with `?` is one that libbpf does not load unless it is told to.
struct Program {
  std::string name;
  std::string section;
};

/// A parsed BPF ELF object. Immutable; copies share one buffer; any number of threads may use the same object.
class BpfObject {
 public:
  /// Parses an ELF image (machine EM_BPF, either byte order); what is needed of it is copied. `name` stands for the
  /// input in messages. An object without `.BTF`, without `.BTF.ext` or without CO-RE records is no error: see note().
  /// Throws Error: damaged, wrong_file or unsupported.
  static BpfObject parse(std::span<const std::uint8_t> bytes, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The same object under another name: what was read is shared. A plan takes such objects for one.
  [[nodiscard]] BpfObject renamed(std::string name) const { return {data_, std::move(name)}; }
  /// All programs in section and offset order, with or without CO-RE records.
  [[nodiscard]] const std::vector<Program>& programs() const noexcept;
  /// CO-RE records in the order of `.BTF.ext`.
  [[nodiscard]] std::size_t relocation_count() const noexcept;
  /// Of its ELF file. It is loaded on machines of this order only.
  [[nodiscard]] ByteOrder byte_order() const noexcept;
  /// Why there is nothing to relocate ("no .BTF.ext section"); empty if relocation_count() is not 0.
  [[nodiscard]] const std::string& note() const noexcept;

 private:
  friend struct object::Access;
  BpfObject(std::shared_ptr<const object::ObjectData> data, std::string name)
      : data_(std::move(data)), name_(std::move(name)) {}

  std::shared_ptr<const object::ObjectData> data_;
  std::string name_;
};

}  // namespace minbtf
