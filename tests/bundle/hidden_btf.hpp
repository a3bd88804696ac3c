// SPDX-License-Identifier: BSD-2-Clause
// The BTF of the running kernel, hidden from a program: the program then loads only with BTF that it carries.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/os/run_command.hpp"

namespace minbtf::test {

/// Returns the reason why a program cannot be run without the BTF of the running kernel; empty if it can. It needs
/// root, a kernel with BPF, and BTF in /sys/kernel/btf/vmlinux, from which the tests make reduced BTF.
[[nodiscard]] std::string hiding_obstacle();

/// Runs the program in a mount namespace of its own, with an empty file system mounted over each directory in which
/// libbpf and cilium/ebpf search for the BTF of the running kernel.
[[nodiscard]] CommandResult run_without_btf(const std::vector<std::string>& arguments);

/// Returns the files with BTF of the running kernel, of all places in which libbpf 1.1 and cilium/ebpf 0.9 search, that
/// a program finds there if run_without_btf() runs it. Throws std::runtime_error unless /sys/kernel/btf/vmlinux gives
/// ENOENT there.
[[nodiscard]] std::vector<std::string> btf_left_without_btf();

/// Returns the kernel's release, as `uname -r` prints it, and its machine, as `uname -m`.
[[nodiscard]] std::string running_release();
[[nodiscard]] std::string running_machine();

/// Returns a copy of a kernel's BTF in which members named `one` are named `other`, and the other way round.
[[nodiscard]] std::vector<std::uint8_t> with_swapped_members(std::span<const std::uint8_t> btf, const std::string& one,
                                                             const std::string& other);

}  // namespace minbtf::test
