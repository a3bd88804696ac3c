// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/cilium_decisions.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

constexpr auto packages = "/usr/share/gocode";  // where Debian installs the sources of Go packages
constexpr std::size_t printed_differences = 20;

bool is_error(const std::string& decision) { return decision.starts_with("error: "); }

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream fields(line);
  for (std::string field; std::getline(fields, field, '\t');) out.push_back(field);
  return out;
}

/// cilium/ebpf 0.9 does not look at the member for field_signed: without a member it answers 0 if there is a candidate
/// at all, and libbpf fails or poisons. On the reduced BTF there may be no such candidate.
bool is_unread_member(const std::string& relocation, const std::string& on_full, const std::string& on_reduced) {
  const std::vector<std::string> fields = fields_of(relocation);
  const std::string& kind = fields.at(fields[0] == "alone" ? 1 : 3);
  return kind == "3" && on_full == "0->0" && on_reduced == "poison";
}

std::string function_of(const std::string& relocation) {
  const std::vector<std::string> fields = fields_of(relocation);
  return fields[0] == "together" ? fields.at(1) : std::string();
}

}  // namespace

Cilium::Cilium() {
  const CommandResult built = run_command(
      {"env", "GO111MODULE=off", std::string("GOPATH=") + packages, "GOPROXY=off", "GOFLAGS=", "GOTOOLCHAIN=local",
       "CGO_ENABLED=0", "GOCACHE=" TEST_GO_CACHE, "go", "build", "-o", program_, "."},
      {.directory = TEST_SOURCE_DIR "/tests/oracle/cilium"});
  if (built.status != 0) throw std::runtime_error("go build: " + built.err);
}

std::vector<CiliumDecisions> Cilium::decide(const std::vector<CiliumJob>& jobs) const {
  std::string lines;
  for (const CiliumJob& job : jobs) lines += job.btf + "\t" + job.object + "\n";
  const CommandResult result = run_command({program_}, {.stdin_path = directory_.write("jobs", lines)});
  if (result.status != 0) throw std::runtime_error("cilium/ebpf: " + result.err);
  std::vector<CiliumDecisions> out;
  std::istringstream output(result.out);
  for (std::string line; std::getline(output, line);) {
    if (line == "job") {
      out.emplace_back();
      continue;
    }
    const std::size_t tab = line.rfind('\t');
    const std::string relocation = line.substr(0, tab);
    const std::string decision = line.substr(tab + 1);
    if (relocation.starts_with("failed\t")) {
      out.back().failed[fields_of(relocation).at(1)] = decision;
    } else {
      out.back().decisions[relocation] = decision;
    }
  }
  if (out.size() != jobs.size()) throw std::runtime_error("cilium/ebpf: not all jobs have decisions");
  return out;
}

bool has_cilium_resolver() {
  if (run_command({"sh", "-c", "command -v go"}).status != 0) {
    missing("the program go (Debian: golang-go)");
    return false;
  }
  if (!std::filesystem::exists(std::string(packages) + "/src/github.com/cilium/ebpf/btf/core.go")) {
    missing("cilium/ebpf (Debian: golang-github-cilium-ebpf-dev)");
    return false;
  }
  return true;
}

void CiliumComparison::add(const CiliumDecisions& full, const CiliumDecisions& reduced, const std::string& where) {
  const auto differs = [&](const std::string& what, const std::string& before, const std::string& after) {
    std::string text = where + ": " + what;
    std::ranges::replace(text, '\t', ' ');
    differences.push_back(text + ": " + before + " became " + after);
  };
  without_result += full.failed.size();
  for (const auto& [function, error] : reduced.failed) {
    if (!full.failed.contains(function)) differs(function, "a result", error);
  }
  for (const auto& [relocation, decision] : full.decisions) {
    if (is_error(decision)) {
      ++without_result;
      continue;
    }
    if (reduced.failed.contains(function_of(relocation))) continue;
    ++decisions;
    ++(decision == "poison" ? poisoned : resolved);
    const auto found = reduced.decisions.find(relocation);
    const std::string& after = found == reduced.decisions.end() ? std::string("nothing") : found->second;
    if (after != decision && !is_unread_member(relocation, decision, after)) differs(relocation, decision, after);
  }
}

void CiliumComparison::print(const std::string& title) const {
  std::cout << title << ": cilium/ebpf decided " << decisions << " relocations on the full and the reduced BTF ("
            << resolved << " resolved, " << poisoned << " poisoned), " << without_result
            << " have no result on the full BTF; " << differences.size() << " differences\n";
  for (std::size_t i = 0; i < std::min(differences.size(), printed_differences); ++i) {
    std::cout << "  " << differences[i] << '\n';
  }
  std::cout << std::flush;
}

}  // namespace minbtf::test
