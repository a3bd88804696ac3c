// Values that a kernel's BTF has lost half of.
//
// ENUM has room for 32 bits, and ENUM64 came with Linux 6.0. pahole before 1.24 wrote enums of 64 bits as an ENUM of 8
// bytes, with the low halves of their values. libbpf reads such a value as any other of an ENUM, sign-extended
// (relo_core.c, bpf_core_calc_enumval_relo()), so that the program gets another number than its source has.
#pragma once

#include <optional>

#include "btf/view.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

/// If the record asks for the value of an enumerator, the object's own value is not what is left of it in 32 bits, and
/// the kernel has an ENUM of 8 bytes for it: both values. What the kernel's value was nobody can tell.
[[nodiscard]] std::optional<Explanation> cut_value(const btf::View& local, const object::Record& record,
                                                   const Resolution& resolution, const btf::View& kernel);

}  // namespace minbtf::minimize
