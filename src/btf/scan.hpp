// The one pass over all types of a kernel: it finds where they are and checks them at once.
//
// This is where the time goes, so it only tells whether something is wrong; what that is, fault.hpp finds out.
#pragma once

#include "btf/view.hpp"
#include "wire/bytes.hpp"

namespace minbtf::btf {

/// Fills `index`. False unless every record lies within `types`, every name is below `string_bytes`, every type id
/// names a type of `types`, no kind is 0, and `layout` tells the size of every unknown kind.
[[nodiscard]] bool scan(const wire::ByteView& types, const wire::ByteView& layout, std::size_t string_bytes,
                        Index& index);

}  // namespace minbtf::btf
