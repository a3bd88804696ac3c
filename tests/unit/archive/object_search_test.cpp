// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/object_search.hpp"

#include <catch2/catch.hpp>

#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/ar_forge.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using archive::FoundObject;
using archive::ObjectPlace;
using archive::ObjectSearch;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes contents(const std::string& path) { return bytes_of(contents_of(path)); }

/// A search, and what it left out.
struct Search {
  TempDir directory;
  std::vector<std::string> left_out;
  ObjectSearch search;

  explicit Search(const archive::ObjectLimits& limits = {})
      : search(limits, [this](const Error& why) { left_out.emplace_back(why.what()); }) {}

  std::size_t add(const std::string& name, const Bytes& bytes) { return search.add(directory.write(name, bytes)); }

  /// Returns "FILE|MEMBER|OFFSET" for each place of an object, without the directory.
  [[nodiscard]] std::vector<std::string> places(std::size_t object) const {
    std::vector<std::string> all;
    for (const ObjectPlace& place : search.objects().at(object).places) {
      const std::string file = place.file.substr(place.file.rfind('/') + 1);
      all.push_back(file + "|" + place.member + "|" + (place.is_whole ? "whole" : std::to_string(place.offset)));
    }
    return all;
  }
};

Bytes wrapped(const Bytes& object) {
  Bytes bytes(5, 'x');
  bytes.insert(bytes.end(), object.begin(), object.end());
  bytes.push_back('x');
  return bytes;
}

}  // namespace

TEST_CASE("object_search: objects are found in files, ar archives, tars and archives in archives, each once") {
  const Bytes basic = contents(bpf_object("basic"));
  const Bytes big = contents(bpf_object("basic", "eb"));
  const Bytes library = ArForge().member("b.o/", basic).member("other.txt/", "text").bytes();
  const Bytes tar = TarForge().file("dist/lib.a", library).file("dist/prog", wrapped(big)).bytes();
  Search search;
  CHECK(search.add("a.o", basic) == 1);
  CHECK(search.add("lib.a", library) == 1);
  CHECK(search.add("all.tar.xz", compressed(tar, Compression::xz)) == 2);
  CHECK(search.add("x.deb", ArForge().member("data.tar.gz", compressed(tar, Compression::gzip)).bytes()) == 2);
  CHECK(search.add("b.o.zst", compressed(basic, Compression::zstd)) == 1);
  CHECK(search.add("nothing", Bytes(100, 'x')) == 0);
  CHECK(search.left_out.empty());
  REQUIRE(search.search.objects().size() == 2);
  const FoundObject& first = search.search.objects()[0];
  CHECK((first.bytes == basic));
  CHECK(first.byte_order == ByteOrder::little);
  CHECK(first.programs == 2);
  CHECK(first.relocations == 6);
  CHECK(first.note.empty());
  CHECK(first.damage.empty());
  CHECK(first.source.ends_with("basic.bpf.c"));
  CHECK((search.search.objects()[1].bytes == big));
  CHECK(search.search.objects()[1].byte_order == ByteOrder::big);
  CHECK(search.places(0) == std::vector<std::string>{"a.o||whole", "lib.a|b.o|whole", "all.tar.xz|dist/lib.a:b.o|whole",
                                                     "x.deb|data.tar.gz:dist/lib.a:b.o|whole", "b.o.zst||whole"});
  CHECK(search.places(1) == std::vector<std::string>{"all.tar.xz|dist/prog|5", "x.deb|data.tar.gz:dist/prog|5"});
}

TEST_CASE("object_search: what is damaged in an archive is left out, and the rest is found") {
  const Bytes object = sample_object();
  const Bytes cut(object.begin(), object.begin() + 200);
  const Bytes packed = compressed(object, Compression::gzip);
  const Bytes bad_gzip(packed.begin(), packed.end() - 20);
  const Bytes bad_ar = ArForge().header("x.o/", "9999").bytes();
  Search search;
  CHECK(search.add("all.tar", TarForge()
                                  .file("bad.gz", bad_gzip)
                                  .file("bad.a", bad_ar)
                                  .file("cut", cut)
                                  .file("../out.o", object)
                                  .symlink("link.o", "good.o")
                                  .file("good.o", object)
                                  .bytes()) == 1);
  const std::string tar = search.directory.file("all.tar") + ": ";
  REQUIRE(search.left_out.size() == 4);
  CHECK(search.left_out[0] == tar + "bad.gz: truncated gzip data");
  CHECK_THAT(search.left_out[1], Catch::StartsWith(tar + "bad.a: ar+0x8: "));
  CHECK(search.left_out[2] == tar + "cut: 0x0: a BPF object here is incomplete: its sections reach beyond the end");
  CHECK_THAT(search.left_out[3], Catch::StartsWith(search.directory.file("all.tar") + ": ../out.o: "));
  CHECK(search.places(0) == std::vector<std::string>{"all.tar|good.o|whole"});

  CHECK(error_text([&] { search.add("bad.gz", bad_gzip); }).starts_with("damaged: "));
  CHECK(error_text([&] { search.add("bad.a", bad_ar); }).starts_with("damaged: "));
  CHECK(error_text([&] { search.search.add(search.directory.file("missing")); }).starts_with("io: "));
  CHECK(search.search.objects().size() == 1);
}

