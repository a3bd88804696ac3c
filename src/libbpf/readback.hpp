// SPDX-License-Identifier: BSD-2-Clause
// Lets libbpf read a result before it is published.
//
// btf__new() of libbpf 1.1 accepts some bad type ids and string offsets. It does not replace the checks of
// minbtf::Btf::parse(). It finds results that libbpf would refuse to load.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minbtf::libbpf {

/// Throws Error (internal) if libbpf cannot read `bytes`, or finds a number of types other than `types` (`void` not
/// counted). `name` names the result in the message.
void parse_back(std::span<const std::uint8_t> bytes, std::uint32_t types, const std::string& name);

/// Turns off libbpf's messages, until another print function is set.
void silence_libbpf() noexcept;

/// Returns the system's error text if libbpf refuses the raw BTF; empty if libbpf reads it.
[[nodiscard]] std::string libbpf_refusal(std::span<const std::uint8_t> bytes);

/// Returns the version of the linked libbpf, such as "1.1".
[[nodiscard]] std::string libbpf_version();

}  // namespace minbtf::libbpf
