// A second opinion on what is about to be published: libbpf reads it.
//
// btf__new() of libbpf 1.1 lets bad type ids and string offsets pass, so this is no replacement for the checks of
// minbtf::Btf::parse(); it catches what libbpf would refuse to load.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minbtf::libbpf {

/// Throws Error (internal) if libbpf cannot read `bytes` or finds another number of types (`void` not counted) in it.
/// `name` stands for the result in the message.
void parse_back(std::span<const std::uint8_t> bytes, std::uint32_t types, const std::string& name);

/// From now on libbpf prints nothing, unless somebody sets another receiver afterwards.
void silence_libbpf() noexcept;

/// Why libbpf does not read raw BTF, in the system's words; empty if it does.
[[nodiscard]] std::string libbpf_refusal(std::span<const std::uint8_t> bytes);

/// The version of the libbpf at hand, such as "1.1".
[[nodiscard]] std::string libbpf_version();

}  // namespace minbtf::libbpf
