// SPDX-License-Identifier: BSD-2-Clause
// Archives and trees that a consumer cannot use, made by tar or by hand. They show that the lookups are as strict as
// the consumers: a lookup that accepted everything would prove nothing about `ship`.
#include <catch2/catch.hpp>

#include "consumers/consumer_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

const std::string release = "3.10.0-1160.el7.x86_64";
const std::string contents = "the contents of a BTF file";
const std::string other_contents = "other contents";

const Host centos{os_release("\"centos\"", "\"7\""), "x86_64", release};
const Host plain{os_release("debian", "\"10\""), "x86_64", "4.19.0-6-amd64"};
const Host unquoted_version{os_release("fedora", "38"), "x86_64", "6.2.9-300.fc38.x86_64"};
const Host arm{os_release("debian", "\"10\""), "aarch64", "4.19.0-6-arm64"};

const std::string found = hash_of(contents);
const std::string nothing = hash_of("");

/// A directory for artifacts.
struct Place {
  TempDir directory;

  [[nodiscard]] std::string write(const TarForge& tar, Compression compression) const {
    return directory.write("artifact", compressed(tar.bytes(), compression));
  }
  /// Runs tar in `root`, which has the tree.
  [[nodiscard]] std::string tar(const std::string& root, const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {"tar", "-C", (directory.path() / root).string(), "-cf",
                                        directory.file("artifact")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    REQUIRE(run_command(command).status == 0);
    return directory.file("artifact");
  }
  void file(const std::string& path, const std::string& text = contents) const { put(directory.path() / path, text); }
  void link(const std::string& path, const std::string& target) const {
    fs::create_directories((directory.path() / path).parent_path());
    fs::create_symlink(target, directory.path() / path);
  }
};

std::string find_in(const std::string& consumer, const TarForge& tar, const Host& host = centos) {
  const Place place;
  return Consumer(consumer, place.write(tar, Compression::gzip)).find(host);
}

TarForge with(const std::string& path, const std::string& text = contents) { return TarForge().file(path, text); }

}  // namespace

TEST_CASE("consumers: BCC's lookup finds a file at its path in an archive made by tar") {
  const Place place;
  place.file("tree/\"centos\"/7/x86_64/" + release + ".btf");
  place.file("tree/debian/10/aarch64/4.19.0-6-arm64.btf", other_contents);
  const Consumer bcc("bcc", place.tar("tree", {"--gzip", "."}));
  CHECK(bcc.find(centos) == found);
  CHECK(bcc.find(arm) == hash_of(other_contents));
  CHECK(bcc.find(plain) == not_found);
}

TEST_CASE("consumers: BCC's lookup needs the `./`, the quotes of ID and the name that uname prints") {
  const std::string path = "\"centos\"/7/x86_64/" + release + ".btf";
  CHECK(find_in("bcc", with("./" + path)) == found);
  CHECK(find_in("bcc", with(path)) == not_found);
  CHECK(find_in("bcc", with("././" + path)) == not_found);
  CHECK(find_in("bcc", with("./centos/7/x86_64/" + release + ".btf")) == not_found);
  CHECK(find_in("bcc", with("./\"debian\"/10/x86_64/4.19.0-6-amd64.btf"), plain) == not_found);
  CHECK(find_in("bcc", with("./debian/10/arm64/4.19.0-6-arm64.btf"), arm) == not_found);
  CHECK(find_in("bcc", with("./debian/10/aarch64/4.19.0-6-arm64.btf"), arm) == found);
}

TEST_CASE("consumers: BCC's lookup has an empty VERSION_ID if it is not in double quotes") {
  const std::string name = "/x86_64/6.2.9-300.fc38.x86_64.btf";
  CHECK(find_in("bcc", with("./fedora/38" + name), unquoted_version) == not_found);
  CHECK(find_in("bcc", with("./fedora/" + name), unquoted_version) == found);
}

