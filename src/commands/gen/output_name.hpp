// What the name of OUTPUT promises: a later reader believes it.
#pragma once

#include <filesystem>
#include <string>

#include "io/output_file.hpp"

namespace minbtf::cli {

/// What the file of `input` is called in a directory OUTPUT: as INPUT, without what says that it is packed.
[[nodiscard]] std::filesystem::path output_name(const std::filesystem::path& input);

/// Throws UsageError if a file is to be written whose name says that it is packed. `contents` is what it gets. A pipe
/// or device may be called as it likes: what is written does not get that name.
void refuse_package_name(const io::OutputFile& file, const std::string& role, const std::string& contents);

/// `output`, where the kernels of `input` can go to a directory. Throws UsageError where something else has that name,
/// where a directory would be made that is called as a file is, and for the name of a package, whatever is there now. A
/// name with a final `/` is a directory's.
[[nodiscard]] std::filesystem::path tree_root(const std::string& output, const std::string& input);

}  // namespace minbtf::cli
