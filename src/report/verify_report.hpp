// What a run of `verify` found out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/verify_kernel.hpp"

namespace minbtf::report {

struct VerifyReport {
  std::string full;
  std::string reduced;
  std::vector<VerifiedKernel> kernels = {};  ///< by path
  std::vector<std::string> extra = {};       ///< files in `reduced` that stand for no kernel
  std::size_t failed = 0;                    ///< kernels or sources in `full` that could not be read
  std::size_t ignored = 0;                   ///< other files there
  std::size_t unselected = 0;                ///< by --include, --exclude, --arch
  std::size_t skipped_objects = 0;           ///< files among the objects that are none
};

struct VerifyFigures {
  std::size_t compared = 0;   ///< kernels
  std::size_t different = 0;  ///< of these, that are not the same in some respect
  std::size_t deciding = 0;   ///< of these, on which something is decided otherwise
  std::size_t refused = 0;    ///< of these, whose reduced BTF libbpf does not read
  std::size_t larger = 0;     ///< of these, whose reduced BTF is larger than the full one
  std::size_t missing = 0;    ///< kernels without a reduced file
  std::size_t failed = 0;     ///< kernels of either tree that could not be read
  std::size_t relocations = 0;
  std::size_t asked = 0;  ///< questions put to candidates
  std::size_t differences = 0;
  // Of libbpf's loader, if it was asked.
  bool has_loader = false;
  std::size_t loader_relocations = 0;
  std::size_t loader_differences = 0;
  std::size_t loader_stops = 0;  ///< objects, each counted for each kernel, of which it says nothing
  std::size_t mute = 0;          ///< kernels, of those that were compared, on which it says nothing of any object
};

[[nodiscard]] VerifyFigures figures_of(const VerifyReport& report);

}  // namespace minbtf::report
