// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/unpack.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "archive/unpack/archive_reader.hpp"
#include "archive/unpack/bundle_reader.hpp"
#include "archive/unpack/filter_stream.hpp"
#include "archive/unpack/gzip_stream.hpp"
#include "archive/unpack/tar_reader.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

constexpr std::uint64_t tar_header_bytes = 512;
constexpr std::size_t max_layers = 4;  // of nested compression
// A member that is not read may have this many times --max-kernel-size.
constexpr std::uint64_t skipped_per_kernel = 16;
// Memory that is reserved before the contents are read is limited: the size in the header may be wrong.
constexpr std::uint64_t reserve_bytes = std::uint64_t{64} << 20U;

}  // namespace

struct Unpacker::Impl {
  Impl(io::ByteStream& input, std::string name, const UnpackLimits& limits, BundleAs bundles)
      : context{.name = std::move(name), .limits = limits, .member = {}} {
    auto* source = add_layer<io::PeekedStream>(input, io::file_type_bytes);
    io::Packing packing = io::packing_of(source->head());
    const auto is_compressed = [&] {
      return packing != io::Packing::none && packing != io::Packing::tar && packing != io::Packing::bundle;
    };
    for (std::size_t depth = 0; is_compressed(); ++depth) {
      if (depth == max_layers) {
        context.fail(ErrorKind::unsupported, "compressed more than " + std::to_string(max_layers) + " times");
      }
      io::ByteStream* decompressed = nullptr;
      if (packing == io::Packing::gzip) {
        decompressed = add_layer<GzipStream>(*source, context);
      } else {
        decompressed = add_layer<FilterStream>(*source, packing, context);
      }
      source = add_layer<io::PeekedStream>(*decompressed, io::file_type_bytes);
      packing = io::packing_of(source->head());
    }
    contents = source;
    if (packing == io::Packing::tar) archive = std::make_unique<TarReader>(*source, context);
    if (packing == io::Packing::bundle && bundles == BundleAs::archive)
      archive = std::make_unique<BundleReader>(*source, context);
  }

  template <typename Layer, typename... Arguments>
  Layer* add_layer(Arguments&&... arguments) {
    auto layer = std::make_unique<Layer>(std::forward<Arguments>(arguments)...);
    Layer* result = layer.get();
    layers.push_back(std::move(layer));
    return result;
  }

  std::optional<Member> next() {
    if (done) return std::nullopt;
    done = true;  // stays true after an exception
    leave_member();
    std::optional<Member> member = archive ? next_of_archive() : next_of_plain();
    done = !member;
    return member;
  }

  std::optional<Member> next_of_plain() {
    if (std::exchange(plain_given, true)) return std::nullopt;
    enter_member(0);
    readable = true;
    return Member{};
  }

  std::optional<Member> next_of_archive() {
    while (std::optional<ArchiveEntry> entry = archive->next_entry()) {
      if (++entries > context.limits.members) {
        context.fail(ErrorKind::unsupported, "more than " + std::to_string(context.limits.members) +
                                                 " entries in the tar archive (--max-members)");
      }
      enter_member(entry->size);
      if (std::optional<Member>& member = entry->member) {
        context.member = member->path.substr(0, context.limits.path_bytes);
        readable = member->type == Member::Type::file && member->refusal.empty();
        return std::move(member);
      }
      leave_member();
    }
    return std::nullopt;
  }

  void enter_member(std::uint64_t header_size) {
    current = true;
    readable = false;
    ended = false;
    size = header_size;
    if (archive) unpacked_bytes += tar_header_bytes;
    taken.clear();
    block = {};
    block_offset = 0;
  }

  void leave_member() {
    if (!current) return;
    if (archive) {
      // Members that are not read may be larger, such as other files of a package. Their size is limited as well.
      check_size(skipped_per_kernel);
      skip_rest_of_member();
    } else {
      for (std::uint64_t read = taken.size() + block.size(); !ended; read += block.size()) {
        if (read > context.limits.kernel_bytes) over_plain_limit();
        load_block();
      }
    }
    current = false;
    readable = false;
    context.member.clear();
  }

  /// Throws Error (unsupported) if the size in the header of the tar's member is over `factor` times the limit.
  void check_size(std::uint64_t factor = 1) const { check_bytes(size, factor); }

  void check_bytes(std::uint64_t bytes, std::uint64_t factor) const {
    const std::uint64_t kernel_bytes = context.limits.kernel_bytes;
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t limit = kernel_bytes > most / factor ? most : kernel_bytes * factor;
    if (bytes <= limit) return;
    context.fail(ErrorKind::unsupported, std::to_string(bytes) + " bytes decompressed, over the limit of " +
                                             std::to_string(limit) + " (" + context.limits.size_option + ")");
  }

