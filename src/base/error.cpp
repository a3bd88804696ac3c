// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/error.hpp"

namespace minbtf {

namespace {

std::string compose(const std::string& file, const std::string& where, const std::string& reason) {
  std::string message;
  for (const std::string& part : {file, where}) {
    if (!part.empty()) message += part + ": ";
  }
  return message + reason;
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& file, const std::string& where, const std::string& reason)
    : std::runtime_error(compose(file, where, reason)), kind_(kind), file_(file), where_(where), reason_(reason) {}

}  // namespace minbtf
