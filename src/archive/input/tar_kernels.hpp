// SPDX-License-Identifier: BSD-2-Clause
// Kernels with modules in a tar. A module can come before its kernel, so a tar that has modules is read a second time.
#pragma once

#include <cstddef>
#include <string>

#include "archive/input/kernel_task.hpp"
#include "archive/input/module_options.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"

namespace minbtf::archive {

/// A tar that SourceReader has read.
struct ReadTar {
  std::string path;  ///< relative to the input; empty if the tar is the input
  std::string name;  ///< in messages
  const KernelTask& task;
  const PathSelection& selection;
  const UnpackLimits& limits;
  const ModuleChoice& choice;
  std::size_t jobs = 1;
};

/// Finds the directories in the tar that are one kernel, with the rules of classify(), and runs the task again for each
/// of these kernels, now with its modules: their results in `outcome` are replaced, and the modules no longer count as
/// ignored. SourceOutcome::may_have_modules is false afterwards if there is no such kernel. A module that cannot be
/// used is a problem, and the kernel goes on without it. `again` is the tar from its start. The members are kept in an
/// io::Store, so memory does not grow with the number of modules. Throws Error if the tar cannot be read.
void join_tar_directories(const ReadTar& tar, Unpacker& again, SourceOutcome& outcome);

}  // namespace minbtf::archive
