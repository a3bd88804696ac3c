// SPDX-License-Identifier: BSD-2-Clause
// Packs from a stranger: truncated, with changed bytes, and with contents that contradict each other behind right
// hashes. Each gives an error or a valid result within the limits.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "btf/view.hpp"
#include "minbtf/plan.hpp"
#include "pack/list_section.hpp"
#include "pack/pack.hpp"
#include "pack/pack_writer.hpp"
#include "pack/record_section.hpp"
#include "pack/stored_pack.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/os/guarded.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using pack::SectionType;

constexpr std::uint64_t most_kernel_bytes = 1 << 20;
constexpr std::size_t most_section_bytes = 1 << 20;
/// zstd's state, and room for the tables of a pack.
constexpr std::size_t always = std::size_t{32} << 10U;

const Plan& plan() {
  static const Plan plan({BpfObject::parse(sample_object(), "object")});
  return plan;
}

/// Opens a pack, makes all kinds of stand-ins of all kernels, and reduces them. Returns the number of stand-ins that
/// were reduced. Throws Error if something is refused.
std::size_t use(const Bytes& bytes) {
  const pack::Pack pack(bytes, "pack");
  const WantedTypes wanted = plan().wanted_types_of_all();
  std::size_t reduced = 0;
  for (std::uint32_t kernel = 0; kernel < pack.catalog().kernels.size(); ++kernel) {
    const pack::PackedKernel& facts = pack.catalog().kernels[kernel];
    for (const pack::StandInRequest& request :
         {pack::StandInRequest{.names = wanted.names, .name = "kernel"},
          pack::StandInRequest{.names = wanted.names, .follows_pointers = true, .name = "kernel"},
          pack::StandInRequest{.follows_pointers = true, .everything = true, .name = "kernel"}}) {
      Workspace workspace;
      io::Buffer memory;
      const auto btf = pack.kernel_btf(kernel, request, most_kernel_bytes, memory);
      if (plan().minimize(KernelBtf(btf, facts.bytes, facts.types), "kernel", workspace).bytes.size() > 24) ++reduced;
    }
  }
  return reduced;
}

std::string used(const Bytes& bytes) {
  (void)use(bytes);
  return "";
}

std::string wrong_with_pack(const std::string& what, const Bytes& bytes) {
  return wrong_with(what, bytes.size() + always, [&] { return used(bytes); });
}

/// Calls change(forge, section) for each section of the samples, which are stored without compression.
template <typename Change>
void for_each_section(Change&& change) {
  for (const Bytes& sample : {sample_pack(), sample_segments()}) {
    PackForge forge(sample, most_section_bytes);
    forge.plain();
    for (std::size_t i = 0; i < forge.sections().size(); ++i) change(forge, forge.sections()[i]);
  }
}

/// Returns all types of all kernels as BTF.
std::vector<Bytes> exported(const Bytes& bytes) {
  const pack::Pack pack(bytes, "pack");
  std::vector<Bytes> all;
  for (std::uint32_t kernel = 0; kernel < pack.catalog().kernels.size(); ++kernel) {
    io::Buffer memory;
    const auto btf = pack.kernel_btf(kernel, {.follows_pointers = true, .everything = true}, most_kernel_bytes, memory);
    all.emplace_back(btf.begin(), btf.end());
  }
  return all;
}

}  // namespace

TEST_CASE("hostile_packs: the sample has sections of all types, and kernels of all forms") {
  const Bytes bytes = sample_pack();
  CHECK(use(bytes) == 5 * 3);
  const pack::Pack pack(bytes, "pack");
  std::vector<std::uint32_t> types;
  for (const pack::Section& section : pack.file().sections()) types.push_back(static_cast<std::uint32_t>(section.type));
  std::ranges::sort(types);
  CHECK(types == std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  std::size_t groups = 0;
  std::size_t notes = 0;
  std::size_t verbatim = 0;
  for (std::uint32_t kernel = 0; kernel < pack.catalog().kernels.size(); ++kernel) {
    const pack::PackedKernel& facts = pack.catalog().kernels[kernel];
    groups += facts.has_groups ? 1 : 0;
    verbatim += facts.form == pack::PackedKernel::Form::verbatim ? 1 : 0;
    const auto source = pack.types(kernel);
    for (std::uint32_t key = 0; key < source->key_end(); ++key) {
      for (const pack::Entry& entry : source->list(key).entries) notes += entry.notes.size();
    }
  }
  CHECK(groups == 1);
  CHECK(notes >= 1);
  CHECK(verbatim == 1);
}

TEST_CASE("hostile_packs: a forged pack is the pack that was written") {
  const Bytes bytes = sample_pack();
  CHECK(use(PackForge(bytes, most_section_bytes).plain().bytes()) == use(bytes));
  CHECK(use(PackForge(bytes, most_section_bytes).compressed().bytes()) == use(bytes));
  PackForge forge(bytes, most_section_bytes);
  for (const PackSection& section : forge.sections()) {
    const std::size_t count = stream_count(section.type);
    if (count != 0) CHECK(joined_streams(streams_of(section.raw, count)) == section.raw);
  }
}

TEST_CASE("hostile_packs: every beginning of a pack is refused") {
  for (const Bytes& bytes : std::vector<Bytes>{
           sample_pack(), PackForge(sample_pack(), most_section_bytes).plain().bytes(), sample_segments()}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      const std::string wrong = wrong_with(std::to_string(length) + " bytes", length + always, [&] {
        (void)use(part);
        return "accepted";
      });
      CHECK(wrong == "");
    }
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK(error_text([&] { (void)use(longer); }) == "damaged: pack: more bytes than the header has");
  }
}

