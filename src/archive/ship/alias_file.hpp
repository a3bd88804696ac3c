// SPDX-License-Identifier: BSD-2-Clause
// The file of `ship --alias`: further names of kernels, written by the user.
//
//     # machine (os-release)   kernels in REDUCED
//     linuxmint/21           = ubuntu/22.04
//     rhel/8.*               = centos/8
//     raspbian/*             = debian/*
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "archive/ship/distribution.hpp"

namespace minbtf::archive {

class AliasFile {
 public:
  /// Parses the lines `ID/VERSION = ID/VERSION`: a machine with the left ID and VERSION_ID uses the kernels of the
  /// right ones. `#` and what follows it is a comment. On the right, `*` and `?` stand for any characters. On the left,
  /// VERSION is one of these:
  ///  - a version;
  ///  - `N.*`: the known minor versions of N (minor_versions());
  ///  - `*`: the version on the right.
  /// `name` is the file's name in messages. Throws Error (damaged) that names the line: a bad line, minor versions that
  /// are not known, or lines that refer to each other in a loop.
  AliasFile(std::string_view text, std::string name);
  AliasFile() = default;

  /// Adds the names that the lines give to a kernel with the names `names`, and returns only the added ones, sorted.
  /// A line also applies to names that other lines add. Notes which lines were used.
  [[nodiscard]] std::vector<Distribution> aliases_of(const std::vector<Distribution>& names);

  /// Returns "FILE: line N: ..." for each line that has given no name to a kernel so far.
  [[nodiscard]] std::vector<std::string> unused() const;

 private:
  struct Line {
    std::size_t number = 0;
    Distribution machine;               ///< left side
    Distribution kernels;               ///< right side
    std::vector<std::string> versions;  ///< of `machine`; empty for `*`
    bool is_used = false;
  };

  void add_line(std::string_view text, std::size_t number);
  void check_loops() const;
  [[noreturn]] void fail(std::size_t line, const std::string& reason) const;
  [[nodiscard]] static bool fits(const Line& line, const Distribution& name);
  /// Returns true if `line` may apply to a name that `other` gives.
  [[nodiscard]] static bool follows(const Line& line, const Line& other);

  std::string name_;
  std::vector<Line> lines_;
};

}  // namespace minbtf::archive
