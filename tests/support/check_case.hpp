// SPDX-License-Identifier: BSD-2-Clause
// Forged objects and kernels for the tests of `check`. The kernels have one struct with a varying set of members.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "commands/check/check_result.hpp"
#include "support/core_case.hpp"

namespace minbtf::test {

/// Returns raw BTF with a `struct s` that has the given members, of "abcdefgh". Each member is an int at its own
/// offset. With `twice` the BTF has a second `struct s` with the same members at other offsets.
[[nodiscard]] std::vector<std::uint8_t> kernel_with(const std::string& members, bool twice = false);

/// A program with one relocation for each letter of `members`: field_byte_offset for a lower-case letter, field_exists
/// for an upper-case letter. A program with an upper-case letter begins with branch_insn(): no existence check then
/// certainly guards or reaches the accesses.
struct AskingProgram {
  std::string name;
  std::string members;
  std::string section = {};  ///< "tp/NAME" if empty
};

/// Returns the ELF file of an object with these programs. A program without members has no relocations.
[[nodiscard]] std::vector<std::uint8_t> asking_object(const std::vector<AskingProgram>& programs);
[[nodiscard]] BpfObject asking_object(const std::string& name, const std::vector<AskingProgram>& programs);

/// Checks each kernel on its own; the kernels are given by path.
[[nodiscard]] cli::CheckResult checked(const Plan& plan,
                                       const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& kernels);

}  // namespace minbtf::test
