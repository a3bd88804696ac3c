// SPDX-License-Identifier: BSD-2-Clause
// Paths for libbpf, and minbtf_btf_find().
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bundle/temporary_file_paths.hpp"
#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

/// Returns the descriptors of this process.
std::set<std::string> open_files() {
  std::set<std::string> names;
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) names.insert(std::to_string(fd));
  }
  return names;
}

/// Options for a lookup in the bundle, without the kernel's own BTF.
minbtf_options options_for(const std::vector<std::uint8_t>& bundle, const minbtf_system& system) {
  minbtf_options options = {};
  options.kernel_btf = "";
  options.bundle = bundle.data();
  options.bundle_size = bundle.size();
  options.system = &system;
  return options;
}

minbtf_system focal() {
  minbtf_system system = {};
  minbtf_system_set_kernel(&system, "x86_64", "5.4.0-42-generic", "");
  const std::string text = "ID=ubuntu\nVERSION_ID=20.04\n";
  minbtf_os_release_parse(&system, text.data(), text.size());
  return system;
}

}  // namespace

TEST_CASE("bundle: a path for libbpf leads to the bytes, until it is closed") {
  const std::string large(300000, 'x');
  for (const std::string& bytes : {std::string("BTF"), large, std::string()}) {
    minbtf_btf_path path;
    REQUIRE(minbtf_btf_path_open(&path, bytes.data(), bytes.size()) == MINBTF_OK);
    REQUIRE(path.path != nullptr);
    const std::string name = path.path;
    CHECK(name.starts_with("/proc/self/fd/"));
    CHECK(path.is_file == 0);
    CHECK((fcntl(path.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(contents_of(name) == bytes);
    CHECK(contents_of(name) == bytes);
    const int fd = path.fd;
    errno = EXDEV;
    minbtf_btf_path_close(&path);
    CHECK(errno == EXDEV);
    CHECK(path.path == nullptr);
    CHECK(fcntl(fd, F_GETFD) == -1);
    minbtf_btf_path_close(&path);
  }
}

TEST_CASE("bundle: closing a path of which all bytes are 0, or twice, closes no descriptor") {
  const std::set<std::string> before = open_files();
  REQUIRE(before.count("0") == 1);
  minbtf_btf_path path = {};
  minbtf_btf_path_close(&path);
  CHECK(path.path == nullptr);
  CHECK(open_files() == before);

  REQUIRE(minbtf_btf_path_open(&path, "BTF", 3) == MINBTF_OK);
  const int fd = path.fd;
  minbtf_btf_path_close(&path);
  REQUIRE(dup2(0, fd) == fd);  // the number is in use again
  minbtf_btf_path_close(&path);
  CHECK(fcntl(fd, F_GETFD) != -1);
  close(fd);
  CHECK(open_files() == before);
}

TEST_CASE("bundle: without memfd_create, the path is that of a temporary file that only the user can read") {
  const TempDir directory;
  const std::string old = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  setenv("TMPDIR", directory.path().c_str(), 1);
  std::vector<minbtf_btf_path> paths(3);
  for (minbtf_btf_path& path : paths) REQUIRE(open_temporary_file(&path, "BTF", 3) == MINBTF_OK);
  for (minbtf_btf_path& path : paths) {
    const std::string name = path.path;
    CHECK(name.starts_with(directory.path().string() + "/minbtf-"));
    CHECK(path.is_file == 1);
    CHECK(contents_of(name) == "BTF");
    struct stat facts = {};
    REQUIRE(stat(name.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600);
    CHECK((fcntl(path.fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(directory.entries().size() == 3);
  for (minbtf_btf_path& path : paths) minbtf_btf_path_close(&path);
  CHECK(directory.entries().empty());

  setenv("TMPDIR", directory.file("none").c_str(), 1);
  minbtf_btf_path path;
  CHECK(open_temporary_file(&path, "BTF", 3) == MINBTF_SYSTEM_ERROR);
  CHECK(errno == ENOENT);
  CHECK(path.path == nullptr);
  // A relative directory, one whose name is too long, and an empty one: /tmp.
  for (const std::string& ignored : {std::string("relative"), "/" + std::string(300, 'x'), std::string()}) {
    setenv("TMPDIR", ignored.c_str(), 1);
    REQUIRE(open_temporary_file(&path, "BTF", 3) == MINBTF_OK);
    const std::string name = path.path;
    CHECK(name.starts_with("/tmp/minbtf-"));
    minbtf_btf_path_close(&path);
    CHECK(access(name.c_str(), F_OK) != 0);
  }
  old.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", old.c_str(), 1);
}

TEST_CASE("bundle: with the privileges of another user or group, TMPDIR is ignored") {
  if (geteuid() != 0) {
    skip_test("only root can take the privileges of another user");
    return;
  }
  const TempDir directory;
  REQUIRE(chmod(directory.path().c_str(), 0777) == 0);
  const std::string old = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  setenv("TMPDIR", directory.path().c_str(), 1);
  const auto name_of_file = [] {
    minbtf_btf_path path;
    if (open_temporary_file(&path, "BTF", 3) != MINBTF_OK) return std::string();
    std::string name = path.path;
    minbtf_btf_path_close(&path);
    return name;
  };
  CHECK(name_of_file().starts_with(directory.path().string() + "/minbtf-"));
  constexpr unsigned other = 65534;
  REQUIRE(setegid(other) == 0);
  const std::string of_group = name_of_file();
  REQUIRE(setegid(getgid()) == 0);
  CHECK(of_group.starts_with("/tmp/minbtf-"));
  REQUIRE(seteuid(other) == 0);
  const std::string of_user = name_of_file();
  REQUIRE(seteuid(getuid()) == 0);
  CHECK(of_user.starts_with("/tmp/minbtf-"));
  CHECK(directory.entries().empty());
  old.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", old.c_str(), 1);
}

TEST_CASE("bundle: the user's path comes before the kernel's own BTF, and this before the bundle") {
  const TempDir directory;
  const std::string user = directory.write("user.btf", "of the user");
  const std::string kernel = directory.write("vmlinux", "of the kernel");
  const std::vector<std::uint8_t> bundle = sample_bundle();
  const minbtf_system system = focal();
  minbtf_options options = options_for(bundle, system);
  options.kernel_btf = kernel.c_str();
  options.user_path = user.c_str();
  minbtf_btf_path path;

  CHECK(minbtf_btf_find(&path, &options) == MINBTF_USER_PATH);
  CHECK(path.path == user);
  CHECK(path.match.btf == nullptr);
  minbtf_btf_path_close(&path);
  CHECK(contents_of(user) == "of the user");

  // A path that cannot be read is an error: the user wanted this BTF.
  const std::string missing = directory.file("missing");
  options.user_path = missing.c_str();
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_SYSTEM_ERROR);
  CHECK(path.error == ENOENT);
  CHECK(path.path == nullptr);
  minbtf_btf_path_close(&path);

  // libbpf cannot read BTF from a directory, a FIFO or a device. The FIFO has no writer: open(2) would wait.
  const std::string fifo = directory.file("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const std::vector<std::pair<std::string, int>> irregular = {
      {directory.path().string(), EISDIR}, {fifo, EINVAL}, {"/dev/null", EINVAL}};
  for (const auto& [name, error] : irregular) {
    CAPTURE(name);
    options.user_path = name.c_str();
    CHECK(minbtf_btf_find(&path, &options) == MINBTF_SYSTEM_ERROR);
    CHECK(path.error == error);
    CHECK(path.path == nullptr);
    minbtf_btf_path_close(&path);
  }

  for (const char* none : {static_cast<const char*>(nullptr), ""}) {
    options.user_path = none;
    CHECK(minbtf_btf_find(&path, &options) == MINBTF_KERNEL_BTF);
    CHECK(path.path == kernel);
    minbtf_btf_path_close(&path);
    CHECK(path.path == nullptr);
  }
  options.kernel_btf = nullptr;
  const bool has_own = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  CHECK(minbtf_btf_find(&path, &options) == (has_own ? MINBTF_KERNEL_BTF : MINBTF_EXACT));
  CHECK((path.path == nullptr) == has_own);
  minbtf_btf_path_close(&path);

  options.kernel_btf = missing.c_str();
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_EXACT);
  REQUIRE(path.path != nullptr);
  CHECK(contents_of(path.path) == "BTF 4");
  CHECK(path.reason == MINBTF_EXACT);
  CHECK(path.match.size == 5);
  CHECK(std::string(path.system.release) == "5.4.0-42-generic");
  minbtf_btf_path_close(&path);
  CHECK(path.reason == MINBTF_EXACT);
}

TEST_CASE("bundle: a lookup for libbpf reports why there is no path, and leaves nothing open") {
  const std::set<std::string> before = open_files();
  const std::vector<std::uint8_t> bundle = sample_bundle();
  minbtf_system system = focal();
  minbtf_options options = options_for(bundle, system);
  minbtf_btf_path path;
  minbtf_system_set_kernel(&system, "x86_64", "5.4.0-43-generic", "");
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_NO_RELEASE);
  CHECK(path.path == nullptr);
  options.flags = MINBTF_NEAREST;
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_NEAREST_EQUAL);
  CHECK(path.match.nearest == MINBTF_NEAREST_FOUND);
  minbtf_btf_path_close(&path);

  options.bundle = nullptr;
  options.bundle_size = 0;
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_NOT_BUNDLE);
  minbtf_btf_path_close(&path);

  // A changed byte in a string, in the BTF that is found, and in another BTF.
  const auto find_in_damaged = [&](std::size_t at) {
    std::vector<std::uint8_t> damaged = bundle;
    damaged[at] ^= 1U;
    system = focal();
    options = options_for(damaged, system);
    const int reason = minbtf_btf_find(&path, &options);
    CHECK((reason > 0) == (path.path != nullptr));
    minbtf_btf_path_close(&path);
    return reason;
  };
  minbtf_bundle view;
  REQUIRE(minbtf_bundle_open(&view, bundle.data(), bundle.size()) == MINBTF_OK);
  minbtf_match match;
  system = focal();
  REQUIRE(minbtf_bundle_find(&view, &system, 0, &match) == MINBTF_EXACT);
  const auto found = static_cast<std::size_t>(static_cast<const std::uint8_t*>(match.btf) - bundle.data());
  CHECK(find_in_damaged(view.strings_off + 1U) == MINBTF_DAMAGED);
  CHECK(find_in_damaged(found) == MINBTF_DAMAGED);
  CHECK(find_in_damaged(found + match.size - 1) == MINBTF_DAMAGED);
  CHECK(find_in_damaged(bundle.size() - 1) == MINBTF_EXACT);
  CHECK(open_files() == before);
}

TEST_CASE("bundle: the running system is the default of a lookup for libbpf") {
  minbtf_options options = {};
  options.kernel_btf = "";
  const TempDir directory;
  const std::string os_release = directory.write("os-release", "ID=some\nVERSION_ID=1\n");
  options.os_release = os_release.c_str();
  minbtf_btf_path path;
  minbtf_system running;
  REQUIRE(minbtf_system_read(&running, os_release.c_str()) == MINBTF_OK);
  ForgedKernel kernel{.release = running.release, .id = "some", .version_id = "1", .content = "BTF of this kernel"};
  kernel.machine = minbtf_machine(running.machine);
  const std::vector<std::uint8_t> bundle = forge_bundle({kernel});
  options.bundle = bundle.data();
  options.bundle_size = bundle.size();
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_EXACT);
  CHECK(contents_of(path.path) == "BTF of this kernel");
  minbtf_btf_path_close(&path);

  // An os-release file that cannot be read is as absent.
  const std::string missing = directory.file("missing");
  options.os_release = missing.c_str();
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_RELEASE_ONLY);
  CHECK(path.system.os_release_error == ENOENT);
  minbtf_btf_path_close(&path);
  options.flags = MINBTF_STRICT;
  CHECK(minbtf_btf_find(&path, &options) == MINBTF_REFUSED_STRICT);
  minbtf_btf_path_close(&path);
}
