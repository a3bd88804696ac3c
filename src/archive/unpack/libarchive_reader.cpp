// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/libarchive_reader.hpp"

#include <archive.h>

#include <cerrno>
#include <new>
#include <utility>

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

}  // namespace

LibarchiveReader::LibarchiveReader(io::ByteStream& input, const UnpackContext& context)
    : input_(input), context_(context), archive_(archive_read_new()) {
  if (!archive_) throw std::bad_alloc();
}

int LibarchiveReader::open() {
  return call([&] { return archive_read_open(get(), this, nullptr, read_block, nullptr); });
}

int LibarchiveReader::next_header(archive_entry*& entry) {
  return call([&] { return archive_read_next_header(get(), &entry); });
}

int LibarchiveReader::skip_data() {
  return call([&] { return archive_read_data_skip(get()); });
}

int LibarchiveReader::next_block(ByteView& block, std::uint64_t& offset) {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t position = 0;
  const int status = call([&] { return archive_read_data_block(get(), &data, &size, &position); });
  block = status == ARCHIVE_OK ? ByteView(static_cast<const std::uint8_t*>(data), size) : ByteView{};
  offset = static_cast<std::uint64_t>(position);
  return status;
}

std::optional<ByteView> LibarchiveReader::unused_input() const {
  const std::uint64_t unused = total_ - static_cast<std::uint64_t>(archive_filter_bytes(get(), -1));
  if (unused > last_.size()) return std::nullopt;
  return last_.last(static_cast<std::size_t>(unused));
}

std::string LibarchiveReader::reason() const {
  if (archive_errno(get()) == ENOMEM) throw std::bad_alloc();
  const char* text = archive_error_string(get());
  return text == nullptr ? "" : text;
}

template <typename Function>
int LibarchiveReader::call(Function&& function) {
  read_ = 0;
  const int status = function();
  // A filter may treat a failed read as the end of the input, so the status alone is not enough.
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  return status;
}

ssize_t LibarchiveReader::read_block(::archive* archive, void* self, const void** block) noexcept {
  auto& reader = *static_cast<LibarchiveReader*>(self);
  try {
    reader.context_.check_progress(reader.read_);
    const ByteView bytes = reader.input_.next();
    reader.read_ += bytes.size();
    reader.total_ += bytes.size();
    if (!bytes.empty()) reader.last_ = bytes;
    *block = bytes.data();
    return static_cast<ssize_t>(bytes.size());
  } catch (...) {
    reader.thrown_ = std::current_exception();
    archive_set_error(archive, EIO, "input failed");
    return ARCHIVE_FATAL;
  }
}

void LibarchiveReader::Free::operator()(::archive* archive) const noexcept { archive_read_free(archive); }

}  // namespace minbtf::archive
