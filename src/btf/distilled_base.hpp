// SPDX-License-Identifier: BSD-2-Clause
// Module BTF that was made for no particular kernel. A module that is built outside of the kernel's tree (kernel 6.11
// and newer) has a section `.BTF.base`: a *distilled base* with a name and a size for each type of the kernel that the
// module refers to. The loader finds these types in the running kernel and changes the module's type ids and names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::btf {

/// Returns the split BTF `split`, whose base is `distilled`, as split BTF whose base is `base`. Type ids and string
/// offsets of the result continue those of `base`; the strings of the module are unchanged. The rules for types are in
/// distilled_base.cpp. `file` is the module's name in messages. Throws Error: damaged if one of the two BTFs is
/// damaged or refers to types or strings that it does not have; wrong_file if a type of `distilled` is missing in
/// `base`, or if several types fit. The message then names the type, and the file of the base.
[[nodiscard]] std::vector<std::uint8_t> rebased(std::span<const std::uint8_t> split,
                                                std::span<const std::uint8_t> distilled, const std::string& file,
                                                const View& base);

}  // namespace minbtf::btf
