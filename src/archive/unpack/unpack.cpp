#include "archive/unpack/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

#include "archive/tree_path.hpp"
#include "archive/unpack/gzip_stream.hpp"
#include "archive/unpack/unpack_context.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t max_layers = 4;                              // compressions around one another
constexpr std::uint64_t skipped_per_kernel = 16;                   // times --max-kernel-size
constexpr std::uint64_t reserve_bytes = std::uint64_t{64} << 20U;  // believed of a header without contents

int filter_of(io::Packing packing) {
  switch (packing) {
    case io::Packing::xz:
      return ARCHIVE_FILTER_XZ;
    case io::Packing::zstd:
      return ARCHIVE_FILTER_ZSTD;
    case io::Packing::bzip2:
      return ARCHIVE_FILTER_BZIP2;
    case io::Packing::lz4:
      return ARCHIVE_FILTER_LZ4;
    case io::Packing::none:
    case io::Packing::gzip:
    case io::Packing::tar:
      break;
  }
  return ARCHIVE_FILTER_NONE;
}

/// A reader of libarchive's that reads from a stream. What the stream throws does not pass through C code, but comes
/// out of the member function that was called.
class LibarchiveReader {
 public:
  LibarchiveReader(io::ByteStream& input, const UnpackContext& context)
      : input_(input), context_(context), archive_(archive_read_new()) {
    if (!archive_) throw std::bad_alloc();
  }
  LibarchiveReader(const LibarchiveReader&) = delete;
  LibarchiveReader& operator=(const LibarchiveReader&) = delete;
  ~LibarchiveReader() = default;

  [[nodiscard]] ::archive* get() const noexcept { return archive_.get(); }

  [[nodiscard]] int open() {
    return call([&] { return archive_read_open(get(), this, nullptr, read_block, nullptr); });
  }
  [[nodiscard]] int next_header(archive_entry*& entry) {
    return call([&] { return archive_read_next_header(get(), &entry); });
  }
  [[nodiscard]] int skip_data() {
    return call([&] { return archive_read_data_skip(get()); });
  }
  /// `offset` is also set at the end. A block may be empty.
  [[nodiscard]] int next_block(Bytes& block, std::uint64_t& offset) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t position = 0;
    const int status = call([&] { return archive_read_data_block(get(), &data, &size, &position); });
    block = status == ARCHIVE_OK ? Bytes(static_cast<const std::uint8_t*>(data), size) : Bytes{};
    offset = static_cast<std::uint64_t>(position);
    return status;
  }

  /// What of the last block was not needed; nothing if libarchive keeps more than that.
  [[nodiscard]] std::optional<Bytes> unused_input() const {
    const std::uint64_t unused = total_ - static_cast<std::uint64_t>(archive_filter_bytes(get(), -1));
    if (unused > last_.size()) return std::nullopt;
    return last_.last(static_cast<std::size_t>(unused));
  }

  /// libarchive's words for what went wrong, or nothing.
  [[nodiscard]] std::string reason() const {
    if (archive_errno(get()) == ENOMEM) throw std::bad_alloc();
    const char* text = archive_error_string(get());
    return text == nullptr ? "" : text;
  }

 private:
  template <typename Function>
  int call(Function&& function) {
    read_ = 0;
    const int status = function();
    // A filter may take a failed read for the end, so the status alone does not tell.
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return status;
  }

  static la_ssize_t read_block(::archive* archive, void* self, const void** block) noexcept {
    auto& reader = *static_cast<LibarchiveReader*>(self);
    try {
      reader.context_.check_progress(reader.read_);
      const Bytes bytes = reader.input_.next();
      reader.read_ += bytes.size();
      reader.total_ += bytes.size();
      if (!bytes.empty()) reader.last_ = bytes;
      *block = bytes.data();
      return static_cast<la_ssize_t>(bytes.size());
    } catch (...) {
      reader.thrown_ = std::current_exception();
      archive_set_error(archive, EIO, "input failed");
      return ARCHIVE_FATAL;
    }
  }

  struct Free {
    void operator()(::archive* archive) const noexcept { archive_read_free(archive); }
  };

  io::ByteStream& input_;
  const UnpackContext& context_;
  std::exception_ptr thrown_;
  Bytes last_;
  std::uint64_t read_ = 0;
  std::uint64_t total_ = 0;
  std::unique_ptr<::archive, Free> archive_;
};

