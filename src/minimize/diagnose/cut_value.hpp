// SPDX-License-Identifier: BSD-2-Clause
// Truncated values: enumerator values of which the kernel's BTF has only the low 32 bits.
//
// ENUM has room for 32 bits. ENUM64 came with Linux 6.0. pahole before 1.24 wrote an enum of 64 bits as an ENUM of 8
// bytes, with the low 32 bits of its values. libbpf sign-extends such a value like that of any other ENUM (relo_core.c,
// bpf_core_calc_enumval_relo()). The program then gets another number than its source has.
#pragma once

#include <optional>

#include "btf/view.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

/// Returns an explanation with the kernel's and the object's value if the resolution may have a truncated value:
///  1. The relocation is enumval_value, and is resolved.
///  2. The kernel's type is an ENUM of 8 bytes.
///  3. The object's own value is not equal to its low 32 bits, sign-extended.
/// The kernel's value before truncation is not known, so that the object's value stands in for it in rule 3.
[[nodiscard]] std::optional<Explanation> cut_value(const btf::View& local, const object::Record& record,
                                                   const Resolution& resolution, const btf::View& kernel);

}  // namespace minbtf::minimize
