// SPDX-License-Identifier: BSD-2-Clause
// Packs to which kernels are added. Every kernel has the types that it has in a pack that was made at once, and the
// pack that is made from nothing is what --rebuild makes of it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "pack/pack.hpp"
#include "pack/pack_writer.hpp"
#include "pack/stored_pack.hpp"
#include "support/error_text.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/forge/random_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using pack::SectionType;

constexpr std::uint64_t most_bytes = 1 << 20;

/// Kernels of all sorts. Many share types, and some are equal.
std::vector<Bytes> all_sorts() {
  std::vector<Bytes> kernels = sample_pack_kernels();
  for (std::uint64_t seed = 1; seed < 40; ++seed) kernels.push_back(random_case(seed, Loops::as_c_allows).kernel);
  kernels.push_back(random_case(4, Loops::as_c_allows).kernel);
  kernels.push_back(sample_kernel(ByteOrder::big));
  return kernels;
}

/// Returns all types of the kernel with this path.
Bytes exported(const pack::Pack& pack, const std::string& path) {
  const auto source = std::ranges::find(pack.catalog().sources, path, &pack::PackedSource::path);
  REQUIRE(source != pack.catalog().sources.end());
  io::Buffer memory;
  const auto btf = pack.kernel_btf(source->members.at(0).kernel,
                                   {.follows_pointers = true, .everything = true, .name = path}, most_bytes, memory);
  return {btf.begin(), btf.end()};
}

std::string path_of(std::size_t kernel) { return "k" + std::to_string(kernel) + ".btf"; }

/// Returns the paths of the kernels whose types are not equal in the two packs.
std::vector<std::string> different_kernels(const Bytes& one, const Bytes& other) {
  const pack::Pack first(one, "first");
  const pack::Pack second(other, "second");
  REQUIRE(first.catalog().sources.size() == second.catalog().sources.size());
  std::vector<std::string> different;
  for (const pack::PackedSource& source : first.catalog().sources) {
    if (exported(first, source.path) != exported(second, source.path)) different.push_back(source.path);
  }
  return different;
}

/// Returns the pack that a writer makes of the kernels of a pack.
Bytes rebuilt(const Bytes& bytes) {
  const pack::StoredPack old(bytes, "old");
  const bool is_types_only = (old.file().flags() & pack::flag_types_only) != 0;
  std::vector<std::uint32_t> kernels(old.catalog().kernels.size());
  for (std::uint32_t i = 0; i < kernels.size(); ++i) kernels[i] = i;
  pack::PackWriter writer(is_types_only ? pack::PackContents::types_only : pack::PackContents::everything);
  const std::vector<std::uint32_t> numbers = writer.add_kernels(old, kernels);
  pack::Catalog catalog = old.catalog();
  for (pack::PackedSource& source : catalog.sources) {
    for (pack::PackedMember& member : source.members) member.kernel = numbers[member.kernel];
  }
  return writer.finish(std::move(catalog));
}

/// A kernel with `structs` structs, the last of which has `size` bytes.
Bytes series_kernel(std::uint32_t structs, std::uint32_t size) {
  BtfForge forge;
  const std::uint32_t integer = forge.integer("int", 4, 1);
  for (std::uint32_t i = 0; i < structs; ++i) {
    forge.structure("s" + std::to_string(i), i + 1 == structs ? size : 8,
                    {{"a", integer, 0}, {"b" + std::to_string(i), integer, 32}});
  }
  return forge.bytes();
}

/// Returns the number of kernels in the longest chain of bases.
std::size_t longest_chain(const pack::StoredPack& pack) {
  std::size_t longest = 0;
  for (std::uint32_t kernel = 0; kernel < pack.catalog().kernels.size(); ++kernel) {
    std::size_t length = 0;
    for (std::uint32_t each = kernel; each != pack::no_kernel; each = pack.catalog().kernels[each].base) ++length;
    longest = std::max(longest, length);
  }
  return longest;
}

std::size_t raw_bytes(const Bytes& bytes, SectionType type, std::uint32_t segment) {
  const pack::StoredPack pack(bytes, "pack");
  std::size_t raw = 0;
  for (const pack::Section* section : pack.sections(type)) raw += section->segment == segment ? section->raw_bytes : 0;
  return raw;
}

}  // namespace

TEST_CASE("segments: a kernel has the same types in a pack of segments as in a pack that was made at once") {
  const std::vector<Bytes> kernels = all_sorts();
  const auto contents = GENERATE(pack::PackContents::everything, pack::PackContents::types_only);
  const Bytes at_once = packed(kernels, contents);
  const std::vector<std::size_t> steps = GENERATE(std::vector<std::size_t>{1}, std::vector<std::size_t>{0, 20},
                                                  std::vector<std::size_t>{5, 6, 7, 30}, std::vector<std::size_t>{45});
  const Bytes in_steps = packed_in_steps(kernels, steps, contents);
  CHECK(different_kernels(at_once, in_steps).empty());
  const pack::StoredPack stored(in_steps, "pack");
  CHECK(stored.segments().size() == steps.size() + 1);
  CHECK((rebuilt(in_steps) == at_once));
  CHECK((rebuilt(at_once) == at_once));
}