/// xz, zstd, bzip2 and lz4: libarchive verifies their checksums where the data has any.
class FilterStream final : public io::ByteStream {
 public:
  FilterStream(io::ByteStream& input, io::Packing compression, const UnpackContext& context)
      : input_(input), compression_(compression), context_(context), reader_(input, context) {
    archive_entry* entry = nullptr;
    archive_read_support_filter_by_code(reader_.get(), filter_of(compression));
    archive_read_support_format_raw(reader_.get());
    archive_read_support_format_empty(reader_.get());
    check(reader_.open());
    // Too short for libarchive to know it, although the magic is there.
    if (archive_filter_code(reader_.get(), 0) != filter_of(compression)) fail("");
    if (check(reader_.next_header(entry)) == ARCHIVE_EOF) end();
  }

  Bytes next() override {
    Bytes block;
    std::uint64_t offset = 0;
    while (!ended_ && block.empty()) {
      if (check(reader_.next_block(block, offset)) == ARCHIVE_EOF) end();
    }
    return block;
  }

 private:
  int check(int status) {
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) fail(reader_.reason());
    return status;
  }

  void end() {
    ended_ = true;
    const auto unused = reader_.unused_input();
    if (!unused)
      context_.damaged("other bytes after the end of the " + std::string(io::to_string(compression_)) + " data");
    expect_end(input_, unused->empty() ? input_.next() : *unused, io::to_string(compression_), context_);
  }

  [[noreturn]] void fail(std::string_view reason) const {
    constexpr auto library = "Lzma library error:"sv;
    if (reason.starts_with(library)) reason.remove_prefix(library.size());
    reason.remove_prefix(std::min(reason.find_first_not_of(' '), reason.size()));
    const std::string data = std::string(io::to_string(compression_)) + " data";
    // liblzma's words for input that ends before the data does, or goes on after it, help nobody.
    if (reason.starts_with("No progress is possible")) reason = {};
    if (reason.starts_with("truncated") || reason.starts_with("Truncated")) context_.damaged("truncated " + data);
    context_.damaged("truncated or damaged " + data + (reason.empty() ? "" : " (" + std::string(reason) + ")"));
  }

  io::ByteStream& input_;
  io::Packing compression_;
  const UnpackContext& context_;
  LibarchiveReader reader_;
  bool ended_ = false;
};

/// A name that libarchive keeps as the tar has it, or only in UTF-8.
std::string text_of(archive_entry* entry, const char* (*bytes)(archive_entry*), const char* (*utf8)(archive_entry*)) {
  const char* text = bytes(entry);
  if (text == nullptr) text = utf8(entry);
  return text == nullptr ? "" : text;
}

std::string over_limit(std::string_view what, std::size_t size, std::size_t limit) {
  return std::string(what) + " of " + std::to_string(size) + " bytes, over the limit of " + std::to_string(limit) +
         " (--max-path)";
}

/// Nothing for directories and devices.
std::optional<Member> member_of(archive_entry* entry, const UnpackLimits& limits) {
  Member member;
  member.path = text_of(entry, archive_entry_pathname, archive_entry_pathname_utf8);
  member.target = text_of(entry, archive_entry_hardlink, archive_entry_hardlink_utf8);
  // A hard link without a target has no type.
  if (!member.target.empty() || archive_entry_filetype(entry) == 0) {
    member.type = Member::Type::hard_link;
  } else if (archive_entry_filetype(entry) == AE_IFLNK) {
    member.type = Member::Type::symbolic_link;
    member.target = text_of(entry, archive_entry_symlink, archive_entry_symlink_utf8);
  } else if (archive_entry_filetype(entry) != AE_IFREG) {
    return std::nullopt;
  }

  member.refusal = path_fault(member.path);
  if (member.refusal.empty() && member.type != Member::Type::file && member.target.empty())
    member.refusal = "a link without a target";
  if (member.refusal.empty()) {
    const std::string cleaned = cleaned_path(member.path);
    if (cleaned.size() > limits.path_bytes) {
      member.refusal = over_limit("a path", cleaned.size(), limits.path_bytes);
    } else if (member.target.size() > limits.path_bytes) {
      member.refusal = over_limit("a link target", member.target.size(), limits.path_bytes);
    } else {
      member.path = cleaned;
    }
  }
  return member;
}

