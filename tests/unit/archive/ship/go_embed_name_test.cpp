// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/go_embed_name.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "archive/ship/unicode_letters.hpp"

using namespace minbtf::archive;
using namespace std::string_literals;

TEST_CASE("go_embed_name: letters, digits and the allowed punctuation are taken") {
  for (const std::string path :
       {"debian/12/x86_64/6.12.100+deb12_a~b.btf", "a!#$%&()+,-.=@[]^_{}~ b", "-a", "~1", "a..b", " a", "PROGRA~1",
        "com0/com10/lpt/console.btf", "a.con", "\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87/1.btf", "\xf0\x90\x80\x80"}) {
    CAPTURE(path);
    CHECK(go_embed_refusal(path).empty());
  }
}

TEST_CASE("go_embed_name: names that CheckFilePath of golang.org/x/mod/module refuses have a reason") {
  struct Row {
    std::string path;
    std::string reason;
  };
  const std::array rows = {
      Row{"a/b\"c", "go:embed refuses names with \""},
      Row{"a'", "go:embed refuses names with '"},
      Row{"a*", "go:embed refuses names with *"},
      Row{"a:b/c", "go:embed refuses names with :"},
      Row{"a;b", "go:embed refuses names with ;"},
      Row{"a<", "go:embed refuses names with <"},
      Row{"a>", "go:embed refuses names with >"},
      Row{"a?", "go:embed refuses names with ?"},
      Row{"a\\b", "go:embed refuses names with \\"},
      Row{"a`", "go:embed refuses names with `"},
      Row{"a|b", "go:embed refuses names with |"},
      Row{"a\tb", "go:embed refuses names with control characters"},
      Row{"a\x7f", "go:embed refuses names with control characters"},
      Row{"a\0b"s, "go:embed refuses names with control characters"},
      Row{"", "go:embed refuses empty names"},
      Row{"a//b", "go:embed refuses empty names"},
      Row{"a/", "go:embed refuses empty names"},
      Row{"a./b", "go:embed refuses names that end with '.'"},
      Row{"..", "go:embed leaves out names that begin with '.' or '_'"},
      Row{"a/.b", "go:embed leaves out names that begin with '.' or '_'"},
      Row{"_a/b", "go:embed leaves out names that begin with '.' or '_'"},
      Row{"con/1.btf", "go:embed refuses names that Windows reserves: con"},
      Row{"a/AUX.1.btf", "go:embed refuses names that Windows reserves: aux"},
      Row{"NuL.btf", "go:embed refuses names that Windows reserves: nul"},
      Row{"prn", "go:embed refuses names that Windows reserves: prn"},
      Row{"com1", "go:embed refuses names that Windows reserves: com1"},
      Row{"LPT9.x", "go:embed refuses names that Windows reserves: lpt9"},
      Row{"a\xe2\x82\xac", "go:embed refuses names with \xe2\x82\xac, which is not a letter"},
      Row{"a\xc2\xa0", "go:embed refuses names with \xc2\xa0, which is not a letter"},
      Row{"a\xe0\xa5\xa6", "go:embed refuses names with \xe0\xa5\xa6, which is not a letter"},
      Row{"e\xcc\x81", "go:embed refuses names with \xcc\x81, which is not a letter"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(go_embed_refusal(row.path) == row.reason);
  }
  // Cut, a continuation alone, longer than necessary, a surrogate, over U+10FFFF.
  for (const char* path : {"a\xc3", "a\xc3(", "\x80", "\xc1\xa1", "\xe0\x81\xa1", "\xf0\x80\x81\xa1", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xff", "\xe4\xb8"}) {
    CAPTURE(path);
    CHECK(go_embed_refusal(path) == "go:embed refuses names that are not UTF-8");
  }
}

TEST_CASE("go_embed_name: unicode letters are found at the ends of the table and between") {
  for (const char32_t letter : {U'\u00aa', U'\u00b5', U'\u00e9', U'\u03a9', U'\u4e2d', U'\U00010000', U'\U0003134a'}) {
    CAPTURE(static_cast<std::uint32_t>(letter));
    CHECK(is_unicode_letter(letter));
  }
  for (const char32_t other : {U'\u0080', U'\u00d7', U'\u00f7', U'\u0301', U'\u20ac', U'\U0003134b', U'\U0010ffff'}) {
    CAPTURE(static_cast<std::uint32_t>(other));
    CHECK_FALSE(is_unicode_letter(other));
  }
}
