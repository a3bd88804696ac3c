// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/distribution.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "base/sorted.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

/// A major version of Red Hat Enterprise Linux and its rebuilds.
struct Major {
  unsigned number;
  std::string_view kernel;           ///< version of the kernel in all releases
  std::span<const unsigned> builds;  ///< build of the kernel of each minor version, from 0 on
  unsigned last_minor;
};

constexpr std::array builds_7 = {123U, 229U, 327U, 514U, 693U, 862U, 957U, 1062U, 1127U, 1160U};
constexpr std::array builds_8 = {80U, 147U, 193U, 240U, 305U, 348U, 372U, 425U, 477U, 513U, 553U};
constexpr std::array builds_9 = {70U, 162U, 284U, 362U, 427U, 503U, 570U, 611U};
// Source: https://access.redhat.com/articles/3078. A major version from 8 on ends with its minor version 10.
constexpr std::array majors = {Major{7, "3.10.0-", builds_7, 9}, Major{8, "4.18.0-", builds_8, 10},
                               Major{9, "5.14.0-", builds_9, 10}};

constexpr std::array family = {"almalinux"sv, "centos"sv, "ol"sv, "rhel"sv, "rocky"sv};

bool is_family(std::string_view id) { return std::ranges::find(family, id) != family.end(); }

bool exists(std::string_view id, unsigned major) { return major >= 8 || (id != "rocky" && id != "almalinux"); }

const Major* find_major(unsigned number) {
  const auto* const found = std::ranges::find(majors, number, &Major::number);
  return found == majors.end() ? nullptr : &*found;
}

/// Returns the number at the start of `text`, which is removed from `text`. Nothing if there is none.
std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// The part `elN`, `elN_M` or `elNuek` of a release.
struct Mark {
  unsigned major = 0;
  std::optional<unsigned> minor;
  bool is_uek = false;
};

std::optional<Mark> mark_of(std::string_view release) {
  for (std::size_t at = release.find(".el"); at != std::string_view::npos; at = release.find(".el", at + 1)) {
    std::string_view rest = release.substr(at + 3);
    const auto major = take_number(rest);
    if (!major) continue;
    Mark mark{.major = *major, .minor = {}};
    if (rest.starts_with('_')) {
      rest.remove_prefix(1);
      mark.minor = take_number(rest);
    }
    mark.is_uek = rest.starts_with("uek");
    return mark;
  }
  return std::nullopt;
}

/// Returns the minor version of the kernel: by its build, else by `_M` in the release.
std::optional<unsigned> minor_of(std::string_view release, const Mark& mark) {
  const Major* const major = find_major(mark.major);
  if (major == nullptr) return std::nullopt;
  if (release.starts_with(major->kernel)) {
    std::string_view rest = release.substr(major->kernel.size());
    const auto build = take_number(rest);
    const auto found = build ? std::ranges::find(major->builds, *build) : major->builds.end();
    if (found != major->builds.end()) return static_cast<unsigned>(found - major->builds.begin());
  }
  return mark.minor;
}

std::vector<std::string> versions_of(std::string_view release, const Mark& mark) {
  const std::string major = std::to_string(mark.major);
  std::vector<std::string> versions = {major};
  const auto minor = mark.is_uek ? std::nullopt : minor_of(release, mark);
  if (!minor) return versions;
  const Major* const known = find_major(mark.major);
  for (const unsigned each : {*minor, *minor + 1}) {
    if (known != nullptr && each <= known->last_minor) versions.push_back(major + "." + std::to_string(each));
  }
  return versions;
}

// Values in os-release files. Lists of the distributions in BTFHub's archive and others that are common.
constexpr std::array quoted_ids = {"almalinux"sv, "alinux"sv,    "amzn"sv,          "anolis"sv,
                                   "bclinux"sv,   "centos"sv,    "euleros"sv,       "kylin"sv,
                                   "ol"sv,        "openEuler"sv, "opensuse-leap"sv, "opensuse-tumbleweed"sv,
                                   "rhel"sv,      "rocky"sv,     "scientific"sv,    "sles"sv,
                                   "sles_sap"sv,  "tencentos"sv, "virtuozzo"sv};
constexpr std::array bare_ids = {"alpine"sv, "android"sv,  "arch"sv,   "azurelinux"sv, "cos"sv,       "debian"sv,
                                 "fedora"sv, "flatcar"sv,  "gentoo"sv, "kali"sv,       "linuxmint"sv, "mariner"sv,
                                 "nixos"sv,  "opensuse"sv, "photon"sv, "pop"sv,        "raspbian"sv,  "ubuntu"sv};
constexpr std::array bare_versions = {"alpine"sv, "cos"sv, "fedora"sv, "flatcar"sv, "photon"sv};

}  // namespace

std::vector<Distribution> distributions_of(const KernelPath& kernel) {
  std::vector<Distribution> result;
  const auto mark = mark_of(kernel.release);
  if (mark && is_family(kernel.id)) {
    for (const std::string_view id : family) {
      if (!exists(id, mark->major) || (mark->is_uek && id != "ol")) continue;
      for (std::string& version : versions_of(kernel.release, *mark)) {
        result.push_back({.id = std::string(id), .version = std::move(version)});
      }
    }
  }
  if (kernel.id == "amzn" && kernel.version == "2018") result.push_back({.id = "amzn", .version = "2018.03"});
  base::sort_unique(result);
  std::erase(result, Distribution{.id = kernel.id, .version = kernel.version});
  return result;
}

std::vector<std::string> minor_versions(std::string_view id, std::string_view major) {
  std::vector<std::string> versions;
  std::string_view rest = major;
  const auto number = take_number(rest);
  const Major* const known = number && rest.empty() ? find_major(*number) : nullptr;
  if (known == nullptr || !is_family(id) || !exists(id, *number)) return versions;
  for (unsigned minor = 0; minor <= known->last_minor; ++minor) {
    versions.push_back(std::string(major) + "." + std::to_string(minor));
  }
  return versions;
}

bool has_minor_version(std::string_view id) noexcept { return id != "centos" && is_family(id); }

Quotes quotes_of_id(std::string_view id) noexcept {
  if (std::ranges::find(quoted_ids, id) != quoted_ids.end()) return Quotes::yes;
  if (std::ranges::find(bare_ids, id) != bare_ids.end()) return Quotes::no;
  return Quotes::unknown;
}

bool has_bare_version(std::string_view id) noexcept {
  return std::ranges::find(bare_versions, id) != bare_versions.end();
}

}  // namespace minbtf::archive