/// The entries of a tar and their contents.
class TarReader {
 public:
  TarReader(io::ByteStream& input, const UnpackContext& context)
      : input_(input), context_(context), reader_(input, context) {
    archive_read_support_format_tar(reader_.get());
    // Without it the first end marker is the end of what is looked at, and the rest would be lost without a word.
    archive_read_set_format_option(reader_.get(), "tar", "read_concatenated_archives", "1");
    check(reader_.open());
  }

  /// None at the end of the input.
  [[nodiscard]] archive_entry* next_entry() {
    archive_entry* entry = nullptr;
    if (check(reader_.next_header(entry)) != ARCHIVE_EOF) return entry;
    // It read to the end, or checksums there would not have been compared.
    if (!input_.next().empty()) context_.damaged("other bytes after the end of the tar archive");
    return nullptr;
  }

  /// False at the end of the contents; `offset` is then their size.
  [[nodiscard]] bool next_block(Bytes& block, std::uint64_t& offset) {
    return check(reader_.next_block(block, offset)) != ARCHIVE_EOF;
  }

  void skip_contents() { check(reader_.skip_data()); }

 private:
  int check(int status) {
    if (status == ARCHIVE_OK || status == ARCHIVE_EOF) return status;
    const std::string reason = reader_.reason();
    const std::string_view text = reason;
    // A name in another character set is taken as the bytes it is. Other warnings are about damage that libarchive
    // knows a way around, with what may be a wrong name.
    if (status == ARCHIVE_WARN && text.ends_with("current locale.")) return status;
    if (text.starts_with("Truncated")) context_.damaged("truncated tar archive");
    if (text.empty() || text == "Damaged tar archive") context_.damaged("damaged tar archive");
    context_.damaged("damaged tar archive (" + reason + ")");
  }

  io::ByteStream& input_;
  const UnpackContext& context_;
  LibarchiveReader reader_;
};

}  // namespace