TEST_CASE("hostile_packs: a pack with a changed byte is refused, unless zstd decompresses it to the same") {
  const bool is_plain = GENERATE(true, false);
  PackForge forge(GENERATE(sample_pack(), sample_segments()), most_section_bytes);
  Bytes bytes = is_plain ? forge.plain().bytes() : forge.compressed().bytes();
  const std::vector<Bytes> expected = exported(bytes);
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::uint8_t before = bytes[at];
    for (const std::uint32_t change : {0x01U, 0x80U, 0xffU}) {
      bytes[at] = static_cast<std::uint8_t>(before ^ change);
      const std::string wrong = wrong_with("byte " + std::to_string(at), bytes.size() + always, [&] {
        const std::vector<Bytes> found = exported(bytes);
        ++accepted;
        return found == expected ? "" : "other types";
      });
      CHECK(wrong == "");
    }
    bytes[at] = before;
  }
  CHECK(accepted < bytes.size() / 10);
  if (!is_plain) return;
  // Extras of a segment that has none are not read.
  std::size_t unread = 0;
  for (const PackSection& section : forge.sections()) unread += section.count == 0 ? section.raw.size() : 0;
  CHECK(accepted == 3 * unread);
}

TEST_CASE("hostile_packs: a section with a changed byte and the right hash is refused or read within the limits") {
  std::size_t changes = 0;
  for_each_section([&](PackForge& forge, PackSection& section) {
    for (std::size_t at = 0; at < section.raw.size(); ++at) {
      const std::uint8_t before = section.raw[at];
      for (const int value : {0, 0xff, before + 1, before - 1, before ^ 0x80}) {
        section.raw[at] = static_cast<std::uint8_t>(value);
        if (section.raw[at] == before) continue;
        ++changes;
        const std::string what = pack::to_string(section.type) + ", byte " + std::to_string(at);
        const std::string wrong = wrong_with_pack(what, forge.bytes());
        if (!wrong.empty()) FAIL(wrong);
      }
      section.raw[at] = before;
    }
  });
  CHECK(changes > 5000);
}

TEST_CASE("hostile_packs: a section that is truncated or longer is refused or read within the limits") {
  for_each_section([&](PackForge& forge, PackSection& section) {
    const Bytes raw = section.raw;
    const std::string name = pack::to_string(section.type);
    for (std::size_t length = 0; length <= raw.size() + 1; ++length) {
      section.raw = raw;
      section.raw.resize(length);
      CHECK(wrong_with_pack(name + " of " + std::to_string(length) + " bytes", forge.bytes()) == "");
    }
    std::vector<Bytes> streams = streams_of(raw, stream_count(section.type));
    for (Bytes& stream : streams) {
      const Bytes whole = stream;
      for (std::size_t length = 0; length <= whole.size() + 1; ++length) {
        stream.resize(length);
        section.raw = joined_streams(streams);
        CHECK(wrong_with_pack(name + ", a stream of " + std::to_string(length) + " bytes", forge.bytes()) == "");
        stream = whole;
      }
    }
    section.raw = raw;
  });
}

