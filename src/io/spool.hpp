// What can be read only once, made readable as often as it is wanted: tars of many kernels are read twice.
#pragma once

#include <cstddef>

#include "io/input_file.hpp"

namespace minbtf::io {

struct SpoolLimits {
  std::size_t memory = std::size_t{64} << 20U;  ///< more goes to a file
  std::size_t bytes = std::size_t{64} << 30U;
};

/// All of `file`, from which nothing but its head has been read, as a regular file: in memory, or without a name in the
/// directory TMPDIR, or /tmp. It is gone with its descriptor, however the run ends. Throws Error: io, unsupported over
/// the limit.
[[nodiscard]] InputFile spooled(const InputFile& file, const SpoolLimits& limits = {});

}  // namespace minbtf::io
