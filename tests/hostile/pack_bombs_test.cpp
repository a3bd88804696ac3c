// SPDX-License-Identifier: BSD-2-Clause
// Small kernels and packs that are meant to take much time or memory.
#include <catch2/catch.hpp>

#include <algorithm>

#include "minbtf/error.hpp"
#include "pack/list_section.hpp"
#include "pack/pack.hpp"
#include "pack/pack_writer.hpp"
#include "pack/zstd_frame.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/os/guarded.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using pack::SectionType;

constexpr std::size_t most_section_bytes = 8 << 20;
constexpr std::uint32_t many = 60000;
/// Room for the walk of one entry (max_positions).
constexpr std::size_t always = std::size_t{256} << 10U;

std::vector<ForgedMember> members(std::uint32_t count, std::uint32_t type) {
  return std::vector<ForgedMember>(count, {"x", type, 0});
}

/// Returns why the kernel is kept verbatim. Fails if that takes too much time or memory.
std::string verbatim_reason(const BtfForge& forge) {
  const Bytes kernel = forge.bytes();
  std::string reason;
  CHECK(wrong_with("add_kernel()", kernel.size() + always, [&] {
          pack::PackWriter writer;
          reason = writer.verbatim_reason(writer.add_kernel(kernel, "kernel"));
          return "";
        }) == "");
  return reason;
}

/// Changes the lists of the pack of one kernel. Returns the error of a stand-in for "s".
template <typename Change>
std::string error_of_stand_in(const BtfForge& forge, Change&& change) {
  const Bytes kernel = forge.bytes();
  PackForge forged(packed({kernel}), most_section_bytes);
  PackSection& lists = forged.section(SectionType::lists);
  std::vector<Bytes> streams = streams_of(lists.raw, pack::list_streams);
  REQUIRE(streams.size() == pack::list_streams);
  change(streams);
  lists.raw = joined_streams(streams);
  const Bytes bytes = forged.plain().bytes();
  std::string error;
  CHECK(wrong_with("stand-in", kernel.size() + bytes.size() + always, [&] {
          error = error_text([&] {
            const std::vector<std::string> names = {"s"};
            const pack::Pack pack(bytes, "pack");
            io::Buffer memory;
            (void)pack.kernel_btf(0, {.names = names, .follows_pointers = true, .name = "kernel"}, kernel.size(),
                                  memory);
          });
          return "";
        }) == "");
  return error;
}

/// Adds a note to the last entry of all lists.
void add_note(std::vector<Bytes>& streams, std::uint32_t position) {
  REQUIRE(streams[pack::stream_note_counts].back() == 0);
  streams[pack::stream_note_counts].back() = 1;
  put_number(streams[pack::stream_note_positions], position);
  put_number(streams[pack::stream_note_values], 2);  // 1
}

/// Returns a zstd frame with one stored block. The window has 1 << `window_log` bytes.
Bytes frame_of(const Bytes& contents, unsigned window_log) {
  Bytes frame = {0x28, 0xb5, 0x2f, 0xfd, 0xc0, static_cast<std::uint8_t>((window_log - 10) << 3U)};
  for (unsigned shift = 0; shift < 64; shift += 8) {
    frame.push_back(static_cast<std::uint8_t>(std::uint64_t{contents.size()} >> shift));
  }
  const std::size_t block = contents.size() << 3U | 1U;
  for (unsigned shift = 0; shift < 24; shift += 8) frame.push_back(static_cast<std::uint8_t>(block >> shift));
  frame.insert(frame.end(), contents.begin(), contents.end());
  return frame;
}

}  // namespace

TEST_CASE("pack_bombs: types that double at each level are kept verbatim") {
  const bool is_behind_pointer = GENERATE(false, true);
  BtfForge f;
  std::uint32_t last = f.integer("int", 4, 1);
  for (int level = 0; level < 18; ++level) {
    last = is_behind_pointer ? f.func_proto(last, {{"a", last}}) : f.structure("", 4, {{"a", last, 0}, {"b", last, 0}});
  }
  const std::uint32_t pointer = f.ptr(last);
  for (int i = 0; i < 300; ++i) {
    f.structure("s" + std::to_string(i), 8, {{"x", is_behind_pointer ? pointer : last, 0}});
  }
  CHECK(verbatim_reason(f) == "too many references");
}

TEST_CASE("pack_bombs: many references to INTs are kept verbatim if there are many INTs") {
  BtfForge f;
  for (std::uint32_t i = 0; i < many; ++i) f.integer("x" + std::to_string(i), 4);
  // The entries of a list are compared from the first one on.
  const bool is_last = GENERATE(false, true);
  f.structure("s", 4, members(many, is_last ? many : 1));
  CHECK(verbatim_reason(f) == (is_last ? "too many references" : ""));
}

TEST_CASE("pack_bombs: a large type that is referred to often is read once, or the pack is refused") {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  const std::uint32_t foo = f.structure("foo", 4, {{"x", int_, 0}});
  f.structure("foo", 8, {{"x", int_, 0}});
  const std::uint32_t large = f.enumeration("", 4, std::vector<ForgedEnumerator>(many, {"x", 1}));
  std::vector<ForgedMember> all = members(many, large);
  all.push_back({"p", f.ptr(foo), 0});
  f.structure("s", 4, all);
  CHECK(error_of_stand_in(f, [](std::vector<Bytes>&) {}) == "no error");
  // The note is for the pointee. Until then, each reference may be one that has a note.
  CHECK(error_of_stand_in(f, [](std::vector<Bytes>& streams) { add_note(streams, many + 1); }) ==
        "damaged: kernel: types: too many references");
}

