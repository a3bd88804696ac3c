// SPDX-License-Identifier: BSD-2-Clause
// The help text of a command, divided into its parts, so that the manual page says the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minbtf::manual {

/// A term and its description: "INPUT", "one kernel: raw BTF, ...". The description is one line.
struct Definition {
  std::string term;
  std::string text;
};

/// A paragraph, a list of definitions or a list of items.
struct Block {
  enum class Kind { paragraph, definitions, items };

  Kind kind = Kind::paragraph;
  std::string text{};                     ///< of a paragraph, as one line
  std::vector<Definition> definitions{};  ///< of a list; the terms of items are empty
};

/// A list of definitions with a heading of its own.
struct TitledList {
  std::string title;  ///< "Commands"
  std::vector<Definition> definitions;
};

struct HelpText {
  std::vector<std::string> usage;  ///< command lines
  std::vector<Block> description;  ///< everything before the options
  std::vector<Block> notes;        ///< everything after the options that has no place of its own
  std::vector<TitledList> lists;
  std::vector<Definition> exit_status;  ///< the terms are numbers
  std::vector<std::string> examples;    ///< command lines
};

/// Divides the text of `min-btf help COMMAND`. `options` is the part that describes the options; it may be empty. The
/// rules of the text:
///  1. Parts are separated by an empty line. The first one begins with "Usage: ".
///  2. A list of definitions has two spaces before a term, and two or more behind it. The lines that continue a
///     description have more than two spaces before them.
///  3. A list of items has "- " before an item, and may follow a paragraph without an empty line.
///  4. A line "Commands:" directly before a list of definitions is the title of the list.
///  5. "Exit status: 0 done; 1 ..." and "Examples:" begin the parts with these names. Text behind the sentence of the
///     exit statuses is a note.
/// Throws std::invalid_argument if the usage is missing, or if `options` is not in `text`.
[[nodiscard]] HelpText parse_help_text(std::string_view text, std::string_view options);

/// Returns the lines of `text` without their line ends.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

/// Returns the words of `text` with one space between two of them.
[[nodiscard]] std::string in_one_line(std::string_view text);

/// Divides a list of definitions in which each term has `indent` spaces before it and ends at `end`, such as ": ".
[[nodiscard]] std::vector<Definition> definitions_of(const std::vector<std::string>& lines, std::size_t indent,
                                                     std::string_view end);

}  // namespace minbtf::manual