TEST_CASE("object_search: archives in archives are opened up to four levels") {
  Bytes bytes = sample_object();
  for (int level = 1; level <= 6; ++level) {
    bytes = TarForge().file("x", bytes).bytes();
    Search search;
    CAPTURE(level);
    const std::size_t found = search.add("all.tar", bytes);
    CHECK(found == (level <= 4 ? 1 : 0));
    if (level <= 4) {
      CHECK(search.left_out.empty());
    } else {
      REQUIRE(search.left_out.size() == 1);
      CHECK_THAT(search.left_out[0], Catch::Contains("x:x:x:x: in more than 4 archives, one in the other"));
    }
  }
}

TEST_CASE("object_search: a member over the limit is left out, and the error names the option") {
  const Bytes object = sample_object();
  Search search({.unpack = {.kernel_bytes = object.size(), .size_option = "--max-member-size"}});
  CHECK(search.add("all.tar", TarForge().file("large", Bytes(object.size() + 1, 'x')).file("a.o", object).bytes()) ==
        1);
  REQUIRE(search.left_out.size() == 1);
  CHECK_THAT(search.left_out[0], Catch::Contains("all.tar: large: ") && Catch::Contains("(--max-member-size)"));
  CHECK_THAT(error_text([&] { search.add("large.gz", compressed(Bytes(object.size() + 1, 'x'), Compression::gzip)); }),
             Catch::StartsWith("unsupported: ") && Catch::Contains("(--max-member-size)"));
}

TEST_CASE("object_search: an object at the start of other bytes is not all of the file") {
  Bytes bytes = sample_object();
  bytes.push_back(0);
  Search search;
  CHECK(search.add("a.o", bytes) == 1);
  CHECK(search.places(0) == std::vector<std::string>{"a.o||0"});
  CHECK(search.search.objects().at(0).bytes.size() == bytes.size() - 1);
}

TEST_CASE("object_search: an object that cannot be parsed is found, with the reason") {
  Bytes bytes = sample_object({.edit_btf = [](Bytes& btf) { btf[0] = 0; }});
  Search search;
  CHECK(search.add("a.o", bytes) == 1);
  const FoundObject& object = search.search.objects().at(0);
  CHECK_THAT(object.damage, Catch::StartsWith(".BTF: "));
  CHECK(object.programs == 0);
  CHECK((object.bytes == bytes));
}

TEST_CASE("object_search: the total of unpacked bytes is limited, and the objects before are kept") {
  const Bytes object = sample_object();
  Bytes inner = TarForge().file("a", object).file("b", Bytes(3000, 'x')).bytes();
  // Two entries with 512 bytes each in the inner tar, one around it.
  const std::size_t total = 3 * 512 + object.size() + 3000 + inner.size();
  const Bytes tar = TarForge().file("t", inner).bytes();
  Search enough({.unpacked_bytes = total});
  CHECK(enough.add("all.tar", tar) == 1);
  CHECK(enough.add("again.tar", tar) == 1);
  Search search({.unpacked_bytes = total - 1});
  CHECK(error_text([&] { search.add("all.tar", tar); }) == "unsupported: " + search.directory.file("all.tar") +
                                                               ": t: over " + std::to_string(total - 1) +
                                                               " bytes are unpacked up to here");
  CHECK(search.search.objects().size() == 1);
  CHECK(search.left_out.empty());
}

TEST_CASE("object_search: a member of an ar archive counts as 512 unpacked bytes") {
  const Bytes library = ArForge().member("a/", "1").member("b/", "2").bytes();
  Search search({.unpacked_bytes = 1023});
  CHECK_THAT(error_text([&] { search.add("x.a", library); }),
             Catch::EndsWith(": over 1023 bytes are unpacked up to here"));
  CHECK(Search({.unpacked_bytes = 1024}).add("x.a", library) == 0);
}

TEST_CASE("object_search: the total of bytes that stay in memory is limited for all files together") {
  const Bytes object = sample_object();
  const Bytes other = sample_object({.order = ByteOrder::big});
  Search search({.kept_bytes = object.size() + other.size() / 2 + 2000});
  CHECK(search.add("a.o", object) == 1);
  CHECK(error_text([&] { search.add("b.o", other); }) ==
        "unsupported: " + search.directory.file("b.o") +
            ": 0x0: with this, the objects, their places and the messages have over " +
            std::to_string(object.size() + other.size() / 2 + 2000) + " bytes");
  CHECK(search.search.objects().size() == 1);
}

}  // namespace minbtf::test
