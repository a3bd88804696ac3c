// SPDX-License-Identifier: BSD-2-Clause
// Writes manual pages: roff with the macros of man(7), which groff and mandoc print.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::manual {

/// Returns the text with a backslash, quotes, dashes, ^ and ~ as roff escapes: it is printed as it is, and can be
/// copied from the page. A dot or quote at the start of a line is the business of Roff.
[[nodiscard]] std::string roff_escaped(std::string_view text);

/// Returns prose, escaped: words in `placeholders` in italics, options and 'min-btf COMMAND' in bold.
[[nodiscard]] std::string roff_prose(std::string_view text, const std::set<std::string>& placeholders);

/// Returns a command line, escaped: words in capitals in italics, other words in bold, and brackets as they are.
[[nodiscard]] std::string roff_command_line(std::string_view text);

/// A page, line by line.
class Roff {
 public:
  /// Appends a line of macros, such as ".TP".
  void macro(std::string_view line);
  /// Appends a macro with one argument, which is escaped and quoted.
  void macro(std::string_view name, std::string_view argument);
  /// Appends escaped text, in lines of about 80 characters.
  void text(std::string_view escaped);
  /// Appends one line of escaped text.
  void line(std::string_view escaped);

  [[nodiscard]] const std::string& str() const noexcept { return page_; }

 private:
  std::string page_;
};

}  // namespace minbtf::manual
