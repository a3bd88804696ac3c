// SPDX-License-Identifier: BSD-2-Clause
// minbtf_system: os-release files and uname(2).
#include <sys/stat.h>
#include <sys/utsname.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "minbtf/bundle.h"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

minbtf_system parsed(const std::string& text) {
  // Memory of exactly the size of the text, without a NUL behind it.
  const std::vector<char> bytes(text.begin(), text.end());
  minbtf_system system = {};
  minbtf_os_release_parse(&system, bytes.data(), bytes.size());
  return system;
}

std::string id_of(const std::string& text) { return parsed(text).id; }

const std::string os_releases = std::string(TEST_SOURCE_DIR) + "/tests/bundle/os-release/";

}  // namespace

TEST_CASE("bundle: values of os-release are those of a shell") {
  CHECK(id_of("ID=a") == "a");
  CHECK(id_of("ID=\"a\"") == "a");
  CHECK(id_of("ID='a'") == "a");
  CHECK(id_of("ID=\"a b\"") == "a b");
  CHECK(id_of("ID='a b'") == "a b");
  CHECK(id_of("ID=a\\ b") == "a b");
  CHECK(id_of("ID='a\"b'") == "a\"b");
  CHECK(id_of("ID=\"a'b\"") == "a'b");
  CHECK(id_of("ID='a\\b'") == "a\\b");
  CHECK(id_of("ID=\"a\\b\\\"\\\\\\$\\`\"") == "a\\b\"\\$`");
  CHECK(id_of("ID=\\\"a\\\"") == "\"a\"");
  CHECK(id_of("ID=a#b") == "a#b");
  CHECK(id_of("ID=a #b") == "a");
  CHECK(id_of("ID=\"a\" # b") == "a");
  CHECK(id_of("ID=a=b") == "a=b");
  CHECK(id_of("ID=\"\"a''") == "a");
  CHECK(id_of("ID=") == "");
  CHECK(id_of("ID=\"\"") == "");
  CHECK(id_of("ID= a") == "");
  CHECK(id_of("ID") == "");
  CHECK(id_of("") == "");
  CHECK(id_of("ID=\xc3\xa4") == "\xc3\xa4");
}

TEST_CASE("bundle: a value of os-release that is not one word is absent") {
  CHECK(id_of("ID=b\nID=a b") == "");
  CHECK(id_of("ID=b\nID=\"a") == "");
  CHECK(id_of("ID=b\nID='a") == "");
  CHECK(id_of("ID=b\nID=a\\") == "");
  CHECK(id_of("ID=b\nID=\"a\\") == "");
  CHECK(id_of("ID=b\nID=\"a\\\"") == "");
  CHECK(id_of("ID=b\nID=\"a\" b") == "");
  CHECK(id_of(std::string("ID=b\nID=a\0c", 11)) == "");
  CHECK(id_of(std::string("ID=b\nID=\"a\\\0\"", 13)) == "");
}

TEST_CASE("bundle: the last assignment in os-release wins, and lines end with LF or CR LF") {
  CHECK(id_of("ID=a\nID=b\n") == "b");
  CHECK(id_of("ID=a\r\nID=b\r\n") == "b");
  CHECK(id_of("ID=a\nID=\n") == "");
  CHECK(id_of("\n\r\n  ID=a\n\n") == "a");
  CHECK(id_of("ID=a\r") == "a");
  CHECK(id_of("ID=a\rb") == "a\rb");
  CHECK(id_of("#ID=a") == "");
  CHECK(id_of("export ID=a") == "");
  CHECK(id_of("VERSION_ID=a\nIDX=b\nID_LIKE=c") == "");
  const minbtf_system system = parsed("VERSION_ID=\"8.4\"\nID=rhel\nID_LIKE='fedora x'");
  CHECK(std::string(system.id) == "rhel");
  CHECK(std::string(system.version_id) == "8.4");
  CHECK(std::string(system.id_like) == "fedora x");
}

