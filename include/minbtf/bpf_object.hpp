// SPDX-License-Identifier: BSD-2-Clause
// A BPF object file: its programs and their CO-RE relocations.
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
#include "minbtf/export.hpp"

namespace minbtf {

namespace object {
struct ObjectData;
struct Access;
}  // namespace object

/// A program or subprogram of an object: one FUNC symbol in an executable section. A function of `.text` is a
/// subprogram if the object has other functions. libbpf does not load a program by default if the name of its section
/// begins with `?`.
struct Program {
  std::string name;
  std::string section;
};

/// A parsed BPF ELF object. Immutable; copies share one buffer; any number of threads may use the same object.
class MINBTF_API BpfObject {
 public:
  /// Reads and parses a file, as parse() does. name() is `path`. Throws Error, which names the file: io if the file
  /// cannot be opened or read; wrong_file for any file that is not a BPF object, with the type of the file as the
  /// reason; damaged or unsupported as parse() does.
  static BpfObject from_file(const std::string& path);

  /// Parses an ELF image (machine EM_BPF, either byte order). `bytes` are not needed afterwards. `name` is the name of
  /// the input in messages. An object without `.BTF`, without `.BTF.ext` or without CO-RE records is not an error: see
  /// note(). Throws Error: damaged, wrong_file or unsupported.
  static BpfObject parse(std::span<const std::uint8_t> bytes, std::string name);

  /// Returns the path given to from_file(), or the name given to parse(). Valid as long as this object.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Returns the same object with another name. Both share the parsed data. A plan evaluates the questions of such
  /// objects once.
  [[nodiscard]] BpfObject renamed(std::string name) const { return {data_, std::move(name)}; }
  /// Returns all programs in section and offset order, with or without CO-RE records. Valid as long as this object or a
  /// copy.
  [[nodiscard]] const std::vector<Program>& programs() const noexcept;
  /// Returns the number of CO-RE records. Their indices are 0 and up, in the order of `.BTF.ext`.
  [[nodiscard]] std::size_t relocation_count() const noexcept;
  /// Returns the byte order of the ELF file. Only machines of this byte order can load the object.
  [[nodiscard]] ByteOrder byte_order() const noexcept;
  /// Returns why there is nothing to relocate ("no .BTF.ext section"). Empty if relocation_count() is not 0. Valid as
  /// long as this object or a copy.
  [[nodiscard]] const std::string& note() const noexcept;

 private:
  friend struct object::Access;
  BpfObject(std::shared_ptr<const object::ObjectData> data, std::string name)
      : data_(std::move(data)), name_(std::move(name)) {}

  std::shared_ptr<const object::ObjectData> data_;
  std::string name_;
};

}  // namespace minbtf