  /// Reads the contents block by block: UnpackContext::check_progress() allows much less input in one call of
  /// libarchive than a skipped member may have. The blocks are counted, because the map of a sparse file can list more
  /// bytes than the size in the header.
  void skip_rest_of_member() {
    for (std::uint64_t skipped = 0; !ended; skipped += block.size()) {
      check_bytes(skipped, skipped_per_kernel);
      load_block();
    }
    archive->skip_contents();  // bytes that the map of a sparse file does not list, and padding
  }

  [[noreturn]] void over_plain_limit() const {
    context.fail(ErrorKind::unsupported, "over the limit of " + std::to_string(context.limits.kernel_bytes) +
                                             " bytes decompressed (" + context.limits.size_option + ")");
  }

  void load_block() {
    if (archive) {
      ended = !archive->next_block(block, block_offset);
    } else {
      block_offset = taken.size();
      block = contents->next();
      ended = block.empty();
    }
    unpacked_bytes += block.size();
  }

  /// Appends contents to `taken` until it has `wanted` bytes or the contents end.
  void take(std::uint64_t wanted) {
    while (taken.size() < wanted) {
      const std::uint64_t missing = wanted - taken.size();
      if (block_offset > taken.size()) {
        // A hole in a sparse file: its bytes are zero.
        const auto count = static_cast<std::size_t>(std::min(missing, block_offset - taken.size()));
        taken.resize(taken.size() + count);
        unpacked_bytes += count;
      } else if (!block.empty()) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(missing, block.size()));
        taken.insert(taken.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
        block = block.subspan(count);
      } else if (ended) {
        return;
      } else {
        load_block();
      }
    }
  }

  /// As take(), for a member of a tar. Throws Error (damaged) if the contents are shorter than the header says.
  void take_of_member(std::uint64_t wanted) {
    take(wanted);
    if (taken.size() == wanted) return;
    context.damaged("contents of " + std::to_string(taken.size()) + " bytes, but the size in the header is " +
                    std::to_string(size));
  }

  ByteView head() {
    if (!readable) return {};
    done = true;  // stays true after an exception
    if (archive) {
      take_of_member(std::min<std::uint64_t>(size, io::file_type_bytes));
    } else {
      take(io::file_type_bytes);
    }
    done = false;
    return ByteView(taken).first(std::min(taken.size(), io::file_type_bytes));
  }

  std::vector<std::uint8_t> read_all() {
    if (!readable) return {};
    if (archive) check_size();  // a member over the limit can still be skipped
    readable = false;
    done = true;  // stays true after an exception
    const std::uint64_t limit = context.limits.kernel_bytes;
    if (archive) {
      taken.reserve(static_cast<std::size_t>(std::min(size, reserve_bytes)));
      take_of_member(size);
    } else {
      take(limit == std::numeric_limits<std::uint64_t>::max() ? limit : limit + 1);
      if (taken.size() > limit) over_plain_limit();
    }
    done = false;
    return std::exchange(taken, {});
  }

  UnpackContext context;
  std::vector<std::unique_ptr<io::ByteStream>> layers;  // each layer reads from the layer before it
  io::ByteStream* contents = nullptr;                   // the last layer
  std::unique_ptr<ArchiveReader> archive;               // nothing for data that is neither a tar nor a bundle
  std::size_t entries = 0;
  std::uint64_t unpacked_bytes = 0;
  bool plain_given = false;
  bool done = false;

  // The current member.
  bool current = false;
  bool readable = false;  // a file that is not refused and was not read
  bool ended = false;
  std::uint64_t size = 0;           // in the header of a tar's member
  std::vector<std::uint8_t> taken;  // contents so far
  ByteView block;                   // rest of the last block: contents after `taken`
  std::uint64_t block_offset = 0;   // of the last block in the contents
};

Unpacker::Unpacker(io::ByteStream& input, std::string name, const UnpackLimits& limits, BundleAs bundles)
    : impl_(std::make_unique<Impl>(input, std::move(name), limits, bundles)) {}

Unpacker::~Unpacker() = default;

bool Unpacker::is_tar() const noexcept { return impl_->archive != nullptr; }

std::optional<Member> Unpacker::next() { return impl_->next(); }

std::span<const std::uint8_t> Unpacker::head() { return impl_->head(); }

std::uint64_t Unpacker::unpacked_bytes() const noexcept { return impl_->unpacked_bytes; }

std::vector<std::uint8_t> Unpacker::read_all() { return impl_->read_all(); }

}  // namespace minbtf::archive
