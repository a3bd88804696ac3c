// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/object_search.hpp"

#include <algorithm>
#include <utility>

#include "archive/unpack/ar_members.hpp"
#include "base/short_text.hpp"
#include "elf/bpf_images.hpp"
#include "elf/elf_file.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "object/source_name.hpp"

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

constexpr std::size_t max_levels = 4;           // of archives in archives
constexpr std::uint64_t ar_member_bytes = 512;  // counted for each
constexpr std::size_t max_places = 1000;        // of one program, for which names of sections and symbols are searched

ByteView head_of(ByteView bytes) { return bytes.first(std::min(bytes.size(), io::file_type_bytes)); }

/// A total is over its limit: the search of the file ends, also if the bytes are in an archive.
class OverTotal : public Error {
 public:
  using Error::Error;
};

struct Names {
  std::string section;
  std::string symbol;
};

/// Returns the names of the places of the first max_places images in a program; nothing if the program cannot be read.
std::vector<Names> names_in(ByteView program, const std::vector<elf::BpfImage>& images, const std::string& name) {
  std::vector<Names> all;
  if (!elf::is_elf(program) || images.front().offset == 0) return all;
  std::vector<std::uint64_t> offsets;
  for (std::size_t i = 0; i < std::min(images.size(), max_places); ++i) offsets.push_back(images[i].offset);
  try {
    const elf::ElfFile file = elf::ElfFile::from_memory(program, name);
    for (const elf::PlaceNames& names : file.names_of_places(offsets)) {
      all.push_back({.section = std::string(names.section), .symbol = std::string(names.symbol)});
    }
  } catch (const Error&) {
    // The program's own headers are damaged. The images in it are complete nevertheless.
  }
  return all;
}

}  // namespace

/// ByteView to search, and where they are.
struct ObjectSearch::Contents {
  ByteView bytes;
  std::string file;
  std::string member;
  std::size_t level = 0;  ///< number of archives around the bytes

  [[nodiscard]] std::string name() const { return member.empty() ? file : file + ": " + member; }
  [[nodiscard]] Contents inner(ByteView inner_bytes, const std::string& path) const {
    const std::string separator = member.empty() || path.empty() ? "" : ":";
    return {.bytes = inner_bytes, .file = file, .member = member + separator + path, .level = level + 1};
  }
};

std::size_t ObjectSearch::add(const std::string& path) {
  io::InputFile file(path);
  io::Buffer memory;
  found_ = 0;
  unpacked_ = 0;
  search({.bytes = file.read_all(memory), .file = path, .member = {}});
  return found_;
}

void ObjectSearch::search(const Contents& contents) {
  const ByteView head = head_of(contents.bytes);
  if (io::is_packed(head)) {
    search_packed(contents);
  } else if (io::is_ar(head)) {
    for (const ArMember& member : ar_members(contents.bytes, contents.name())) {
      count_unpacked(contents, ar_member_bytes);
      search_inner(contents.inner(member.contents, std::string(member.name)));
    }
  } else {
    search_bytes(contents);
  }
}

/// Searches a member of an archive. A damaged archive in an archive does not end the search.
void ObjectSearch::search_inner(const Contents& contents) {
  const ByteView head = head_of(contents.bytes);
  if (contents.level >= max_levels && (io::is_packed(head) || io::is_ar(head))) {
    return leave_out(contents, Error(ErrorKind::unsupported, contents.name(), "",
                                     "in more than " + std::to_string(max_levels) + " archives, one in the other"));
  }
  try {
    search(contents);
  } catch (const OverTotal&) {
    throw;
  } catch (const Error& error) {
    leave_out(contents, error);
  }
}

void ObjectSearch::search_packed(const Contents& contents) {
  io::MemoryStream stream(contents.bytes);
  Unpacker unpacker(stream, contents.name(), limits_.unpack);
  std::uint64_t counted = 0;
  try {
    search_members(contents, unpacker, counted);
  } catch (const OverTotal&) {
    throw;
  } catch (const Error&) {
    // An archive that is left out counts too.
    count_unpacked(contents, unpacker.unpacked_bytes() - counted);
    throw;
  }
}

