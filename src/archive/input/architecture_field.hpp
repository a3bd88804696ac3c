// SPDX-License-Identifier: BSD-2-Clause
// The field `{bpfarch}` in words that name objects. It stands for the name of an architecture (Architecture::bpf_name).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

/// Returns true if the text has a field `{bpfarch}`. A backslash before it makes it plain text.
[[nodiscard]] bool has_architecture_field(std::string_view text);

/// Returns a field with another name, such as `{arch}`: lower-case letters between braces. Returns nothing if there is
/// none. The view is part of `text`.
[[nodiscard]] std::string_view unknown_field(std::string_view text);

/// Returns `path` with `name` in place of each field.
[[nodiscard]] std::string path_for_architecture(std::string_view path, std::string_view name);

/// Returns globs that together match what `glob` matches with `name` in place of each field. The name has to be a whole
/// word: a wildcard beside the field matches no letter and no digit there. Example: `*{bpfarch}*.o` for `arm` matches
/// `p_arm.o` and `arm/p.o`, and neither `p_arm64.o` nor `alarm.o`. A glob has up to four results for each field.
[[nodiscard]] std::vector<std::string> globs_for_architecture(std::string_view glob, std::string_view name);

}  // namespace minbtf::archive