TEST_CASE("pack_bombs: a note for each of many references to a large type") {
  BtfForge f;
  const std::uint32_t large = f.enumeration("", 4, std::vector<ForgedEnumerator>(many, {"x", 1}));
  f.structure("s", 4, members(many, large));
  CHECK(error_of_stand_in(f, [](std::vector<Bytes>& streams) {
          streams[pack::stream_note_counts].back() = 0;
          streams[pack::stream_note_counts].pop_back();
          put_number(streams[pack::stream_note_counts], many);
          for (std::uint32_t i = 0; i < many; ++i) {
            put_number(streams[pack::stream_note_positions], i == 0 ? 0 : 1);
            put_number(streams[pack::stream_note_values], 2 * (i + 1));
          }
        }) == "damaged: kernel: types: they need more bytes than the kernel's BTF has");
}

TEST_CASE("pack_bombs: a list that repeats a large type") {
  BtfForge f;
  f.structure("s", 4, members(many, f.integer("int", 4, 1)));
  CHECK(error_of_stand_in(f, [](std::vector<Bytes>& streams) {
          streams[pack::stream_entry_counts].pop_back();
          put_number(streams[pack::stream_entry_counts], many);
          streams[pack::stream_entry_nodes].resize(streams[pack::stream_entry_nodes].size() + many - 1);
          streams[pack::stream_entry_groups].resize(streams[pack::stream_entry_groups].size() + many - 1);
          streams[pack::stream_note_counts].resize(streams[pack::stream_note_counts].size() + many - 1);
        }) == "damaged: kernel: types: they need more bytes than the kernel's BTF has");
}

TEST_CASE("pack_bombs: large numbers of groups take no memory") {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.structure("s", 4, {{"x", int_, 0}});
  for (const std::uint32_t group : {1U << 16U, 1U << 31U, 0xffffffffU}) {
    CHECK(error_of_stand_in(f, [&](std::vector<Bytes>& streams) {
            streams[pack::stream_entry_groups].pop_back();
            put_number(streams[pack::stream_entry_groups], group);
          }) == "no error");
  }
}

TEST_CASE("pack_bombs: a note that leads to no type of a list is refused") {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.structure("s", 8, {{"p", f.ptr(f.structure("foo", 4, {{"x", int_, 0}})), 0}, {"x", int_, 64}});
  for (const std::uint32_t position : {1U, 2U}) {
    CHECK(error_of_stand_in(f, [&](std::vector<Bytes>& streams) { add_note(streams, position); }) ==
          "damaged: kernel: types: a note leads to no type");
  }
}

TEST_CASE("pack_bombs: a section that decompresses to more than 256 times its size is refused, and is not written") {
  PackForge forge(packed({}), most_section_bytes);
  PackSection& names = forge.section(SectionType::names);
  names.flags &= ~pack::section_is_plain;
  names.count = 1U << 20U;
  for (std::uint32_t i = 0; i < names.count; ++i) names.raw.insert(names.raw.end(), {'a', 0});
  const Bytes bytes = forge.bytes();
  REQUIRE(bytes.size() < 4096);
  CHECK(wrong_with("names", bytes.size(), [&] {
          const std::string error = error_text([&] { pack::Pack(bytes, "pack"); });
          const std::string expected =
              "damaged: pack: section table: the section names has too many bytes for its stored size";
          return error == expected ? "" : error;
        }) == "");
  // A kernel with such a section, and one that is verbatim and is compressed whatever its ratio.
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.union_("u", 4, members(many, int_));
  const Bytes written = packed({f.bytes()});
  const pack::Pack pack(written, "pack");
  for (const pack::Section& section : pack.file().sections()) {
    CHECK(section.raw_bytes / pack::max_ratio <= section.stored);
  }
  f.structure("loop", 8, {{"x", f.next_id(), 0}});
  CHECK(packed({f.bytes()}).size() < f.bytes().size() / pack::max_ratio);
}

TEST_CASE("pack_bombs: a zstd frame with a large window or of another size is refused") {
  const Bytes contents(1000, 7);
  const auto read = [&](const Bytes& frame, std::uint64_t size) {
    Bytes found;
    io::Buffer memory;
    const std::string error = error_text([&] {
      const auto raw = pack::decompressed(frame, size, "pack", "names", memory);
      found.assign(raw.begin(), raw.end());
    });
    CHECK((found == contents) == (error == "no error"));
    return error;
  };
  CHECK(read(pack::compressed(contents, 19), contents.size()) == "no error");
  CHECK(read(frame_of(contents, pack::max_window_log), contents.size()) == "no error");
  CHECK(read(frame_of(contents, pack::max_window_log + 1), contents.size()).starts_with("damaged: pack: names: "));
  CHECK(read(frame_of(contents, 20), contents.size() + 1).starts_with("damaged: pack: names: "));
  CHECK(read(frame_of(contents, 20), std::uint64_t{1} << 40U).starts_with("damaged: pack: names: "));
  const Bytes large((1U << pack::max_window_log) + 1, 7);
  io::Buffer memory;
  CHECK(
      std::ranges::equal(pack::decompressed(pack::compressed(large, 1), large.size(), "pack", "names", memory), large));
  Bytes two = frame_of(contents, 20);
  two.insert(two.end(), two.begin(), two.end());
  CHECK(read(two, 2 * contents.size()).starts_with("damaged: pack: names: "));
  CHECK(read({}, 0).starts_with("damaged: pack: names: "));
  Bytes longer = frame_of(contents, 20);
  longer[6] = static_cast<std::uint8_t>(longer[6] + 1);  // the size in the frame's header
  CHECK(read(longer, contents.size() + 1).starts_with("damaged: pack: names: "));
}

}  // namespace minbtf::test
