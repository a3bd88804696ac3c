// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/alias_file.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/error_text.hpp"

using namespace minbtf::archive;
using namespace minbtf::test;

namespace {

using Words = std::vector<std::string>;

// Returns "ID/VERSION" for each name that the file gives to a kernel with the name ID/VERSION.
Words aliases_of(AliasFile& file, const std::string& id, const std::string& version) {
  Words words;
  for (const Distribution& each : file.aliases_of({{id, version}})) words.push_back(each.id + "/" + each.version);
  return words;
}

Words aliases_of(const std::string& text, const std::string& id, const std::string& version) {
  AliasFile file(text, "a.txt");
  return aliases_of(file, id, version);
}

}  // namespace

TEST_CASE("alias_file: a line gives the kernels on the right the name on the left") {
  CHECK(aliases_of("linuxmint/21 = ubuntu/22.04\n", "ubuntu", "22.04") == Words{"linuxmint/21"});
  CHECK(aliases_of("linuxmint/21=ubuntu/22.04", "ubuntu", "20.04").empty());
  CHECK(aliases_of("# comment\n\n  mint/1 = ubuntu/1 # rest\r\n", "ubuntu", "1") == Words{"mint/1"});
  CHECK(aliases_of("mint/1 = ubuntu/2?.04", "ubuntu", "22.04") == Words{"mint/1"});
}

TEST_CASE("alias_file: N.* are the known minor versions, and * is the version of the kernel") {
  CHECK(aliases_of("ol/7.* = ol/7", "ol", "7") ==
        Words{"ol/7.0", "ol/7.1", "ol/7.2", "ol/7.3", "ol/7.4", "ol/7.5", "ol/7.6", "ol/7.7", "ol/7.8", "ol/7.9"});
  CHECK(aliases_of("rhel/8.* = centos/8", "centos", "8").size() == 11);
  CHECK(aliases_of("raspbian/* = debian/*", "debian", "11") == Words{"raspbian/11"});
}

TEST_CASE("alias_file: a line also applies to the names that other lines give") {
  const std::string text = "c/1 = b/1\nb/1 = a/1\n";
  CHECK(aliases_of(text, "a", "1") == Words{"b/1", "c/1"});
  CHECK(aliases_of(text, "b", "1") == Words{"c/1"});
}

TEST_CASE("alias_file: bad lines are errors with the file and the line") {
  using Row = std::pair<const char*, const char*>;
  const auto [text, message] = GENERATE(
      Row{"\nubuntu\n", "damaged: a.txt: line 2: 'ubuntu' is not ID/VERSION = ID/VERSION"},
      Row{"a/1 = b\n", "damaged: a.txt: line 1: 'a/1 = b' is not ID/VERSION = ID/VERSION"},
      Row{"a/1 b/1\n", "damaged: a.txt: line 1: 'a/1 b/1' is not ID/VERSION = ID/VERSION"},
      Row{"a/1/x = b/1\n", "damaged: a.txt: line 1: 'a/1/x = b/1' is not ID/VERSION = ID/VERSION"},
      Row{"a/.. = b/1\n", "damaged: a.txt: line 1: 'a/.. = b/1' is not ID/VERSION = ID/VERSION"},
      Row{"\"a\"/1 = b/1\n",
          "damaged: a.txt: line 1: '\"a\"/1 = b/1' has quotes; ID/VERSION = ID/VERSION are written without quotes"},
      Row{"*/1 = b/1\n", "damaged: a.txt: line 1: */1: the ID before the '=' cannot have wildcards"},
      Row{"a/1* = b/1\n", "damaged: a.txt: line 1: a/1*: before the '=' only N.* and * are known"},
      Row{"debian/9.* = debian/9\n",
          "damaged: a.txt: line 1: debian/9.*: the minor versions are not known; write a line for each of them"});
  CAPTURE(text);
  CHECK(error_text([&, line = text] { static_cast<void>(AliasFile(line, "a.txt")); }) == message);
}

TEST_CASE("alias_file: control characters make a bad line, and a byte order mark is no part of a name") {
  for (const char control : {'\0', '\x01', '\x1b', '\x7f'}) {
    const std::string bad = std::string("n/x") + control + "1";
    for (const std::string& line : {bad + " = ubuntu/20.04", "n/x = " + bad}) {
      CHECK(error_text([&] { static_cast<void>(AliasFile(line + "\n", "a.txt")); }) ==
            "damaged: a.txt: line 1: a control character; a line is ID/VERSION = ID/VERSION");
    }
  }
  CHECK(aliases_of("\xef\xbb\xbfmint/1 = ubuntu/1\r\n", "ubuntu", "1") == Words{"mint/1"});
  CHECK(aliases_of("\xef\xbb\xbf# mint\nmint/1 = ubuntu/1", "ubuntu", "1") == Words{"mint/1"});
}

TEST_CASE("alias_file: lines in a loop are an error that names the lines") {
  const auto fails_with = [](const char* text) {
    return error_text([&] { static_cast<void>(AliasFile(text, "a.txt")); });
  };
  CHECK(fails_with("a/1 = a/1\n") == "damaged: a.txt: line 1: a/1 refers to itself");
  CHECK(fails_with("a/* = a/*\n") == "damaged: a.txt: line 1: a/* refers to itself");
  CHECK(fails_with("x/1 = y/1\na/1 = b/1\nb/1 = c/1\nc/1 = a/1\n") ==
        "damaged: a.txt: line 2: the lines refer to each other in a loop: lines 2, 3, 4");
  CHECK(fails_with("a/* = b/*\nb/2 = a/2\n") ==
        "damaged: a.txt: line 1: the lines refer to each other in a loop: lines 1, 2");
}

TEST_CASE("alias_file: lines that fit no kernel are listed") {
  AliasFile file("a/1 = b/1\n# x\nc/1 = d/*\n", "a.txt");
  CHECK(aliases_of(file, "b", "1") == Words{"a/1"});
  CHECK(file.unused() == Words{"a.txt: line 3: REDUCED has no kernel of d/*"});
}
