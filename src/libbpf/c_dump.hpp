// SPDX-License-Identifier: BSD-2-Clause
// Writes BTF in C with libbpf's btf_dump.
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

/// BTF that was checked (c_checks.hpp) and can be written in C. libbpf writes BTF only through this class.
class CDump {
 public:
  /// Checks all types and the prototypes of kfuncs. The text is a vmlinux.h, as `bpftool btf dump file FILE format c`
  /// writes it. `bytes` are the bytes that `btf` was parsed from. Both must outlive the result. Throws Error where
  /// CheckForC does.
  static CDump all(std::span<const std::uint8_t> bytes, const btf::View& btf);
  /// Checks the types `ids` and the types that they need. No id may be 0 (`void`). `others` are listed in a comment. A
  /// type without a statement of its own in C, such as a pointer, becomes a typedef `type_ID`. Lifetimes and errors are
  /// those of all() and plan_statements().
  static CDump some(std::span<const std::uint8_t> bytes, const btf::View& btf, const std::vector<std::uint32_t>& ids,
                    const std::vector<std::uint32_t>& others);

  /// Writes the text. Throws what `write` throws, std::bad_alloc, Error (damaged) if libbpf refuses the BTF, and Error
  /// (internal) if libbpf refuses a type that was checked.
  void write(const io::Write& write) const;

 private:
  CDump(std::span<const std::uint8_t> bytes, const btf::View& btf) : bytes_(bytes), btf_(&btf) {}

  std::span<const std::uint8_t> bytes_;
  const btf::View* btf_;
  bool all_ = false;
  std::vector<Kfunc> kfuncs_;  ///< only for all()
  Statements plan_;
  std::string comment_;
};

}  // namespace minbtf::libbpf
