// A command line that makes no sense.
#pragma once

#include <stdexcept>

namespace minbtf::cli {

/// `what()` is one line and names the help that explains it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace minbtf::cli
