// BTF in C, by libbpf's btf_dump.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "io/text_buffer.hpp"
#include "libbpf/c_statements.hpp"
#include "libbpf/kfuncs.hpp"

namespace minbtf::libbpf {

/// BTF that can be written in C. libbpf is let at it only here, after c_checks.hpp.
class CDump {
 public:
  /// All types and the prototypes of kfuncs, as `bpftool btf dump file FILE format c` writes them, to be included as
  /// vmlinux.h. `bytes` are what `btf` was parsed from; both have to live as long. Throws Error where CheckForC does.
  static CDump all(std::span<const std::uint8_t> bytes, const btf::View& btf);
  /// Some types and what they need; none may be `void`. `others` are told in a comment. What has no statement of its
  /// own in C, as a pointer, becomes a typedef `type_ID`.
  static CDump some(std::span<const std::uint8_t> bytes, const btf::View& btf, const std::vector<std::uint32_t>& ids,
                    const std::vector<std::uint32_t>& others);

  /// Throws what `write` throws, std::bad_alloc, and Error (internal) if libbpf refuses what was checked.
  void write(const io::Write& write) const;

 private:
  CDump(std::span<const std::uint8_t> bytes, const btf::View& btf) : bytes_(bytes), btf_(&btf) {}

  std::span<const std::uint8_t> bytes_;
  const btf::View* btf_;
  bool all_ = false;
  std::vector<Kfunc> kfuncs_;  ///< if it is all
  Statements plan_;
  std::string comment_;
};

}  // namespace minbtf::libbpf
