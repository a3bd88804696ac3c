// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

/// Returns a name as libarchive has it: the bytes of the tar, or UTF-8 if libarchive kept the name only in UTF-8.
std::string text_of(archive_entry* entry, const char* (*bytes)(archive_entry*), const char* (*utf8)(archive_entry*)) {
  const char* text = bytes(entry);
  if (text == nullptr) text = utf8(entry);
  return text == nullptr ? "" : text;
}

std::string over_limit(std::string_view what, std::size_t size, std::size_t limit) {
  return std::string(what) + " of " + std::to_string(size) + " bytes, over the limit of " + std::to_string(limit) +
         " (--max-path)";
}

/// Returns nothing for a directory or a device.
std::optional<Member> member_of(archive_entry* entry, const UnpackLimits& limits) {
  Member member;
  member.path = text_of(entry, archive_entry_pathname, archive_entry_pathname_utf8);
  member.target = text_of(entry, archive_entry_hardlink, archive_entry_hardlink_utf8);
  // libarchive gives a hard link without a target no file type.
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

}  // namespace

TarReader::TarReader(io::ByteStream& input, const UnpackContext& context)
    : input_(input), context_(context), reader_(input, context) {
  archive_read_support_format_tar(reader_.get());
  // Without this option libarchive stops at the first end marker, and entries after the marker would be lost silently.
  archive_read_set_format_option(reader_.get(), "tar", "read_concatenated_archives", "1");
  check(reader_.open());
}

std::optional<ArchiveEntry> TarReader::next_entry() {
  archive_entry* entry = nullptr;
  if (check(reader_.next_header(entry)) == ARCHIVE_EOF) {
    // The input must be read to its end: only there its checksums are compared.
    if (!input_.next().empty()) context_.damaged("other bytes after the end of the tar archive");
    return std::nullopt;
  }
  ArchiveEntry result;
  result.size = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
  result.member = member_of(entry, context_.limits);
  if (result.member) result.member->size = result.size;
  return result;
}

bool TarReader::next_block(std::span<const std::uint8_t>& block, std::uint64_t& offset) {
  return check(reader_.next_block(block, offset)) != ARCHIVE_EOF;
}

void TarReader::skip_contents() { check(reader_.skip_data()); }

int TarReader::check(int status) {
  if (status == ARCHIVE_OK || status == ARCHIVE_EOF) return status;
  const std::string reason = reader_.reason();
  const std::string_view text = reason;
  // A warning about the locale is ignored: the name is then used as the bytes of the tar. Other warnings mean that
  // libarchive read on after damage, possibly with a wrong name.
  if (status == ARCHIVE_WARN && text.ends_with("current locale.")) return status;
  if (text.starts_with("Truncated")) context_.damaged("truncated tar archive");
  if (text.empty() || text == "Damaged tar archive") context_.damaged("damaged tar archive");
  context_.damaged("damaged tar archive (" + reason + ")");
}

}  // namespace minbtf::archive