TEST_CASE("segments: kernels can be added one by one") {
  std::vector<Bytes> kernels;
  std::vector<std::size_t> steps;
  for (std::uint32_t i = 0; i < 40; ++i) {
    // The sizes come back, and with them records that earlier segments have. Keys come and go.
    kernels.push_back(series_kernel(100 + 7 * i % 30, 8 + i % 3));
    if (i != 0) steps.push_back(i);
  }
  const Bytes in_steps = packed_in_steps(kernels, steps);
  const pack::StoredPack stored(in_steps, "pack");
  CHECK(stored.segments().size() > 20);
  CHECK(longest_chain(stored) > 10);
  CHECK(different_kernels(packed(kernels), in_steps).empty());
  CHECK((rebuilt(in_steps) == packed(kernels)));
}

TEST_CASE("segments: a new build of a kernel adds the types that changed, and no others") {
  const std::vector<Bytes> kernels = {series_kernel(2000, 8), series_kernel(2000, 12)};
  const Bytes bytes = packed_in_steps(kernels, {1});
  CHECK(raw_bytes(bytes, SectionType::nodes, 0) > 10000);
  CHECK(raw_bytes(bytes, SectionType::nodes, 1) < 100);
  CHECK(raw_bytes(bytes, SectionType::names, 1) == 0);
  CHECK(raw_bytes(bytes, SectionType::keys, 1) == 0);
  const pack::StoredPack stored(bytes, "pack");
  for (const pack::Section* section : stored.sections(SectionType::lists)) {
    if (section->segment == 1) CHECK(section->stored < 100);
  }
}

TEST_CASE("segments: sections that are there do not change") {
  const std::vector<Bytes> kernels = all_sorts();
  const Bytes before = packed({kernels.begin(), kernels.begin() + 20});
  const Bytes after = packed_in_steps(kernels, {20});
  const pack::SectionFile old(before, "old");
  const pack::SectionFile now(after, "now");
  std::size_t copied = 0;
  for (const pack::Section& section : old.sections()) {
    if (section.type == SectionType::sources) continue;
    const pack::Section& copy = now.sections()[copied + 1];
    CHECK(copy.type == section.type);
    CHECK(copy.hash == section.hash);
    CHECK(std::ranges::equal(old.stored(section), now.stored(copy)));
    ++copied;
  }
  CHECK(copied > 6);
}

TEST_CASE("segments: a kernel that the pack has without a source is not added again") {
  const std::vector<Bytes> kernels = sample_pack_kernels();
  const Bytes all = packed(kernels, pack::PackContents::types_only);
  const pack::StoredPack stored(all, "all");
  pack::Catalog less = stored.catalog();
  std::erase_if(less.sources, [](const pack::PackedSource& source) { return source.path != path_of(0); });
  const Bytes removed = pack::PackWriter(pack::PackContents::types_only).append(stored, less);
  const pack::StoredPack without(removed, "without");
  CHECK(without.catalog().sources.size() == 1);
  CHECK(without.catalog().kernels.size() == stored.catalog().kernels.size());
  CHECK(without.segments().size() == 1);

  pack::PackWriter writer(pack::PackContents::types_only);
  pack::Catalog again = without.catalog();
  const auto first = static_cast<std::uint32_t>(again.kernels.size());
  for (std::size_t i = 1; i < kernels.size(); ++i) {
    pack::PackedSource source;
    source.path = path_of(i);
    source.members = {{.path = "", .kernel = first + writer.add_kernel(kernels[i], source.path)}};
    again.sources.push_back(std::move(source));
  }
  CHECK((writer.append(without, again) == all));
}

TEST_CASE("segments: a pack of types only takes the types of a pack of everything, but not the other way round") {
  const std::vector<Bytes> kernels = all_sorts();
  const Bytes everything = packed_in_steps(kernels, {10});
  const Bytes types_only = packed(kernels, pack::PackContents::types_only);
  const pack::StoredPack from(everything, "everything");
  std::vector<std::uint32_t> all(from.catalog().kernels.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  pack::PackWriter writer(pack::PackContents::types_only);
  const std::vector<std::uint32_t> numbers = writer.add_kernels(from, all);
  pack::Catalog catalog = from.catalog();
  for (pack::PackedSource& source : catalog.sources) {
    for (pack::PackedMember& member : source.members) member.kernel = numbers[member.kernel];
  }
  CHECK((writer.finish(std::move(catalog)) == types_only));

  const pack::StoredPack less(types_only, "less");
  const std::uint32_t kernel = 0;
  CHECK(error_text([&] { (void)pack::PackWriter().add_kernels(less, std::span(&kernel, 1)); }) ==
        "wrong_file: less: a pack of types only; it can be INPUT only if PACK has types only as well (--types-only)");
}

TEST_CASE("segments: kernels of several packs give the pack that the kernels give") {
  const std::vector<Bytes> kernels = all_sorts();
  const Bytes one = packed_in_steps(kernels, {10, 20});
  const Bytes other = packed(kernels);
  pack::PackWriter writer;
  pack::Catalog catalog;
  const pack::StoredPack first(one, "one");
  const pack::StoredPack second(other, "other");
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    pack::PackedSource source;
    source.path = path_of(i);
    std::uint32_t number = 0;
    if (i % 3 == 0) {
      number = writer.add_kernel(kernels[i], source.path);
    } else {
      const pack::StoredPack& from = i % 3 == 1 ? first : second;
      const auto in_pack = std::ranges::find(from.catalog().sources, source.path, &pack::PackedSource::path);
      const std::uint32_t kernel = in_pack->members.at(0).kernel;
      number = writer.add_kernels(from, std::span(&kernel, 1)).at(0);
    }
    source.members = {{.path = "", .kernel = number}};
    catalog.sources.push_back(std::move(source));
  }
  std::ranges::sort(catalog.sources, {}, &pack::PackedSource::path);
  CHECK((writer.finish(std::move(catalog)) == other));
}

