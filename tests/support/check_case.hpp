// Objects and kernels for the tests of `check`, about one struct whose members come and go.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "commands/check/check_result.hpp"
#include "support/core_case.hpp"

namespace minbtf::test {

/// The members that a kernel's `struct s` has, of "abcdefgh": each an int, each at a place of its own. With `twice`
/// there is a second `struct s`, in which they lie elsewhere.
[[nodiscard]] std::vector<std::uint8_t> kernel_with(const std::string& members, bool twice = false);

/// A program asks for the offset of the members that it names; of those in upper case, whether they exist. If there are
/// any, it begins with branch_insn(), so that nobody knows whether the answer keeps it from the others.
struct AskingProgram {
  std::string name;
  std::string members;
  std::string section = {};  ///< "tp/NAME" if empty
};

/// The ELF file of an object with these programs. Of those without members there is nothing to relocate in.
[[nodiscard]] std::vector<std::uint8_t> asking_object(const std::vector<AskingProgram>& programs);
[[nodiscard]] BpfObject asking_object(const std::string& name, const std::vector<AskingProgram>& programs);

/// The kernels by path, each checked on its own.
[[nodiscard]] cli::CheckResult checked(const Plan& plan,
                                       const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& kernels);

}  // namespace minbtf::test
