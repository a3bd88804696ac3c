// SPDX-License-Identifier: BSD-2-Clause
#include "consumers/ship_case.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;

namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string unquoted(std::string text) {
  std::erase(text, '"');
  return text;
}

std::string id_in_os_release(const std::string& id) {
  static const std::set<std::string> with_quotes = {"centos", "rhel",     "rocky",         "almalinux", "ol",   "amzn",
                                                    "sles",   "sles_sap", "opensuse-leap", "bclinux",   "kylin"};
  return with_quotes.contains(id) ? quoted(id) : id;
}

std::string version_in_os_release(const std::string& id, const std::string& version) {
  return id == "fedora" ? version : quoted(version);
}

/// Returns the minor version whose first kernel has this build; -1 if there is none.
int minor_of(int major, int build) {
  static const std::map<int, std::vector<int>> builds = {{7, {123, 229, 327, 514, 693, 862, 957, 1062, 1127, 1160}},
                                                         {8, {80, 147, 193, 240, 305, 348, 372, 425, 477, 513, 553}}};
  const auto known = builds.find(major);
  if (known == builds.end()) return -1;
  const auto found = std::ranges::find(known->second, build);
  return found == known->second.end() ? -1 : static_cast<int>(found - known->second.begin());
}

std::string machine_of(const std::string& arch) {
  static const std::map<std::string, std::string> others = {
      {"arm64", "aarch64"}, {"armhf", "armv7l"}, {"i386", "i686"}};
  const auto found = others.find(arch);
  return found == others.end() ? arch : found->second;
}

void run_ship(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.begin(), "ship");
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CommandResult result = run_min_btf(arguments);
  if (result.status != 0) throw std::runtime_error("ship: " + result.err);
}

}  // namespace

std::vector<Distribution> distributions_of(const HubKernel& kernel) {
  const auto as_written = [](const std::string& id, const std::string& version) {
    return Distribution{id_in_os_release(id), version_in_os_release(id, version)};
  };
  std::smatch match;
  static const std::regex uek(R"(\.el(\d+)uek)");
  if (std::regex_search(kernel.release, match, uek)) return {as_written("ol", match[1])};
  static const std::regex enterprise(R"(-(\d+).*\.el(\d+))");
  if (!std::regex_search(kernel.release, match, enterprise)) {
    const bool is_first_amazon = kernel.id == "amzn" && kernel.version == "2018";
    return {as_written(kernel.id, is_first_amazon ? "2018.03" : kernel.version)};
  }
  const std::string major = match[2];
  std::vector<std::string> versions = {major};
  const int minor = minor_of(std::stoi(major), std::stoi(match[1]));
  const int last = major == "7" ? 9 : 10;
  for (const int each : {minor, minor + 1}) {
    if (minor >= 0 && each <= last) versions.push_back(major + "." + std::to_string(each));
  }
  std::vector<Distribution> all;
  for (const std::string id : {"centos", "rhel", "ol", "rocky", "almalinux"}) {
    if (major == "7" && (id == "rocky" || id == "almalinux")) continue;
    for (const std::string& version : versions) all.push_back(as_written(id, version));
  }
  return all;
}

Host host_of(const HubKernel& kernel, const Distribution& distribution) {
  return {os_release(distribution.id, distribution.version_id), machine_of(kernel.arch), kernel.release};
}

bool can_find(const std::string& consumer, const Distribution& distribution) {
  static const std::set<std::string> platforms = {"amzn", "centos",        "debian", "fedora", "ol",
                                                  "rhel", "opensuse-leap", "sles",   "ubuntu"};
  if (consumer == "ig") return !distribution.id.starts_with('"');
  if (consumer == "datadog") return platforms.contains(unquoted(distribution.id));
  return true;
}

bool is_found_by_release(const std::string& consumer) { return consumer == "boot" || consumer == "datadog"; }

Shipped::Shipped(const std::string& consumer, const fs::path& reduced, const std::vector<std::string>& more) {
  const std::string tree = reduced.string();
  const auto add = [&](const std::string& machine, const std::string& name, const fs::path& artifact) {
    by_machine_.emplace(machine, Consumer(name, artifact));
  };
  if (consumer == "bcc" || consumer == "bpf-compatible") {
    const fs::path archive = directory() / "min_core_btfs.tar.gz";
    run_ship({consumer, tree, archive}, more);
    add("", consumer, archive);
  } else if (consumer == "tracee" || consumer == "kyanos" || consumer == "btfhub") {
    const std::string inside = consumer == "tracee" ? "dist/btfhub" : consumer == "kyanos" ? "custom-archive" : "";
    run_ship({consumer, tree, directory() / inside}, more);
    add("", consumer, directory());
  } else if (consumer == "ig") {
    run_ship({consumer, tree, directory() / "btfs/{bpfarch}"}, more);
    add("x86_64", "ig-x86", directory());
    add("aarch64", "ig-arm64", directory());
  } else if (consumer == "boot") {
    for (const char* arch : {"x86_64", "arm64"}) {
      const fs::path root = directory() / arch;
      run_ship({consumer, tree, root / "boot", "--arch", arch}, more);
      add(machine_of(arch), consumer, root);
    }
  } else {
    const std::string suffix = consumer == "datadog" ? ".tar.xz" : ".tar.gz";
    run_ship({consumer, tree, directory() / ("btfs-{arch}" + suffix)}, more);
    add("x86_64", consumer, directory() / ("btfs-x86_64" + suffix));
    add("aarch64", consumer, directory() / ("btfs-arm64" + suffix));
  }
}

std::string Shipped::find(const Host& host) const {
  const auto own = by_machine_.find(host.machine);
  return own == by_machine_.end() ? by_machine_.at("").find(host) : own->second.find(host);
}

}  // namespace minbtf::test
