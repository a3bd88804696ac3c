// SPDX-License-Identifier: BSD-2-Clause
// Comparison with bpftool gen min_core_btf. min-btf keeps everything that bpftool keeps for a relocation, a larger
// result has a known reason, and a failing relocation does not prevent the output of a kernel.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <optional>

#include "oracle/btf_members.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

/// The objects as files, which bpftool needs.
struct Objects {
  TempDir directory;
  std::vector<OracleObject> objects;
  std::vector<std::string> paths;

  Objects() {
    listen_to_libbpf();
    objects = little_endian_objects();
    for (const OracleObject& object : objects) {
      std::string name = object.name();
      std::replace(name.begin(), name.end(), '/', '_');
      if (!name.ends_with(".o")) name += ".o";
      paths.push_back(directory.write(name, object.bytes));
    }
  }
};

/// Runs bpftool and returns its output. If bpftool writes nothing, returns nothing and stores the reason in `why`.
std::optional<std::vector<std::uint8_t>> bpftool(const TempDir& directory, const std::string& kernel,
                                                 const std::vector<std::string>& objects, std::string& why) {
  const std::string output = directory.file("bpftool.btf");
  std::filesystem::remove(output);
  std::vector<std::string> command = {"bpftool", "gen", "min_core_btf", kernel, output};
  command.insert(command.end(), objects.begin(), objects.end());
  const CommandResult result = run_command(command);
  if (result.status == 0 && std::filesystem::exists(output)) return bytes_of(output);
  why = result.err.substr(0, result.err.find('\n'));
  return std::nullopt;
}

/// Returns true if a relocation fails for which bpftool writes nothing for the kernel.
bool fails_for_bpftool(const OracleObject& object, ResolverTarget& kernel) {
  const std::vector<bool> all(object.parsed().programs().size(), true);
  const std::vector<Verdict> verdicts = object.resolver.resolve(kernel, all, Rules::linked);
  return std::any_of(verdicts.begin(), verdicts.end(),
                     [](const Verdict& verdict) { return verdict.failed() && !verdict.in_patch; });
}

bool is_long(const std::string& type) {
  return type.starts_with("int long int ") || type.starts_with("int long unsigned int ") ||
         type.starts_with("int long ") || type.starts_with("int unsigned long ");
}

struct Tally {
  std::size_t pairs = 0;
  std::size_t nothing_written = 0;
  std::size_t steps = 0;
  std::size_t larger = 0;
  std::size_t ours = 0;  ///< bytes
  std::size_t theirs = 0;
  std::vector<std::string> decided_otherwise;  ///< relocations that libbpf resolves differently with bpftool's file
  std::vector<std::string> missing;
  std::vector<std::string> unexplained;
};

/// One object on one kernel.
class Pair {
 public:
  Pair(const OracleObject& object, OracleKernel& kernel, const std::vector<std::uint8_t>& theirs, Tally& tally)
      : object_(object),
        kernel_(kernel),
        // bpftool keeps the kernel's layout: the same members can be compared.
        ours_(Plan({object.parsed()}, {}, Layout::kernel).minimize(kernel.btf).bytes),
        theirs_(theirs),
        our_target_(ours_, "ours"),
        their_target_(theirs_, "bpftool's"),
        tally_(tally) {}

  void compare() {
    tally_.ours += ours_.size();
    tally_.theirs += theirs_.size();
    compare_members();
    compare_verdicts();
    if (ours_.size() > theirs_.size()) explain();
  }

 private:
  [[nodiscard]] std::string name() const { return object_.name() + " on " + kernel_.name(); }

  void compare_members() {
    const std::set<PathStep> ours = members_of(our_target_.btf());
    for (std::size_t i = 0; i < object_.parsed().relocation_count(); ++i) {
      for (const std::vector<PathStep>& path : object_.resolver.paths(their_target_, i)) {
        for (const PathStep& step : path) {
          ++tally_.steps;
          if (ours.contains(step)) continue;
          tally_.missing.push_back(name() + ": relocation #" + std::to_string(i) + ": " + step.composite +
                                   "::" + step.name + " at bit " + std::to_string(step.bit_offset));
        }
      }
    }
  }

  void compare_verdicts() {
    const std::vector<bool> all(object_.parsed().programs().size(), true);
    const std::vector<Verdict> full = object_.resolver.resolve(kernel_.target, all, Rules::linked);
    const std::vector<Verdict> theirs = object_.resolver.resolve(their_target_, all, Rules::linked);
    for (std::size_t i = 0; i < full.size(); ++i) {
      if (full[i] == theirs[i]) continue;
      tally_.decided_otherwise.push_back(name() + ": relocation #" + std::to_string(full[i].relocation) +
                                         ":\n    kernel: " + full[i].text() + "\n    bpftool's: " + theirs[i].text());
    }
  }

