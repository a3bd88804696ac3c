// SPDX-License-Identifier: BSD-2-Clause
// The sources of a pack that a selection takes. The rules are those of DirectoryInput, TarInput and SourceReader.
#pragma once

#include <cstddef>
#include <vector>

#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"
#include "pack/catalog.hpp"

namespace minbtf::archive {

/// A source with at least one path that is to be read or counted.
struct PackSource {
  const pack::PackedSource* source = nullptr;
  std::vector<const pack::PackedMember*> members{};  ///< those that are selected
  /// Links, problems with paths, and counts. Has no kernels.
  SourceOutcome outcome{};
};

struct PackSources {
  std::vector<PackSource> sources;  ///< by path
  std::vector<SourceFault> faults;  ///< sources that must not be read
  std::size_t ignored = 0;          ///< as ProcessedInput::ignored
  std::size_t unselected = 0;
  std::size_t missed_i386 = 0;
};

/// Selects from an untrusted catalog, which must outlive the result. The rules:
///  1. A source with a path that is not clean or too long is a fault.
///  2. A hidden source, member or link is ignored.
///  3. A source that is named like a kernel is selected by its path. Members of any other source are selected one by
///     one (selection_path()); the members of an inner tar that is named like a kernel are selected together, by the
///     path of the inner tar, and count once.
///  4. A member or link with a path that is not clean, and a source with too many members, is a problem.
[[nodiscard]] PackSources select_sources(const pack::Catalog& catalog, const PathSelection& selection,
                                         const UnpackLimits& limits);

}  // namespace minbtf::archive
