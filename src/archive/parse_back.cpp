#include "archive/parse_back.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <limits>
#include <memory>

#include "io/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

void parse_back(std::span<const std::uint8_t> bytes, std::uint32_t types, const std::string& name) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::internal, name, "", "the result is too large for BTF");
  }
  // What libbpf has to say is told by the exception. Set once: other threads may be in here.
  [[maybe_unused]] static const auto silenced = libbpf_set_print(nullptr);
  const std::unique_ptr<btf, decltype(&btf__free)> parsed(
      btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())), &btf__free);
  if (parsed == nullptr) {
    throw Error(ErrorKind::internal, name, "", "libbpf refuses the result: " + io::system_reason(errno));
  }
  const std::uint32_t counted = btf__type_cnt(parsed.get()) - 1;
  if (counted != types) {
    throw Error(ErrorKind::internal, name, "",
                "libbpf reads " + std::to_string(counted) + " types where " + std::to_string(types) + " were written");
  }
}

std::string libbpf_version() {
  const std::string version = libbpf_version_string();
  return version.starts_with('v') ? version.substr(1) : version;
}

}  // namespace minbtf::archive
