// SPDX-License-Identifier: BSD-2-Clause
// KernelList: a short text for a selection of many kernels.
#include "commands/check/kernel_list.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace minbtf::cli {

namespace {

/// A list of the kernels at `paths`, which are sorted. A path that ends in `*` is chosen.
struct Chosen {
  explicit Chosen(const std::vector<std::string>& paths) : kernels(releases(paths)) {
    for (const std::string& path : paths) flags.push_back(path.ends_with('*'));
  }
  static std::vector<Release> releases(const std::vector<std::string>& paths) {
    std::vector<Release> releases;
    for (const std::string& path : paths) releases.push_back(parse_release(path.substr(0, path.find('*'))));
    REQUIRE(std::ranges::is_sorted(releases, comes_before));
    return releases;
  }
  /// Returns the text of each range. No directory is chosen completely.
  [[nodiscard]] std::vector<std::string> ranges() const {
    std::vector<std::string> texts;
    for (const KernelGroup& group : kernels.groups(flags)) {
      CHECK_FALSE(group.is_whole);
      for (const KernelRange& range : group.ranges) texts.push_back(kernels.text_of(range));
    }
    return texts;
  }
  [[nodiscard]] std::vector<std::string> groups() const {
    std::vector<std::string> texts;
    std::size_t count = 0;
    for (const KernelGroup& group : kernels.groups(flags)) {
      texts.push_back(kernels.text_of(group));
      count += group.kernels;
    }
    CHECK(count == static_cast<std::size_t>(std::ranges::count(flags, true)));
    return texts;
  }

