// SPDX-License-Identifier: BSD-2-Clause
// libarchive's reader on top of a ByteStream. The filter (filter_stream.hpp) and the tar (tar_reader.hpp) use it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/unpack/unpack_context.hpp"
#include "io/byte_stream.hpp"

// libarchive's types; only the source files include its headers.
struct archive;
struct archive_entry;

namespace minbtf::archive {

/// One libarchive reader. `input` and `context` must outlive it. The functions that read return a status of libarchive.
/// They throw what `input` throws: the exception is kept while C code runs and thrown afterwards. They also throw what
/// UnpackContext::check_progress() throws, and std::bad_alloc.
class LibarchiveReader {
 public:
  LibarchiveReader(io::ByteStream& input, const UnpackContext& context);
  LibarchiveReader(const LibarchiveReader&) = delete;
  LibarchiveReader& operator=(const LibarchiveReader&) = delete;
  ~LibarchiveReader() = default;

  /// For the functions of libarchive that do not read, such as those that select a format.
  [[nodiscard]] ::archive* get() const noexcept { return archive_.get(); }

  [[nodiscard]] int open();
  /// `entry` stays valid until the next call.
  [[nodiscard]] int next_header(archive_entry*& entry);
  [[nodiscard]] int skip_data();
  /// Sets `block` to the next block, which may be empty, and `offset` to its place in the contents. At the end `offset`
  /// is the size of the contents.
  [[nodiscard]] int next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset);

  /// Returns the part of the last input block that libarchive did not use. Returns nothing if libarchive holds more
  /// unused input than that block.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> unused_input() const;

  /// Returns libarchive's error text, empty if there is no text. Throws std::bad_alloc if the error is ENOMEM.
  [[nodiscard]] std::string reason() const;

 private:
  template <typename Function>
  int call(Function&& function);
  static ssize_t read_block(::archive* archive, void* self, const void** block) noexcept;

  struct Free {
    void operator()(::archive* archive) const noexcept;
  };

  io::ByteStream& input_;
  const UnpackContext& context_;
  std::exception_ptr thrown_;
  std::span<const std::uint8_t> last_;  ///< last input block that was not empty
  std::uint64_t read_ = 0;              ///< input bytes of the current call
  std::uint64_t total_ = 0;             ///< input bytes of all calls
  std::unique_ptr<::archive, Free> archive_;
};

}  // namespace minbtf::archive