/// `counted` is the part of Unpacker::unpacked_bytes() that is counted already.
void ObjectSearch::search_members(const Contents& contents, Unpacker& unpacker, std::uint64_t& counted) {
  const auto count = [&] {
    const std::uint64_t before = std::exchange(counted, unpacker.unpacked_bytes());
    count_unpacked(contents, counted - before);
  };
  while (const auto member = unpacker.next()) {
    count();
    if (!member->refusal.empty()) {
      leave_out(contents, Error(ErrorKind::damaged, contents.name(), base::short_text(member->path), member->refusal));
      continue;
    }
    if (member->type != Member::Type::file) continue;
    std::vector<std::uint8_t> bytes;
    try {
      bytes = unpacker.read_all();
    } catch (const Error& error) {
      // A tar can be read on behind a member over the limit.
      if (!unpacker.is_tar() || error.kind() != ErrorKind::unsupported) throw;
      leave_out(contents, error);
      continue;
    }
    count();
    search_inner(contents.inner(bytes, member->path));
  }
  count();
}

void ObjectSearch::search_bytes(const Contents& contents) {
  const elf::BpfImages images = elf::find_bpf_images(contents.bytes, contents.name());
  for (const std::uint64_t offset : images.cut) {
    leave_out(contents, Error(ErrorKind::damaged, contents.name(), base::hex(offset),
                              "a BPF object here is incomplete: its sections reach beyond the end"));
  }
  if (images.complete.empty()) return;
  std::vector<Names> names = names_in(contents.bytes, images.complete, contents.file);
  for (std::size_t i = 0; i < images.complete.size(); ++i) {
    const elf::BpfImage& image = images.complete[i];
    ObjectPlace place = {.file = contents.file,
                         .member = contents.member,
                         .offset = image.offset,
                         .is_whole = image.size == contents.bytes.size()};
    if (i < names.size()) {
      place.section = std::move(names[i].section);
      place.symbol = std::move(names[i].symbol);
    }
    record(contents.bytes.subspan(image.offset, image.size), image.order, std::move(place));
  }
}

void ObjectSearch::record(ByteView image, ByteOrder order, ObjectPlace place) {
  const std::string name = place.member.empty() ? place.file : place.file + ": " + place.member;
  const std::string where = base::hex(place.offset);
  count_kept(
      name, where,
      sizeof(ObjectPlace) + place.file.size() + place.member.size() + place.section.size() + place.symbol.size());
  const io::Hash hash = io::hash_of(image);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto each = first; each != last; ++each) {
    FoundObject& known = objects_[each->second];
    if (!std::ranges::equal(known.bytes, image)) continue;
    ++found_;
    return known.places.push_back(std::move(place));
  }
  count_kept(name, where, sizeof(FoundObject) + image.size());
  FoundObject object;
  object.bytes.assign(image.begin(), image.end());
  object.byte_order = order;
  try {
    const BpfObject parsed = BpfObject::parse(image, place.file);
    object.programs = parsed.programs().size();
    object.relocations = parsed.relocation_count();
    object.note = parsed.note();
  } catch (const Error& error) {
    object.damage = error.where().empty() ? error.reason() : error.where() + ": " + error.reason();
  }
  object.source = object::source_name(image, place.file);
  count_kept(name, where, object.note.size() + object.damage.size() + object.source.size());
  object.places.push_back(std::move(place));
  by_hash_.emplace(hash, objects_.size());
  objects_.push_back(std::move(object));
  ++found_;
}

void ObjectSearch::leave_out(const Contents& contents, const Error& why) {
  count_kept(contents.name(), why.where(), sizeof(std::string) + std::string_view(why.what()).size());
  on_left_out_(why);
}

void ObjectSearch::count_unpacked(const Contents& contents, std::uint64_t bytes) {
  unpacked_ += bytes;
  if (unpacked_ <= limits_.unpacked_bytes) return;
  throw OverTotal(ErrorKind::unsupported, contents.file, base::short_text(contents.member),
                  "over " + std::to_string(limits_.unpacked_bytes) + " bytes are unpacked up to here");
}

void ObjectSearch::count_kept(const std::string& name, const std::string& where, std::uint64_t bytes) {
  kept_ += bytes;
  if (kept_ <= limits_.kept_bytes) return;
  throw OverTotal(ErrorKind::unsupported, name, where,
                  "with this, the objects, their places and the messages have over " +
                      std::to_string(limits_.kept_bytes) + " bytes");
}

}  // namespace minbtf::archive
