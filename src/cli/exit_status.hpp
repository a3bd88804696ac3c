// What the exit status of the tool means.
#pragma once

namespace minbtf::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;     ///< an input failed, or a result could not be written
inline constexpr int exit_usage = 2;      ///< the command line makes no sense
inline constexpr int exit_condition = 3;  ///< done, and a condition of --fail-on is met

}  // namespace minbtf::cli