TEST_CASE("consumers: BCC's lookup finds a link as a file without contents") {
  const Place place;
  place.file("tree/\"centos\"/7/x86_64/other.btf");
  place.link("tree/\"centos\"/7/x86_64/" + release + ".btf", "other.btf");
  CHECK(Consumer("bcc", place.tar("tree", {"--gzip", "--sort=name", "."})).find(centos) == nothing);
  CHECK(find_in("bcc", TarForge().hardlink("./\"centos\"/7/x86_64/" + release + ".btf", "./x")) == nothing);
}

TEST_CASE("consumers: BCC's lookup reads neither the prefix of a header nor pax headers nor a second gzip member") {
  const std::string name = "7/x86_64/" + release + ".btf";
  const auto split = [&](TarForge tar) {
    return tar.header({.name = name, .size = contents.size(), .link = "", .prefix = "./\"centos\""}).contents(contents);
  };
  CHECK(find_in("bcc", split(TarForge())) == not_found);

  const std::string path = "./\"centos\"/" + name;
  CHECK(find_in("bcc", TarForge().pax("path", path).file("short", contents)) == not_found);
  // A pax header that has only times does not matter.
  CHECK(find_in("bcc", TarForge().pax("mtime", "1.5").file(path, contents)) == found);

  const Place place;
  std::vector<std::uint8_t> two = compressed(TarForge().file("./x", "x").unfinished(), Compression::gzip);
  const auto second = compressed(with(path).bytes(), Compression::gzip);
  two.insert(two.end(), second.begin(), second.end());
  CHECK(Consumer("bcc", place.directory.write("two", two)).find(centos) == not_found);
}

TEST_CASE("consumers: BCC's lookup ends at the first empty block, and its first match wins") {
  const std::string path = "./\"centos\"/7/x86_64/" + release + ".btf";
  CHECK(find_in("bcc", TarForge().raw(std::vector<std::uint8_t>(512)).file(path, contents)) == not_found);
  CHECK(find_in("bcc", with(path).file(path, other_contents)) == found);
}

TEST_CASE("consumers: BCC's lookup cuts a path off at 99 characters") {
  const Host host{os_release("\"opensuse-leap\"", "\"15.3\""), "x86_64", std::string(64, 'r')};
  const std::string path = "./\"opensuse-leap\"/15.3/x86_64/" + host.release + ".btf";
  REQUIRE(path.size() < 100);
  CHECK(find_in("bcc", with(path), host) == found);
  const Host longer{os_release("\"opensuse-leap\"", "\"15.3.20251129\""), "x86_64", host.release};
  const std::string long_path = "./\"opensuse-leap\"/15.3.20251129/x86_64/" + host.release + ".btf";
  REQUIRE(long_path.size() > 100);
  CHECK(find_in("bcc", with(long_path), longer) == not_found);
  CHECK(find_in("bcc", with(long_path.substr(0, 99)), longer) == found);
}

TEST_CASE("consumers: bpf-compatible's lookup needs `./btfhub-archive` and no quotes") {
  const std::string path = "btfhub-archive/centos/7/x86_64/" + release + ".btf";
  CHECK(find_in("bpf-compatible", with("./" + path)) == found);
  CHECK(find_in("bpf-compatible", with(path)) == not_found);
  CHECK(find_in("bpf-compatible", with("./centos/7/x86_64/" + release + ".btf")) == not_found);
  CHECK(find_in("bpf-compatible", with("./btfhub-archive/\"centos\"/7/x86_64/" + release + ".btf")) == not_found);
  CHECK(find_in("bpf-compatible", with("./btfhub-archive/debian/10/arm64/4.19.0-6-arm64.btf"), arm) == not_found);
  CHECK(find_in("bpf-compatible", with("./btfhub-archive/fedora/38/x86_64/" + unquoted_version.release + ".btf"),
                unquoted_version) == found);

  const Place place;
  place.file("tree/" + path);
  CHECK(Consumer("bpf-compatible", place.tar("tree", {"--gzip", "."})).find(centos) == found);
  CHECK(Consumer("bpf-compatible", place.tar("tree", {"--gzip", "btfhub-archive"})).find(centos) == not_found);
}