struct Unpacker::Impl {
  Impl(io::ByteStream& input, std::string name, const UnpackLimits& limits)
      : context{.name = std::move(name), .limits = limits, .member = {}} {
    auto* source = add_layer<io::PeekedStream>(input, io::file_type_bytes);
    io::Packing packing = io::packing_of(source->head());
    for (std::size_t depth = 0; packing != io::Packing::none && packing != io::Packing::tar; ++depth) {
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
    if (packing == io::Packing::tar) tar = std::make_unique<TarReader>(*source, context);
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
    done = true;  // also after an exception
    leave_member();
    std::optional<Member> member = tar ? next_of_tar() : next_of_plain();
    done = !member;
    return member;
  }

  std::optional<Member> next_of_plain() {
    if (std::exchange(plain_given, true)) return std::nullopt;
    enter_member(0);
    readable = true;
    return Member{};
  }

  std::optional<Member> next_of_tar() {
    while (archive_entry* entry = tar->next_entry()) {
      if (++entries > context.limits.members) {
        context.fail(ErrorKind::unsupported, "more than " + std::to_string(context.limits.members) +
                                                 " entries in the tar archive (--max-members)");
      }
      enter_member(static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0)));
      std::optional<Member> member = member_of(entry, context.limits);
      if (member) {
        member->size = size;
        context.member = member->path.substr(0, context.limits.path_bytes);
        readable = member->type == Member::Type::file && member->refusal.empty();
        return member;
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
    taken.clear();
    block = {};
    block_offset = 0;
  }

  void leave_member() {
    if (!current) return;
    if (tar) {
      // What nobody asks for may be larger, such as the rest of a package; but not without end.
      check_size(skipped_per_kernel);
      tar->skip_contents();
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

  /// Of a tar's member, as its header has it.
  void check_size(std::uint64_t factor = 1) const {
    const std::uint64_t kernel_bytes = context.limits.kernel_bytes;
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t limit = kernel_bytes > most / factor ? most : kernel_bytes * factor;
    if (size <= limit) return;
    context.fail(ErrorKind::unsupported, std::to_string(size) + " bytes decompressed, over the limit of " +
                                             std::to_string(limit) + " (--max-kernel-size)");
  }

  [[noreturn]] void over_plain_limit() const {
    context.fail(ErrorKind::unsupported, "over the limit of " + std::to_string(context.limits.kernel_bytes) +
                                             " bytes decompressed (--max-kernel-size)");
  }

  void load_block() {
    if (tar) {
      ended = !tar->next_block(block, block_offset);
    } else {
      block_offset = taken.size();
      block = contents->next();
      ended = block.empty();
    }
  }

  /// Until `wanted` bytes are taken or there are no more.
  void take(std::uint64_t wanted) {
    while (taken.size() < wanted) {
      const std::uint64_t missing = wanted - taken.size();
      if (block_offset > taken.size()) {
        // A hole in a sparse file.
        taken.resize(taken.size() + static_cast<std::size_t>(std::min(missing, block_offset - taken.size())));
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

  /// Of a tar's member, as many as its header says that it has.
  void take_of_tar(std::uint64_t wanted) {
    take(wanted);
    if (taken.size() == wanted) return;
    context.damaged(std::to_string(taken.size()) + " bytes instead of the " + std::to_string(size) + " of the header");
  }

  Bytes head() {
    if (!readable) return {};
    done = true;  // if there is an exception
    if (tar) {
      take_of_tar(std::min<std::uint64_t>(size, io::file_type_bytes));
    } else {
      take(io::file_type_bytes);
    }
    done = false;
    return Bytes(taken).first(std::min(taken.size(), io::file_type_bytes));
  }

  std::vector<std::uint8_t> read_all() {
    if (!std::exchange(readable, false)) return {};
    done = true;  // if there is an exception
    const std::uint64_t limit = context.limits.kernel_bytes;
    if (tar) {
      check_size();
      taken.reserve(static_cast<std::size_t>(std::min(size, reserve_bytes)));
      take_of_tar(size);
    } else {
      take(limit == std::numeric_limits<std::uint64_t>::max() ? limit : limit + 1);
      if (taken.size() > limit) over_plain_limit();
    }
    done = false;
    return std::exchange(taken, {});
  }

  UnpackContext context;
  std::vector<std::unique_ptr<io::ByteStream>> layers;  // each reads from the one before
  io::ByteStream* contents = nullptr;                   // the last of them
  std::unique_ptr<TarReader> tar;
  std::size_t entries = 0;
  bool plain_given = false;
  bool done = false;

  // The current member.
  bool current = false;
  bool readable = false;  // a file, not refused, and not read
  bool ended = false;
  std::uint64_t size = 0;  // of a tar's member
  std::vector<std::uint8_t> taken;
  Bytes block;                     // the next of it, as far as it was loaded
  std::uint64_t block_offset = 0;  // where it was
};

Unpacker::Unpacker(io::ByteStream& input, std::string name, const UnpackLimits& limits)
    : impl_(std::make_unique<Impl>(input, std::move(name), limits)) {}

Unpacker::~Unpacker() = default;

bool Unpacker::is_tar() const noexcept { return impl_->tar != nullptr; }

std::optional<Member> Unpacker::next() { return impl_->next(); }

std::span<const std::uint8_t> Unpacker::head() { return impl_->head(); }

std::vector<std::uint8_t> Unpacker::read_all() { return impl_->read_all(); }

}  // namespace minbtf::archive