TEST_CASE("bundle: a value that does not fit is absent and reported, and never cut") {
  const std::string longest(64, 'x');
  CHECK(id_of("ID=" + longest) == longest);
  minbtf_system system = parsed("ID=" + longest + "x\nVERSION_ID=\"" + longest + "y\"\nID_LIKE=" + longest);
  CHECK(std::string(system.id).empty());
  CHECK(std::string(system.version_id).empty());
  CHECK(std::string(system.id_like) == longest);
  CHECK(system.too_long == (MINBTF_TOO_LONG_ID | MINBTF_TOO_LONG_VERSION_ID));
  CHECK(std::string(parsed("ID_LIKE=\"" + std::string(256, 'x') + "\"").id_like) == std::string(256, 'x'));
  CHECK(parsed("ID_LIKE=" + std::string(257, 'x')).too_long == MINBTF_TOO_LONG_ID_LIKE);
  CHECK(parsed("ID_LIKE=" + std::string(10000, 'x')).too_long == MINBTF_TOO_LONG_ID_LIKE);
  // A later assignment makes it right.
  system = parsed("ID=" + longest + "x\nID=y");
  CHECK(std::string(system.id) == "y");
  CHECK(system.too_long == 0);

  minbtf_system_set_kernel(&system, longest.c_str(), (longest + "x").c_str(), std::string(100, 'b').c_str());
  CHECK(std::string(system.machine) == longest);
  CHECK(std::string(system.release).empty());
  CHECK(std::string(system.build).empty());
  CHECK(system.too_long == (MINBTF_TOO_LONG_RELEASE | MINBTF_TOO_LONG_BUILD));
  minbtf_system_set_kernel(&system, "x86_64", "5.4.0", nullptr);
  CHECK(std::string(system.release) == "5.4.0");
  CHECK(std::string(system.build).empty());
  CHECK(system.too_long == 0);
}

TEST_CASE("bundle: the running system is read by uname and the os-release file") {
  utsname names = {};
  REQUIRE(uname(&names) == 0);
  minbtf_system system;
  REQUIRE(minbtf_system_read(&system, (os_releases + "rhel-8.4").c_str()) == MINBTF_OK);
  CHECK(std::string(system.machine) == names.machine);
  CHECK(std::string(system.release) == names.release);
  CHECK(std::string(system.build) == names.version);
  CHECK(std::string(system.id) == "rhel");
  CHECK(std::string(system.version_id) == "8.4");
  CHECK(std::string(system.id_like) == "fedora");
  CHECK(system.too_long == 0);
  CHECK(system.os_release_error == 0);
  CHECK(minbtf_system_read(&system, nullptr) == MINBTF_OK);
  CHECK(std::string(system.release) == names.release);
}

TEST_CASE("bundle: an os-release file that cannot be read is reported, and its values are absent") {
  const TempDir directory;
  minbtf_system system;
  CHECK(minbtf_system_read(&system, directory.file("none").c_str()) == MINBTF_SYSTEM_ERROR);
  CHECK(system.os_release_error == ENOENT);
  CHECK(system.release[0] != 0);
  CHECK(system.id[0] == 0);
  minbtf_os_release_parse(&system, "ID=a\n", 5);
  CHECK(minbtf_system_os_release(&system, directory.path().c_str()) == MINBTF_SYSTEM_ERROR);
  CHECK(system.os_release_error == EISDIR);
  CHECK(system.id[0] == 0);
  // The FIFO has no writer: open(2) would wait.
  const std::string fifo = directory.file("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(minbtf_system_os_release(&system, fifo.c_str()) == MINBTF_SYSTEM_ERROR);
  CHECK(system.os_release_error == EINVAL);
  CHECK(minbtf_system_os_release(&system, "/dev/zero") == MINBTF_SYSTEM_ERROR);
  CHECK(system.os_release_error == EINVAL);

  const std::string line = "ID=a\n";
  errno = EXDEV;
  CHECK(minbtf_system_os_release(&system, directory.write("line", line).c_str()) == MINBTF_OK);
  CHECK(errno == EXDEV);
  const std::string most = line + std::string(MINBTF_OS_RELEASE_MAX - line.size(), '#');
  CHECK(minbtf_system_os_release(&system, directory.write("most", most).c_str()) == MINBTF_OK);
  CHECK(std::string(system.id) == "a");
  CHECK(minbtf_system_os_release(&system, directory.write("more", most + "#").c_str()) == MINBTF_SYSTEM_ERROR);
  CHECK(system.os_release_error == EFBIG);
  CHECK(system.id[0] == 0);
}
