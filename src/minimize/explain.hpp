// Why a case came to what it did on one kernel, in words.
#pragma once

#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "minimize/answers.hpp"

namespace minbtf::minimize {

/// `resolution` is what the case came to; of a record that asks nothing the subject stays empty, and
/// if it is resolved there is nothing to explain.
[[nodiscard]] Explanation explain(const Planned& plan, const Case& each, const Answers& answers,
                                  const btf::View& kernel, const Resolution& resolution);

}  // namespace minbtf::minimize