TEST_CASE("consumers: bpf-compatible's lookup reads prefixes but no pax headers, and its last match wins") {
  const std::string path = "./btfhub-archive/centos/7/x86_64/" + release + ".btf";
  CHECK(find_in("bpf-compatible", TarForge()
                                      .header({.name = "7/x86_64/" + release + ".btf",
                                               .size = contents.size(),
                                               .link = "",
                                               .prefix = "./btfhub-archive/centos"})
                                      .contents(contents)) == found);
  CHECK(find_in("bpf-compatible", TarForge().pax("path", path).file("short", contents)) == not_found);
  CHECK(find_in("bpf-compatible", with(path).file(path, other_contents)) == hash_of(other_contents));
  CHECK(find_in("bpf-compatible", with(path).symlink(path, "other.btf")) == nothing);
}

TEST_CASE("consumers: the lookup in /boot takes ELF files with .BTF only") {
  const Place place;
  const std::vector<std::uint8_t> btf = kernel_btf();
  const std::string bytes(btf.begin(), btf.end());
  const fs::path elf = write_vmlinux(place.directory, "vmlinux", btf);
  fs::create_directories(place.directory.path() / "boot");
  fs::rename(elf, place.directory.path() / "boot/vmlinux-6.1.0");
  place.file("boot/vmlinux-6.2.0", bytes);
  const Consumer boot("boot", place.directory.path());
  CHECK(boot.find({"", "x86_64", "6.1.0"}) == hash_of(bytes));
  CHECK(boot.find({"", "x86_64", "6.2.0"}) == not_found);
  CHECK(boot.find({"", "x86_64", "6.3.0"}) == not_found);
}

TEST_CASE("consumers: a Go program that embeds a tree has no links and no names with quotes") {
  if (!has_go()) return;
  for (const auto& [name, root] : {std::pair{"tracee", "dist/btfhub/"}, std::pair{"kyanos", "custom-archive/"}}) {
    CAPTURE(name);
    const Place place;
    const std::string directory = std::string("tree/") + root;
    place.file(directory + "centos/7/x86_64/" + release + ".btf");
    place.link(directory + "debian/10/x86_64/4.19.0-6-amd64.btf", "../../../centos/7/x86_64/" + release + ".btf");
    place.file(directory + "debian/10/arm64/4.19.0-6-arm64.btf");
    const Consumer consumer(name, place.directory.path() / "tree");
    CHECK(consumer.find(centos) == found);
    CHECK(consumer.find(plain) == not_found);
    CHECK(consumer.find(arm) == not_found);

    // Go refuses a name that its pattern matches, and leaves it out without an error further down.
    place.file(directory + "debian/\"10\"/x86_64/4.19.0-6-amd64.btf");
    CHECK(Consumer(name, place.directory.path() / "tree").find(plain) == not_found);
    place.file(directory + "\"debian\"/10/x86_64/4.19.0-6-amd64.btf");
    CHECK_THROWS_WITH(Consumer(name, place.directory.path() / "tree"), Catch::Contains("invalid name"));
  }
}

TEST_CASE("consumers: Inspektor Gadget embeds no distribution whose ID is in quotes") {
  if (!has_go()) return;
  const Place place;
  place.file("tree/btfs/x86/centos/7/x86_64/" + release + ".btf");
  place.file("tree/btfs/x86/debian/10/x86_64/4.19.0-6-amd64.btf");
  place.file("tree/btfs/arm64/debian/10/aarch64/4.19.0-6-arm64.btf");
  const Consumer x86("ig-x86", place.directory.path() / "tree");
  CHECK(x86.find(plain) == found);
  CHECK(x86.find(arm) == not_found);
  CHECK(x86.find(centos) == not_found);
  CHECK(Consumer("ig-arm64", place.directory.path() / "tree").find(arm) == found);

  place.file("tree/btfs/x86/\"centos\"/7/x86_64/" + release + ".btf");
  CHECK_THROWS_WITH(Consumer("ig-x86", place.directory.path() / "tree"), Catch::Contains("invalid name"));
}