  /// Checks that a larger result has one of these reasons: the INT from which loaders derive the pointer size; a second
  /// type of a name that bpftool keeps once; a member that bpftool leaves out of a type that both results have.
  void explain() {
    ++tally_.larger;
    const std::map<std::string, int> theirs = types_of(their_target_.btf());
    const std::map<std::string, int> more = surplus(types_of(our_target_.btf()), theirs);
    std::string reasons;
    bool all_known = true;
    for (const auto& [type, count] : more) {
      const bool known = is_long(type) || theirs.contains(type);
      all_known = all_known && known;
      reasons += " +" + std::to_string(count) + " " + type + (known ? "" : " (why?)");
    }
    std::string members;
    const std::set<PathStep> their_members = members_of(their_target_.btf());
    for (const PathStep& step : members_of(our_target_.btf())) {
      if (!their_members.contains(step)) members += " +" + step.composite + "::" + step.name;
    }
    const std::string line = name() + ": " + std::to_string(ours_.size()) + " bytes, bpftool " +
                             std::to_string(theirs_.size()) + ":" + reasons + members;
    std::cout << "  larger: " << line << '\n';
    if (!all_known || (more.empty() && members.empty())) tally_.unexplained.push_back(line);
  }

  const OracleObject& object_;
  OracleKernel& kernel_;
  std::vector<std::uint8_t> ours_;
  std::vector<std::uint8_t> theirs_;
  ResolverTarget our_target_;
  ResolverTarget their_target_;
  Tally& tally_;
};

/// Returns false, and reports what is missing, if there is no bpftool or no kernel. The test must then return.
bool available(const std::vector<KernelFile>& files) {
  if (run_command({"bpftool", "version"}).status != 0) {
    missing("bpftool");
    return false;
  }
  if (files.empty()) missing("a kernel's BTF");
  return !files.empty();
}

}  // namespace

TEST_CASE("bpftool: for all objects together the reduced BTF is never larger than bpftool's") {
  const std::vector<KernelFile> files = kernel_files();
  if (!available(files)) return;
  const Objects all;
  std::vector<std::string> larger;
  for (const KernelFile& file : files) {
    OracleKernel kernel = file.load();
    const std::string input = all.directory.write("kernel.btf", kernel.bytes);
    std::vector<std::string> paths;
    std::vector<BpfObject> parsed;
    for (std::size_t i = 0; i < all.objects.size(); ++i) {
      if (fails_for_bpftool(all.objects[i], kernel.target)) continue;
      paths.push_back(all.paths[i]);
      parsed.push_back(all.objects[i].parsed());
    }
    std::string why;
    const auto theirs = bpftool(all.directory, input, paths, why);
    const std::size_t ours = Plan(std::move(parsed)).minimize(kernel.btf).bytes.size();
    std::cout << kernel.name() << ": " << paths.size() << " of " << all.objects.size() << " objects: " << ours
              << " bytes, bpftool " << (theirs ? std::to_string(theirs->size()) : "nothing: " + why) << '\n';
    if (theirs && ours > theirs->size()) larger.push_back(kernel.name());
    CHECK(theirs.has_value());
  }
  CHECK(larger == std::vector<std::string>());
}

TEST_CASE(
    "bpftool: for each object the result has everything that bpftool keeps, and is larger only for known reasons") {
  const std::vector<KernelFile> files = selected_kernel_files();
  if (!available(files)) return;
  const Objects all;
  Tally tally;
  for (const KernelFile& file : files) {
    OracleKernel kernel = file.load();
    const std::string input = all.directory.write("kernel.btf", kernel.bytes);
    for (std::size_t i = 0; i < all.objects.size(); ++i) {
      const OracleObject& object = all.objects[i];
      ++tally.pairs;
      std::string why;
      if (const auto theirs = bpftool(all.directory, input, {all.paths[i]}, why)) {
        Pair(object, kernel, *theirs, tally).compare();
        continue;
      }
      ++tally.nothing_written;
      const Reduction ours = Plan({object.parsed()}).minimize(kernel.btf);
      std::cout << "  bpftool writes nothing, min-btf " << ours.bytes.size() << " bytes: " << object.name() << " on "
                << kernel.name() << ": " << why << '\n';
      if (ours.types == 0) tally.missing.push_back(object.name() + " on " + kernel.name() + ": nothing kept");
    }
  }
  std::cout << tally.pairs << " pairs of object and kernel: bpftool writes nothing for " << tally.nothing_written
            << "; of the others " << tally.steps << " members and enumerators on paths compared, " << tally.ours
            << " bytes against " << tally.theirs << ", " << tally.larger << " larger; on bpftool's files "
            << tally.decided_otherwise.size() << " relocations are decided otherwise than on the kernel\n";
  constexpr std::size_t examples = 10;
  for (std::size_t i = 0; i < std::min(examples, tally.decided_otherwise.size()); ++i) {
    std::cout << "  otherwise: " << tally.decided_otherwise[i] << '\n';
  }
  for (const std::string& each : tally.missing) std::cout << "  MISSING: " << each << '\n';
  for (const std::string& each : tally.unexplained) std::cout << "  UNEXPLAINED: " << each << '\n';
  CHECK(tally.steps > 0);
  CHECK(tally.missing.empty());
  CHECK(tally.unexplained.empty());
}

}  // namespace minbtf::test
