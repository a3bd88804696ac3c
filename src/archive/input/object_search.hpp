// SPDX-License-Identifier: BSD-2-Clause
// BPF objects inside other files: archives, and programs that embed objects.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/unpack/unpack.hpp"
#include "io/hash.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

/// Where an object was found.
struct ObjectPlace {
  std::string file;          ///< path as given
  std::string member{};      ///< path in the archive; that of an inner archive and `:` before it; empty: no archive
  std::uint64_t offset = 0;  ///< bytes from the start of the file or member
  bool is_whole = false;     ///< the object is all of the file or member
  std::string section{};     ///< of the program that embeds the object; empty if it is not known
  std::string symbol{};      ///< of the program, at the object's first byte; empty if there is none
};

struct FoundObject {
  std::vector<std::uint8_t> bytes;
  std::vector<ObjectPlace> places;  ///< at least one, in the order in which they were found
  ByteOrder byte_order = ByteOrder::little;
  std::size_t programs = 0;
  std::size_t relocations = 0;
  std::string note{};    ///< BpfObject::note()
  std::string damage{};  ///< why the object cannot be parsed; then there are no numbers of programs and relocations
  std::string source{};  ///< object::source_name()
};

/// Limits against small files that unpack to many bytes, or that have many small objects.
struct ObjectLimits {
  UnpackLimits unpack{};  ///< kernel_bytes is the limit for one member or one decompressed file
  /// Unpacked from one file, with the archives in it, as Unpacker::unpacked_bytes() counts them, and 512 bytes for each
  /// member of an ar archive. The limit also bounds the time.
  std::uint64_t unpacked_bytes = std::uint64_t{16} << 30U;
  /// Objects, their places and the messages about what is left out: all that stays in memory, of all files.
  std::uint64_t kept_bytes = std::uint64_t{1} << 30U;
};

/// Collects the objects of several files. Objects with equal bytes are one object with several places.
class ObjectSearch {
 public:
  /// Called for everything that is left out of an archive or program, and why: a damaged archive in an archive, a
  /// member over a limit, an incomplete object.
  using OnLeftOut = std::function<void(const Error& why)>;

  ObjectSearch(const ObjectLimits& limits, OnLeftOut on_left_out)
      : limits_(limits), on_left_out_(std::move(on_left_out)) {}

  /// Searches a file: a BPF object, an ar archive, a tar, either of them compressed and with archives in it (up to
  /// four levels), or any other file. Reads the file into memory. Returns the number of objects in it, those that were
  /// found before included. Throws Error: io, damaged, and unsupported, also for a total over ObjectLimits. Objects
  /// found before the error are kept.
  std::size_t add(const std::string& path);

  /// In the order in which they were found.
  [[nodiscard]] const std::vector<FoundObject>& objects() const& noexcept { return objects_; }
  [[nodiscard]] std::vector<FoundObject> objects() && noexcept { return std::move(objects_); }

 private:
  struct Contents;
  void search(const Contents& contents);
  void search_inner(const Contents& contents);
  void search_packed(const Contents& contents);
  void search_members(const Contents& contents, Unpacker& unpacker, std::uint64_t& counted);
  void search_bytes(const Contents& contents);
  void record(std::span<const std::uint8_t> image, ByteOrder order, ObjectPlace place);
  void leave_out(const Contents& contents, const Error& why);
  void count_unpacked(const Contents& contents, std::uint64_t bytes);
  void count_kept(const std::string& name, const std::string& where, std::uint64_t bytes);

  ObjectLimits limits_;
  OnLeftOut on_left_out_;
  std::vector<FoundObject> objects_;
  std::multimap<io::Hash, std::size_t> by_hash_;  ///< indices in objects_
  std::size_t found_ = 0;                         ///< in the current file
  std::uint64_t unpacked_ = 0;                    ///< bytes of the current file
  std::uint64_t kept_ = 0;                        ///< bytes of all files
};

}  // namespace minbtf::archive
