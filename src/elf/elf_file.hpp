// Sections and function symbols of an ELF file. The only user of libelf.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf::elf {

struct Section {
  std::uint32_t index = 0;
  bool executable = false;
  std::span<const std::uint8_t> data;  ///< lives as long as the ElfFile
};

/// A symbol of type STT_FUNC.
struct FunctionSymbol {
  std::string name;
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
  std::uint64_t size = 0;    ///< bytes
};

[[nodiscard]] bool is_elf(std::span<const std::uint8_t> bytes) noexcept;

class ElfFile {
 public:
  /// `bytes` has to live as long as the ElfFile. Throws Error (wrong_file, damaged).
  static ElfFile from_memory(std::span<const std::uint8_t> bytes, std::string name);
  /// Reads from `fd` only what is asked for; `fd` has to stay open as long as the ElfFile. Throws Error.
  static ElfFile from_file(int fd, std::string name);

  ElfFile(ElfFile&&) noexcept;
  ElfFile& operator=(ElfFile&&) noexcept;
  ~ElfFile();

  [[nodiscard]] bool is_bpf_object() const noexcept;
  [[nodiscard]] ByteOrder byte_order() const noexcept;
  /// The first section of that name that has data in the file.
  [[nodiscard]] std::optional<Section> section(std::string_view name) const;
  [[nodiscard]] std::vector<FunctionSymbol> functions() const;

 private:
  struct Impl;
  explicit ElfFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::elf
