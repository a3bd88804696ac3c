// SPDX-License-Identifier: BSD-2-Clause
#include "capi/errors.hpp"

#include <catch2/catch.hpp>
#include <new>

#include "minbtf/error.hpp"

using namespace minbtf;

namespace {

/// The parts of the error for an exception that `body` throws.
struct ErrorParts {
  int result = 0;
  enum minbtf_error_kind kind = MINBTF_ERROR_NONE;
  std::string file, where, reason, message;
};

template <typename Body>
ErrorParts parts_of(Body body) {
  ErrorParts parts;
  minbtf_error* error = nullptr;
  parts.result = capi::perform(&error, body);
  CHECK(capi::perform(nullptr, body) == parts.result);
  parts.kind = minbtf_error_kind(error);
  parts.file = minbtf_error_file(error);
  parts.where = minbtf_error_where(error);
  parts.reason = minbtf_error_reason(error);
  parts.message = minbtf_error_message(error);
  minbtf_error_free(error);
  // The same as a pointer.
  CHECK(capi::create(&error, [&]() -> int* {
          body();
          return nullptr;
        }) == nullptr);
  CHECK(minbtf_error_kind(error) == parts.kind);
  CHECK(minbtf_error_message(error) == parts.message);
  minbtf_error_free(error);
  return parts;
}

}  // namespace

TEST_CASE("capi/errors: each kind of Error keeps its file, place and reason") {
  const std::vector<std::pair<ErrorKind, enum minbtf_error_kind>> kinds = {
      {ErrorKind::io, MINBTF_ERROR_IO},
      {ErrorKind::wrong_file, MINBTF_ERROR_WRONG_FILE},
      {ErrorKind::damaged, MINBTF_ERROR_DAMAGED},
      {ErrorKind::unsupported, MINBTF_ERROR_UNSUPPORTED},
      {ErrorKind::internal, MINBTF_ERROR_INTERNAL}};
  for (const auto& [ours, theirs] : kinds) {
    const ErrorKind kind = ours;
    const ErrorParts parts = parts_of([kind] { throw Error(kind, "a file", "types+0x1c", "a reason"); });
    CHECK(parts.result == -theirs);
    CHECK(parts.kind == theirs);
    CHECK(parts.file == "a file");
    CHECK(parts.where == "types+0x1c");
    CHECK(parts.reason == "a reason");
    CHECK(parts.message == "a file: types+0x1c: a reason");
  }
}

TEST_CASE("capi/errors: exceptions that are no Error become errors, too") {
  const ErrorParts memory = parts_of([] { throw std::bad_alloc(); });
  CHECK(memory.result == -MINBTF_ERROR_MEMORY);
  CHECK(memory.kind == MINBTF_ERROR_MEMORY);
  CHECK(memory.reason == "out of memory");
  CHECK(memory.message == "out of memory");
  CHECK(parts_of([] { throw std::bad_array_new_length(); }).kind == MINBTF_ERROR_MEMORY);

  const ErrorParts argument = parts_of([] { throw capi::BadArgument("x is NULL"); });
  CHECK(argument.kind == MINBTF_ERROR_ARGUMENT);
  CHECK(argument.message == "x is NULL");
  CHECK(argument.file.empty());

  const ErrorParts logic = parts_of([] { throw std::logic_error("a bug"); });
  CHECK(logic.kind == MINBTF_ERROR_INTERNAL);
  CHECK(logic.message == "a bug");
  const ErrorParts unknown = parts_of([] { throw 42; });
  CHECK(unknown.kind == MINBTF_ERROR_INTERNAL);
  CHECK(unknown.message == "an unknown exception");
}

TEST_CASE("capi/errors: success sets the error to null") {
  int value = 0;
  minbtf_error* error = reinterpret_cast<minbtf_error*>(&value);
  CHECK(capi::perform(&error, [] {}) == 0);
  CHECK(error == nullptr);
  error = reinterpret_cast<minbtf_error*>(&value);
  CHECK(capi::create(&error, [&] { return &value; }) == &value);
  CHECK(error == nullptr);
}
