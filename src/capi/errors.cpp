// SPDX-License-Identifier: BSD-2-Clause
#include "capi/errors.hpp"

#include <new>
#include <utility>

#include "minbtf/error.hpp"

// The texts are valid as long as the error. They are those of an OwnedError, or static.
struct minbtf_error {
  enum minbtf_error_kind kind;
  const char* message;
  const char* file;
  const char* where;
  const char* reason;
};

namespace minbtf::capi {

namespace {

static_assert(MINBTF_ERROR_IO == static_cast<int>(ErrorKind::io) + 1);
static_assert(MINBTF_ERROR_WRONG_FILE == static_cast<int>(ErrorKind::wrong_file) + 1);
static_assert(MINBTF_ERROR_DAMAGED == static_cast<int>(ErrorKind::damaged) + 1);
static_assert(MINBTF_ERROR_UNSUPPORTED == static_cast<int>(ErrorKind::unsupported) + 1);
static_assert(MINBTF_ERROR_INTERNAL == static_cast<int>(ErrorKind::internal) + 1);

constexpr enum minbtf_error_kind kind_of(ErrorKind kind) noexcept {
  return static_cast<enum minbtf_error_kind>(static_cast<int>(kind) + 1);
}

/// An error for which no memory is needed. It is not freed.
constinit minbtf_error no_memory = {MINBTF_ERROR_MEMORY, "out of memory", "", "", "out of memory"};

struct Texts {
  std::string message;
  std::string file;
  std::string where;
  std::string reason;
};

struct OwnedError : minbtf_error {
  OwnedError(enum minbtf_error_kind of_kind, Texts of_texts)
      : minbtf_error{of_kind, nullptr, nullptr, nullptr, nullptr}, texts(std::move(of_texts)) {
    message = texts.message.c_str();
    file = texts.file.c_str();
    where = texts.where.c_str();
    reason = texts.reason.c_str();
  }

  Texts texts;
};

/// Stores an error. Returns its kind. Throws std::bad_alloc.
int store(minbtf_error** error, enum minbtf_error_kind kind, const char* reason) {
  if (error != nullptr) *error = new OwnedError(kind, {.message = reason, .file = {}, .where = {}, .reason = reason});
  return kind;
}

int store(minbtf_error** error, const Error& exception) {
  const enum minbtf_error_kind kind = kind_of(exception.kind());
  if (error != nullptr) {
    *error = new OwnedError(kind, {.message = exception.what(),
                                   .file = exception.file(),
                                   .where = exception.where(),
                                   .reason = exception.reason()});
  }
  return kind;
}

/// Rethrows the exception that is being handled, and stores an error for it. Throws std::bad_alloc.
int store_rethrown(minbtf_error** error) {
  try {
    throw;
  } catch (const Error& exception) {
    return store(error, exception);
  } catch (const BadArgument& exception) {
    return store(error, MINBTF_ERROR_ARGUMENT, exception.what());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& exception) {
    return store(error, MINBTF_ERROR_INTERNAL, exception.what());
  } catch (...) {
    return store(error, MINBTF_ERROR_INTERNAL, "an unknown exception");
  }
}

}  // namespace

int store_current_exception(minbtf_error** error) noexcept {
  try {
    return store_rethrown(error);
  } catch (...) {
    if (error != nullptr) *error = &no_memory;
    return MINBTF_ERROR_MEMORY;
  }
}

}  // namespace minbtf::capi

enum minbtf_error_kind minbtf_error_kind(const minbtf_error* error) {
  return error == nullptr ? MINBTF_ERROR_NONE : error->kind;
}

const char* minbtf_error_message(const minbtf_error* error) { return error == nullptr ? "" : error->message; }
const char* minbtf_error_file(const minbtf_error* error) { return error == nullptr ? "" : error->file; }
const char* minbtf_error_where(const minbtf_error* error) { return error == nullptr ? "" : error->where; }
const char* minbtf_error_reason(const minbtf_error* error) { return error == nullptr ? "" : error->reason; }

void minbtf_error_free(minbtf_error* error) {
  if (error != &minbtf::capi::no_memory) delete static_cast<minbtf::capi::OwnedError*>(error);
}
