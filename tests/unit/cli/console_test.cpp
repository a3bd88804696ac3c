// SPDX-License-Identifier: BSD-2-Clause
// Names from files, as they are printed to a terminal.
#include "cli/console.hpp"

#include <catch2/catch.hpp>

using minbtf::cli::printable;
using namespace std::string_view_literals;

TEST_CASE("console: printable text is not changed") {
  for (const auto text :
       {"task_struct"sv, ""sv, "grün €, 𝄞"sv, "\xc2\xa0"sv, "\xed\x9f\xbf\xee\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("console: control characters are escaped, those of C1 too") {
  CHECK(printable("a\nb\t\x1b[31m\x7f") == "a\\x0ab\\x09\\x1b[31m\\x7f");
  CHECK(printable("\0x"sv) == "\\x00x");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable("\xc2\x80\xc2\x9f") == "\\xc2\\x80\\xc2\\x9f");
}

TEST_CASE("console: characters that change the direction of text are escaped") {
  CHECK(printable("\xe2\x80\xae.btf") == "\\xe2\\x80\\xae.btf");
  CHECK(printable("\xe2\x80\x8f\xe2\x80\xaa") == "\\xe2\\x80\\x8f\\xe2\\x80\\xaa");
  CHECK(printable("\xe2\x81\xa6\xe2\x81\xa9") == "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
  // Their neighbours are not changed: zero-width joiner, hyphen, narrow no-break space, superscript zero.
  for (const auto text : {"\xe2\x80\x8d"sv, "\xe2\x80\x90"sv, "\xe2\x80\xaf"sv, "\xe2\x81\xb0"sv})
    CHECK(printable(text) == text);
}

TEST_CASE("console: bytes that are not UTF-8 are escaped") {
  CHECK(printable("\x9b"
                  "31m") == "\\x9b31m");
  CHECK(printable("gr\xfcn") == "gr\\xfcn");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");  // truncated
  CHECK(printable("\xe2\x82z") == "\\xe2\\x82z");
  CHECK(printable("\xc0\x9b") == "\\xc0\\x9b");  // an overlong encoding of U+001B
  CHECK(printable("\xe0\x82\x9b") == "\\xe0\\x82\\x9b");
  CHECK(printable("\xf0\x80\x82\x9b") == "\\xf0\\x80\\x82\\x9b");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("\xff\xc3\xbc") == "\\xff\xc3\xbc");
}