TEST_CASE("segments: section tables with segments that contradict each other are refused") {
  const auto error = [](auto change) {
    PackForge forge(sample_segments(), most_bytes);
    change(forge);
    const Bytes bytes = forge.bytes();
    return error_text([&] { (void)pack::Pack(bytes, "pack"); });
  };
  const auto set = [&](SectionType type, std::uint32_t segment, std::uint32_t to) {
    return error([&](PackForge& forge) {
      const auto found = std::ranges::find_if(forge.sections(), [&](const PackSection& section) {
        return section.type == type && section.segment == segment;
      });
      REQUIRE(found != forge.sections().end());
      found->segment = to;
    });
  };
  CHECK(error([](PackForge&) {}) == "no error");
  CHECK(set(SectionType::kernels, 1, 2) == "damaged: pack: section table: sections of kernels with a gap between them");
  CHECK(set(SectionType::kernels, 0, 1) == "damaged: pack: section table: sections of kernels with a gap between them");
  CHECK(set(SectionType::nodes, 1, 3) == "damaged: pack: section table: sections of nodes in a wrong segment");
  CHECK(set(SectionType::nodes, 0, 2) == "damaged: pack: section table: sections of nodes in a wrong segment");
  CHECK(set(SectionType::lists, 1, 0) == "damaged: pack: section table: sections of lists with a gap between them");
  CHECK(set(SectionType::lists, 2, 7) == "damaged: pack: section table: sections of lists in a wrong segment");
  CHECK(set(SectionType::keys, 1, 2) == "damaged: pack: section table: not as many keys as lists of keys");
  CHECK(set(SectionType::verbatim, 2, 256) == "damaged: pack: section table: too many segments");
  // A key of the first segment again.
  CHECK(error([](PackForge& forge) {
          PackSection& first = forge.section(SectionType::keys);
          const auto second = std::ranges::find_if(forge.sections(), [](const PackSection& section) {
            return section.type == SectionType::keys && section.segment == 1;
          });
          std::vector<Bytes> keys = streams_of(first.raw, 2);
          std::vector<Bytes> more = streams_of(second->raw, 2);
          more[0].clear();
          put_number(more[0], keys[0][1]);
          more[1] = {keys[1][1]};
          for (std::uint32_t i = 1; i < second->count; ++i) {
            more[0].push_back(2);
            more[1].push_back(4);
          }
          second->raw = joined_streams(more);
        }).starts_with("damaged: pack: keys: "));
}

TEST_CASE("segments: a pack has at most 256 segments, and chains of at most 16 kernels") {
  BtfForge forge;
  forge.integer("int", 4, 1);
  Bytes bytes = packed({forge.bytes()});
  const auto added = [&](std::uint32_t number) {
    const pack::StoredPack old(bytes, "pack");
    pack::PackWriter writer;
    pack::Catalog catalog = old.catalog();
    pack::PackedSource source;
    source.path = "n" + std::to_string(1000 + number) + ".btf";
    source.members = {{.path = "",
                       .kernel = static_cast<std::uint32_t>(old.catalog().kernels.size()) +
                                 writer.add_kernel(series_kernel(1, 8 + number), source.path)}};
    catalog.sources.push_back(std::move(source));
    return writer.append(old, std::move(catalog));
  };
  for (std::uint32_t i = 1; i < pack::max_segments; ++i) bytes = added(i);
  CHECK(pack::StoredPack(bytes, "pack").segments().size() == pack::max_segments);
  CHECK(longest_chain(pack::StoredPack(bytes, "pack")) == pack::max_chain);
  CHECK(error_text([&] { (void)added(1000); }) ==
        "unsupported: pack: the pack was added to 255 times, which is the limit; make it canonical first (--rebuild)");
  CHECK(pack::StoredPack(rebuilt(bytes), "pack").segments().size() == 1);
}

}  // namespace minbtf::test
