// What things are called while they are not complete: recognisable, so that a later run can remove what one that was
// killed left behind.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace minbtf::io {

/// Calls `create` with paths `.NAME.min-btf.XXXXXX.tmp` in the directory of `destination`, NAME being its name and each
/// X one of [0-9a-z], until it returns anything but EEXIST; it returns 0 or an errno value. Returns what it returned.
[[nodiscard]] int create_beside(const std::filesystem::path& destination,
                                const std::function<int(const std::filesystem::path&)>& create);

/// Whether create_beside() makes such names.
[[nodiscard]] bool is_temporary_name(std::string_view name) noexcept;

}  // namespace minbtf::io