TEST_CASE("consumers: Inspektor Gadget's lookup in a layer needs quotes of ID, no `./`, and a file") {
  if (!has_go()) return;
  const std::string path = "\"centos\"/7/x86_64/" + release + ".btf";
  CHECK(find_in("ig-oci", with(path)) == found);
  CHECK(find_in("ig-oci", with("./" + path)) == not_found);
  CHECK(find_in("ig-oci", with("centos/7/x86_64/" + release + ".btf")) == not_found);
  CHECK(find_in("ig-oci", TarForge().symlink(path, "other.btf")) == nothing);
  CHECK(find_in("ig-oci", TarForge().pax("path", path).file("short", contents)) == found);
  CHECK(find_in("ig-oci", with("debian//x86_64/4.19.0-6-amd64.btf"),
                {os_release("debian", ""), "x86_64", plain.release}) == not_found);
}

TEST_CASE("consumers: DataDog's lookup needs PLATFORM/RELEASE.btf.tar.xz with one member RELEASE.btf") {
  if (!has_go()) return;
  const auto leaf = [](const std::string& member) {
    const auto bytes = compressed(with(member).bytes(), Compression::xz);
    return std::string(bytes.begin(), bytes.end());
  };
  const auto find = [&](const TarForge& tar, const Host& host = centos) {
    const Place place;
    return Consumer("datadog", place.write(tar, Compression::xz)).find(host);
  };
  const std::string good = leaf(release + ".btf");
  const std::string path = "centos/" + release + ".btf.tar.xz";
  CHECK(find(with(path, good)) == found);
  CHECK(find(with("./" + path, good)) == not_found);
  CHECK(find(with("centos/" + release + ".btf", contents)) == not_found);
  CHECK(find(with(path, leaf("vmlinux"))) == not_found);
  CHECK(find(with(path, leaf("centos/7/" + release + ".btf"))) == not_found);
  CHECK(find(with(path, contents)) == not_found);
  CHECK(find(TarForge().symlink(path, "other.btf.tar.xz")) == not_found);
  CHECK(find(with("x86_64/" + release + ".btf.tar.xz", good)) == not_found);

  // Rocky Linux is no platform of the agent.
  CHECK(find(with(path, good), {os_release("\"rocky\"", "\"8.9\""), "x86_64", release}) == not_found);
  // A release that only one platform has is used on all of them. If two have it, a host of a third one has none,
  // unless the release itself names one.
  const Host ubuntu{os_release("ubuntu", "\"18.04\""), "x86_64", "5.4.0-42-generic"};
  const std::string name = "5.4.0-42-generic.btf";
  CHECK(find(with("debian/" + name + ".tar.xz", leaf(name)), ubuntu) == found);
  TarForge two;
  two.file("debian/" + name + ".tar.xz", leaf(name)).file("fedora/" + name + ".tar.xz", leaf(name));
  CHECK(find(two, ubuntu) == not_found);
  two.file("ubuntu/18.04/" + name + ".tar.xz", leaf(name));
  CHECK(find(two, ubuntu) == found);
  CHECK(find(with("ubuntu/" + name + ".tar.xz", leaf(name)).file("ubuntu/20.04/" + name + ".tar.xz", leaf(name)),
             ubuntu) == not_found);
}

TEST_CASE("consumers: a download needs BTFHub's name of the architecture and a tar.xz of one file") {
  if (!has_go()) return;
  const auto packed = compressed(with("./any.btf").bytes(), Compression::xz);
  const std::string good(packed.begin(), packed.end());
  const Place place;
  place.file("hub/debian/10/arm64/4.19.0-6-arm64.btf.tar.xz", good);
  place.file("hub/debian/10/x86_64/4.19.0-6-amd64.btf.tar.xz", contents);
  place.file("hub/centos/7/x86_64/" + release + ".btf.tar.xz", good);
  const Consumer downloads("btfhub", place.directory.path() / "hub");
  CHECK(downloads.find(arm) == found);
  CHECK(downloads.find(centos) == found);
  CHECK(downloads.find(plain) == not_found);

  const Place wrong;
  wrong.file("hub/debian/10/aarch64/4.19.0-6-arm64.btf.tar.xz", good);
  CHECK(Consumer("btfhub", wrong.directory.path() / "hub").find(arm) == not_found);
}
