// SPDX-License-Identifier: BSD-2-Clause
#include "bundle/hidden_btf.hpp"

#include <bpf/btf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "libbpf/loader_log.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

const char* const own_btf = "/sys/kernel/btf/vmlinux";

/// The directories of all places in `places`.
constexpr std::array directories = {"/sys/kernel/btf", "/boot", "/lib/modules", "/usr/lib/modules", "/usr/lib/debug"};

/// The list of btf__load_vmlinux_btf() in libbpf and of findVMLinux() in cilium/ebpf. RELEASE is the kernel's release.
constexpr std::array places = {"/sys/kernel/btf/vmlinux",
                               "/boot/vmlinux-RELEASE",
                               "/lib/modules/RELEASE/vmlinux-RELEASE",
                               "/lib/modules/RELEASE/build/vmlinux",
                               "/usr/lib/modules/RELEASE/kernel/vmlinux",
                               "/usr/lib/debug/boot/vmlinux-RELEASE",
                               "/usr/lib/debug/boot/vmlinux-RELEASE.debug",
                               "/usr/lib/debug/lib/modules/RELEASE/vmlinux"};

/// Returns false, and sets errno, if this process may not mount.
bool hide_btf() {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  for (const char* directory : directories) {
    if (::mount("none", directory, "tmpfs", MS_RDONLY, nullptr) != 0 && errno != ENOENT) return false;
  }
  return true;
}

utsname system_name() {
  utsname name{};
  if (::uname(&name) != 0) throw std::runtime_error("uname");
  return name;
}

}  // namespace

std::string hiding_obstacle() {
  if (!std::filesystem::exists(own_btf)) return "this machine's kernel has no BTF to make reduced BTF from";
  if (std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return obstacle;
  const int status = in_child([] { ::_exit(hide_btf() ? 0 : errno); });
  if (!WIFEXITED(status)) return "the process that mounts was killed";
  if (WEXITSTATUS(status) == 0) return "";
  return std::string("the kernel's BTF cannot be hidden in a mount namespace: ") + std::strerror(WEXITSTATUS(status));
}

CommandResult run_without_btf(const std::vector<std::string>& arguments) {
  CommandOptions options;
  options.in_child = [] {
    if (!hide_btf()) ::_exit(125);
  };
  return run_command(arguments, options);
}

std::vector<std::string> btf_left_without_btf() {
  const std::string expected = "cat: /sys/kernel/btf/vmlinux: No such file or directory\n";
  if (const CommandResult cat = run_without_btf({"env", "LC_ALL=C", "cat", own_btf}); cat.err != expected) {
    throw std::runtime_error("the kernel's BTF is not hidden: " + cat.err);
  }
  std::vector<std::string> left;
  for (std::string place : places) {
    const std::string field = "RELEASE";
    for (std::size_t at = place.find(field); at != std::string::npos; at = place.find(field)) {
      place.replace(at, field.size(), running_release());
    }
    if (run_without_btf({"test", "-e", place}).status != 1) left.push_back(place);
  }
  return left;
}

std::string running_release() { return system_name().release; }
std::string running_machine() { return system_name().machine; }

std::vector<std::uint8_t> with_swapped_members(std::span<const std::uint8_t> bytes, const std::string& one,
                                               const std::string& other) {
  const std::unique_ptr<btf, void (*)(btf*)> kernel(btf__new(bytes.data(), static_cast<__u32>(bytes.size())),
                                                    btf__free);
  if (!kernel) throw std::runtime_error("libbpf cannot read the kernel's BTF");
  const int one_name = btf__find_str(kernel.get(), one.c_str());
  const int other_name = btf__find_str(kernel.get(), other.c_str());
  if (one_name < 0 || other_name < 0) throw std::runtime_error("the kernel has no " + one + " or no " + other);
  for (__u32 id = 1; id < btf__type_cnt(kernel.get()); ++id) {
    const btf_type* type = btf__type_by_id(kernel.get(), id);
    if (!btf_is_composite(type)) continue;
    const std::span<btf_member> members(btf_members(type), btf_vlen(type));
    for (btf_member& member : members) {
      if (member.name_off == static_cast<__u32>(one_name)) {
        member.name_off = static_cast<__u32>(other_name);
      } else if (member.name_off == static_cast<__u32>(other_name)) {
        member.name_off = static_cast<__u32>(one_name);
      }
    }
  }
  __u32 size = 0;
  const auto* data = static_cast<const std::uint8_t*>(btf__raw_data(kernel.get(), &size));
  if (data == nullptr) throw std::runtime_error("libbpf cannot write the kernel's BTF");
  return {data, data + size};
}

}  // namespace minbtf::test
