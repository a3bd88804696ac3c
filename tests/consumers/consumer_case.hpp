// SPDX-License-Identifier: BSD-2-Clause
// Consumers of the artifacts that `ship` makes, as programs that look up the BTF of a host: tests/consumers/lookups.
//
// The lookups are written from the rules of the consumers' own code, and share nothing with src. Each has its rules at
// the top of its file.
//
// MINBTF_BCC_SRC=DIR puts BCC's own code in place of lookups/bcc.c. DIR has btf_helpers.c, btf_helpers.h and
// trace_helpers.h, and what these include, as the directory libbpf-tools of a checkout of github.com/iovisor/bcc does.
// The calls of btf_helpers.c that read os-release and uname are redirected (lookups/bcc_source.h).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/os/temp_dir.hpp"

namespace minbtf::test {

/// A machine that has no BTF of its own.
struct Host {
  std::string os_release;  ///< the contents of /etc/os-release
  std::string machine;     ///< what `uname -m` prints
  std::string release;     ///< what `uname -r` prints
};

/// Returns an os-release file with usual lines around ID and VERSION_ID. The values are written as they are, so quotes
/// are part of them; an empty `version_id` leaves out the line.
[[nodiscard]] std::string os_release(const std::string& id, const std::string& version_id);

/// Returns the SHA-256 of a file that a lookup finds, as it prints it.
[[nodiscard]] std::string hash_of(const std::string& contents);
/// The result of a lookup that finds nothing.
inline constexpr const char* not_found = "not found";

/// Returns true if the lookups in Go can be built. Otherwise reports the running test as skipped.
[[nodiscard]] bool has_go();

/// The consumers, by the names of the presets of `ship`.
inline const std::vector<std::string> consumers_in_c = {"bcc", "bpf-compatible", "boot"};
inline const std::vector<std::string> consumers_in_go = {"tracee", "kyanos", "ig", "ig-oci", "datadog", "btfhub"};

/// One consumer with one artifact.
class Consumer {
 public:
  /// `artifact` is what `ship` writes: a file for bcc, bpf-compatible, ig-oci and datadog; otherwise a directory, for
  /// tracee with `dist/btfhub` in it, for kyanos with `custom-archive`, for ig with `btfs/x86` or `btfs/arm64`, for
  /// boot with `boot`. Builds the program that embeds the artifact, if the consumer does that. Throws
  /// std::runtime_error if it cannot be built; the message has the output of the compiler.
  Consumer(const std::string& name, const std::filesystem::path& artifact);

  /// Returns the SHA-256 of the bytes that the consumer loads on the host, or not_found. Throws std::runtime_error if
  /// the lookup fails.
  [[nodiscard]] std::string find(const Host& host) const;

 private:
  void build_with_bcc(const std::string& sources, const std::filesystem::path& archive);
  void build_with_go(const std::string& name, const std::filesystem::path& tree);

  std::shared_ptr<TempDir> directory_ = std::make_shared<TempDir>();
  std::vector<std::string> command_;  ///< up to ARTIFACT
};

/// Builds the lookup `bcc` or `bpf-compatible` with an object that has the archive, as `embed` writes it, and returns
/// what it finds. Throws as Consumer does.
[[nodiscard]] std::string find_in_linked(const std::string& name, const std::filesystem::path& object,
                                         const Host& host);

}  // namespace minbtf::test
