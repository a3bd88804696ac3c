// SPDX-License-Identifier: BSD-2-Clause
#include "manual/roff.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::manual;

TEST_CASE("roff: characters that roff prints as others, or reads as commands, are escaped") {
  CHECK(roff_escaped(R"(a\b -c 'd' "e" `f` ^ ~)") == R"(a\eb \-c \(aqd\(aq \(dqe\(dq \(gaf\(ga \(ha \(ti)");
  Roff roff;
  roff.text(".o and");
  roff.line(".SH");
  roff.line("'br");
  roff.macro(".SS", R"(a "b")");
  CHECK(roff.str() == "\\&.o and\n\\&.SH\n\\&'br\n.SS \"a \\(dqb\\(dq\"\n");
}

TEST_CASE("roff: text is divided at blanks, and a line that begins with a dot then is no command") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += " .x" + std::to_string(i);
  Roff roff;
  roff.text(text);
  std::size_t start = 0;
  std::size_t lines = 0;
  const std::string& page = roff.str();
  for (; start < page.size(); ++lines) {
    const std::size_t end = page.find('\n', start);
    CHECK(page.substr(start, 3) == "\\&.");
    CHECK(end - start <= 80);
    start = end + 1;
  }
  CHECK(lines > 1);
}

TEST_CASE("roff: placeholders are in italics and options in bold") {
  CHECK(roff_prose("give FILEs of a FILE with --fail-on=X (or -o), x-o, FILE_size, 64-bit; - is stdin", {"FILE"}) ==
        "give \\fIFILE\\fRs of a \\fIFILE\\fR with \\fB\\-\\-fail\\-on\\fR=X (or \\fB\\-o\\fR), x\\-o, FILE_size, "
        "64\\-bit; \\- is stdin");
  CHECK(roff_command_line("min-btf try [OPTION...] -C DIR --keep=KIND:NAME OUT.o") ==
        "\\fBmin\\-btf\\fR \\fBtry\\fR [\\fIOPTION\\fR...] \\fB\\-C\\fR \\fIDIR\\fR "
        "\\fB\\-\\-keep\\fR=\\fIKIND\\fR:\\fINAME\\fR \\fIOUT\\fR\\fB.o\\fR");
}