TEST_CASE("hostile_packs: wrong numbers of elements in the section table are refused") {
  for_each_section([&](PackForge& forge, PackSection& section) {
    if (section.count == 0) return;  // extras of a segment that has none are not read
    const PackSection before = section;
    const auto refused = [&] {
      const std::string wrong = wrong_with("section", forge.bytes().size() + always, [&] {
        (void)use(forge.bytes());
        return "accepted";
      });
      INFO(pack::to_string(before.type) << " from " << section.first << ", " << section.count << " elements");
      CHECK(wrong == "");
      section = before;
    };
    for (const std::uint32_t count : {0U, before.count - 1, before.count + 1, 0x7fffffffU, 0xffffffffU}) {
      section.count = count;
      if (count != before.count) refused();
    }
    const bool has_blocks = section.type == SectionType::cuts || section.type == SectionType::nodes ||
                            section.type == SectionType::lists || section.type == SectionType::verbatim;
    for (const std::uint32_t segment : {before.segment + 1, 2U, 255U, 0xffffffffU}) {
      section.segment = segment;
      const bool has_segment = section.type == SectionType::kernels || section.type == SectionType::keys ||
                               section.type == SectionType::lists;
      if (segment != before.segment && has_segment) refused();
      section = before;
    }
    for (const std::uint32_t first : {before.first + 1, 0xffffffffU}) {
      section.first = first;
      if (has_blocks) refused();
      section = before;
    }
    for (const std::uint64_t raw_bytes : {before.raw.size() + 1, before.raw.size() - 1, std::size_t{1} << 28U,
                                          std::size_t{1} << 40U, std::numeric_limits<std::size_t>::max()}) {
      section.raw_bytes = raw_bytes;
      refused();
    }
  });
}

TEST_CASE("hostile_packs: a changed pack is refused by a writer, or gives a pack that can be read") {
  std::size_t written = 0;
  for_each_section([&](PackForge& forge, PackSection& section) {
    for (std::size_t at = 0; at < section.raw.size(); ++at) {
      const std::uint8_t before = section.raw[at];
      for (const int value : {before + 1, before ^ 0x80}) {
        section.raw[at] = static_cast<std::uint8_t>(value);
        const Bytes bytes = forge.bytes();
        INFO(pack::to_string(section.type) << ", byte " << at);
        try {
          const pack::StoredPack pack(bytes, "pack");
          std::vector<std::uint32_t> kernels(pack.catalog().kernels.size());
          std::iota(kernels.begin(), kernels.end(), 0);
          pack::PackWriter writer;
          const std::vector<std::uint32_t> numbers = writer.add_kernels(pack, kernels);
          pack::Catalog catalog = pack.catalog();
          for (pack::PackedSource& source : catalog.sources) {
            for (pack::PackedMember& member : source.members) member.kernel = numbers[member.kernel];
          }
          const Bytes rebuilt = writer.finish(std::move(catalog));
          CHECK(error_text([&] { (void)pack::Pack(rebuilt, "rebuilt"); }) == "no error");

          pack::PackWriter more;
          pack::Catalog sources = pack.catalog();
          pack::PackedSource source;
          source.path = "z.btf";
          source.members = {{.path = "",
                             .kernel = static_cast<std::uint32_t>(kernels.size()) +
                                       more.add_kernel(sample_kernel(ByteOrder::big), "z.btf")}};
          sources.sources.push_back(std::move(source));
          const Bytes longer = more.append(pack, std::move(sources));
          CHECK(error_text([&] { (void)pack::StoredPack(longer, "longer"); }) == "no error");
          ++written;
        } catch (const Error& error) {
          CHECK(error.kind() != ErrorKind::internal);
        }
      }
      section.raw[at] = before;
    }
  });
  CHECK(written > 50);
}

TEST_CASE("hostile_packs: missing, repeated and unknown sections") {
  const PackForge sample(sample_pack(), most_section_bytes);
  for (std::size_t i = 0; i < PackForge(sample).sections().size(); ++i) {
    PackForge missing = sample;
    missing.sections().erase(missing.sections().begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(error_text([&] { (void)use(missing.bytes()); }).starts_with("damaged: pack: "));
    PackForge twice = sample;
    twice.sections().push_back(twice.sections()[i]);
    CHECK(error_text([&] { (void)use(twice.bytes()); }).starts_with("damaged: pack: section table: "));
  }
  PackForge unknown = sample;
  unknown.sections().push_back({.type = static_cast<SectionType>(77), .flags = 0, .count = 3, .raw = {1, 2, 3}});
  CHECK(use(unknown.bytes()) == use(sample_pack()));
  unknown.sections().back().flags = pack::section_is_critical;
  CHECK(error_text([&] { (void)use(unknown.bytes()); }) ==
        "unsupported: pack: header: a section of the unknown type 77");
  PackForge flags = sample;
  flags.sections()[0].flags |= 4;
  CHECK(error_text([&] { (void)use(flags.bytes()); }).starts_with("unsupported: pack: header: "));
  PackForge complete = sample;
  complete.flags() = pack::flag_types_only;
  CHECK(error_text([&] { (void)use(complete.bytes()); }).starts_with("damaged: pack: header: "));
  complete.flags() = 2;
  CHECK(error_text([&] { (void)use(complete.bytes()); }).starts_with("unsupported: pack: header: "));
}

}  // namespace minbtf::test
