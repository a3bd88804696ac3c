// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/readback.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <limits>
#include <memory>

#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

namespace {

using Parsed = std::unique_ptr<::btf, decltype(&btf__free)>;

/// Returns the parsed BTF. If libbpf refuses it, returns null and sets errno.
Parsed parse(std::span<const std::uint8_t> bytes) {
  silence_libbpf();  // the caller reports the error
  return {btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())), &btf__free};
}

bool is_too_large(std::span<const std::uint8_t> bytes) {
  return bytes.size() > std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

void parse_back(std::span<const std::uint8_t> bytes, std::uint32_t types, const std::string& name) {
  if (is_too_large(bytes)) throw Error(ErrorKind::internal, name, "", "the result is too large for BTF");
  const Parsed parsed = parse(bytes);
  if (parsed == nullptr) {
    throw Error(ErrorKind::internal, name, "", "libbpf refuses the result: " + io::system_reason(errno));
  }
  const std::uint32_t counted = btf__type_cnt(parsed.get()) - 1;
  if (counted != types) {
    throw Error(ErrorKind::internal, name, "",
                "libbpf reads " + std::to_string(counted) + " types where " + std::to_string(types) + " were written");
  }
}

void silence_libbpf() noexcept {
  // Only once: other threads may be inside libbpf.
  [[maybe_unused]] static const auto silenced = libbpf_set_print(nullptr);
}

std::string libbpf_refusal(std::span<const std::uint8_t> bytes) {
  if (is_too_large(bytes)) return io::system_reason(E2BIG);
  return parse(bytes) == nullptr ? io::system_reason(errno) : "";
}

std::string libbpf_version() {
  const std::string version = libbpf_version_string();
  return version.starts_with('v') ? version.substr(1) : version;
}

}  // namespace minbtf::libbpf
