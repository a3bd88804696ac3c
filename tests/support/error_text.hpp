// SPDX-License-Identifier: BSD-2-Clause
// The error of a call as one line of text, for tables of expected messages.
#pragma once

#include <string>

#include "minbtf/error.hpp"

namespace minbtf::test {

inline std::string kind_text(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::io:
      return "io";
    case ErrorKind::wrong_file:
      return "wrong_file";
    case ErrorKind::damaged:
      return "damaged";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::internal:
      return "internal";
  }
  return "unknown";
}

/// Returns "KIND: what()" of the Error that `call` throws; "no error" if `call` throws nothing.
template <typename Call>
std::string error_text(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return kind_text(error.kind()) + ": " + error.what();
  }
  return "no error";
}

}  // namespace minbtf::test
