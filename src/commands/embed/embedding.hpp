// SPDX-License-Identifier: BSD-2-Clause
// The bytes of a file as an object for a linker, or as source for an assembler.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commands/embed/embed_target.hpp"

namespace minbtf::cli {

/// The names of the three symbols.
struct EmbeddedSymbols {
  std::string start;  ///< the first byte
  std::string end;    ///< the place after the last byte
  std::string size;   ///< an absolute symbol, whose address is the number of bytes
};

/// Returns PREFIX_start, PREFIX_end and PREFIX_size.
[[nodiscard]] EmbeddedSymbols symbols_with(const std::string& prefix);

/// Returns the prefix that `ld -r -b binary` uses for a file in the current directory: `_binary_`, and the file's name
/// with `_` for each byte that is neither a letter of ASCII nor a digit.
[[nodiscard]] std::string binary_prefix(std::string_view file_name);

/// Returns true if the text is a name in C: letters, digits and `_`, and no digit at its start.
[[nodiscard]] bool is_c_identifier(std::string_view text) noexcept;

/// Returns a relocatable ELF file that has `bytes` in .rodata, and an empty .note.GNU-stack: without this note linkers
/// give the program an executable stack. `name` is the object's name in messages. Throws Error (unsupported).
[[nodiscard]] std::vector<std::uint8_t> embedding_object(std::span<const std::uint8_t> bytes,
                                                         const EmbeddedSymbols& symbols, const EmbedTarget& target,
                                                         const std::string& name);

/// Returns assembler source that includes the file at `path` with the same sections and symbols. GNU as and clang
/// accept the source for every architecture, with or without the C preprocessor.
[[nodiscard]] std::string embedding_source(std::string_view path, const EmbeddedSymbols& symbols);

}  // namespace minbtf::cli