  KernelList kernels;
  std::vector<bool> flags;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("kernel_list: kernels that follow each other are a range") {
  CHECK(Chosen({"u/5.4.0-26-generic*", "u/5.4.0-28-generic*", "u/5.4.0-91-generic*", "u/z"}).ranges() ==
        Texts{"5.4.0-26 .. 5.4.0-91 generic, 3 kernels"});
  CHECK(Chosen({"u/5.4.0-26-generic*", "u/5.4.0-28-generic", "u/5.4.0-91-generic*"}).ranges() ==
        Texts{"5.4.0-26 generic", "5.4.0-91 generic"});
  CHECK(Chosen({"u/5.4.0-1-aws*", "u/5.4.0-2-aws*", "u/5.4.0-3-generic*", "u/z", "v/5.4.0-4-generic*"}).ranges() ==
        Texts{"5.4.0-1 .. 5.4.0-2 aws, 2 kernels", "5.4.0-3 generic", "5.4.0-4 generic"});
  CHECK(Chosen({"u/a*", "u/b*", "u/z"}).ranges() == Texts{"a", "b"});
  CHECK(Chosen({"u/a", "u/b"}).ranges().empty());
  CHECK(Chosen(Texts{}).ranges().empty());
}

TEST_CASE("kernel_list: a range names its flavour once") {
  CHECK(Chosen({"o/4.14.35-1902.el7uek.x86_64*", "o/4.14.35-2018.el7uek.x86_64*", "o/z"}).ranges() ==
        Texts{"4.14.35-1902.el7uek .. 4.14.35-2018.el7uek, 2 kernels"});
  CHECK(Chosen({"o/5.14.0-1.el9.aarch64+64k*", "o/5.14.0-2.el9.aarch64+64k*", "o/z"}).ranges() ==
        Texts{"5.14.0-1.el9 .. 5.14.0-2.el9 64k, 2 kernels"});
}

TEST_CASE("kernel_list: a directory that is chosen completely is named once") {
  CHECK(Chosen({"a/1/x/5.4.0-1-g*", "a/1/x/5.4.0-2-g*", "a/1/y/5.4.0-1-g*", "a/2/x/5.4.0-1-g*", "b/1/x/5.4.0-1-g"})
            .groups() == Texts{"a: all 4 kernels"});
  CHECK(Chosen({"a/1/x/5.4.0-1-g*", "a/1/x/5.4.0-2-g*", "a/1/y/5.4.0-1-g*", "a/2/x/5.4.0-1-g", "b/1/x/5.4.0-1-g*"})
            .groups() == Texts{"a/1: all 3 kernels", "b/1/x 5.4.0-1 g"});
  // The deepest directory that has all of the kernels is named.
  CHECK(Chosen({"a/1/x/5.4.0-1-g*", "a/1/x/5.4.0-2-g*", "b/1/x/5.4.0-1-g"}).groups() == Texts{"a/1/x: all 2 kernels"});
  CHECK(Chosen({"a/5.4.0-1-g*", "a/1/x/5.4.0-2-g*", "b/1/x/5.4.0-1-g"}).groups() == Texts{"a: all 2 kernels"});
  CHECK(Chosen({"a/5.4.0-1-g", "a/1/x/5.4.0-2-g*", "a/1/x/5.4.0-3-g*"}).groups() == Texts{"a/1/x: all 2 kernels"});
}

TEST_CASE("kernel_list: a directory that is chosen in part is listed by ranges") {
  CHECK(Chosen({"a/x/5.4.0-1-aws*", "a/x/5.4.0-2-aws*", "a/x/5.4.0-3-aws", "a/x/5.4.0-4-aws*", "a/x/5.4.0-1-g*",
                "a/x/vmlinux*", "a/y/5.4.0-1-g"})
            .groups() == Texts{"a/x 5.4.0-1 .. 5.4.0-2 aws, 2 kernels; 5.4.0-4 aws; 5.4.0-1 g; vmlinux"});
  CHECK(Chosen({"5.4.0-1-g*", "5.4.0-2-g", "a/5.4.0-1-g*"}).groups() == Texts{"5.4.0-1 g", "a 5.4.0-1 g"});
  // `a-b` is sorted between `a` and `a/c`.
  CHECK(Chosen({"a/5.4.0-1-g*", "a-b/5.4.0-1-g", "a/c/5.4.0-1-g*"}).groups() == Texts{"a: all 2 kernels"});
}

TEST_CASE("kernel_list: kernels without a directory are listed by ranges") {
  CHECK(Chosen({"5.4.0-1-g*", "5.4.0-2-g*"}).groups() == Texts{"5.4.0-1 .. 5.4.0-2 g, 2 kernels"});
  CHECK(Chosen(Texts{}).groups().empty());
}

TEST_CASE("kernel_list: an architecture is named only if all of its kernels are chosen, and others exist") {
  const auto architectures = [](const std::vector<std::string>& paths) {
    const Chosen chosen(paths);
    return chosen.kernels.architectures(chosen.flags);
  };
  CHECK(architectures({"a/1/arm64/1.1*", "a/1/x86_64/1.1", "b/arm64/1.1*", "b/s390x/1.1*"}) == Texts{"arm64", "s390x"});
  CHECK(architectures({"a/1/arm64/1.1*", "a/1/x86_64/1.1", "b/arm64/1.1", "b/s390x/1.1*"}).empty());
  CHECK(architectures({"a/arm64/1.1*", "b/arm64/1.1*"}).empty());  // no other architecture exists
  CHECK(architectures({"a/arm64/1.1*", "a/other/1.1", "b/x86_64/1.1"}) == Texts{"arm64"});
  CHECK(architectures({"a/arm64/1.1*", "a/other/1.1*", "b/x86_64/1.1"}).empty());
  CHECK(architectures({"1.1*", "1.2"}).empty());
  // Several words for one architecture.
  CHECK(architectures({"a/aarch64/1.1*", "b/arm64/1.1*", "b/x86_64/1.1"}) == Texts{"arm64"});
  CHECK(architectures({"a/aarch64/1.1*", "b/arm64/1.1", "b/x86_64/1.1"}).empty());
  CHECK(architectures({"a/aarch64/1.1*", "a/x86/1.1", "b/amd64/1.1"}) == Texts{"aarch64"});
}

}  // namespace minbtf::cli
