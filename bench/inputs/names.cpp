// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/names.hpp"

#include <array>
#include <cctype>
#include <initializer_list>

namespace minbtf::bench::names {

namespace {

// Some are also prefixes of the names that the objects use.
constexpr std::array subsystems = {
    "bpf",      "acpi",      "trace",  "perf",   "sctp",      "tcp",     "devlink", "kvm",     "flow",   "ethtool",
    "tomoyo",   "efi",       "xfrm",   "pci",    "xen",       "dma",     "blk",     "irq",     "cxl",    "nfs",
    "netlink",  "ieee80211", "audit",  "ZSTD",   "crypto",    "x86",     "intel",   "cgroup",  "ext4",   "inet",
    "sock",     "task",      "inode",  "dentry", "file",      "request", "mm",      "vm",      "cpu",    "sched",
    "rcu",      "net",       "nf",     "ip6",    "udp",       "usb",     "scsi",    "ata",     "snd",    "drm",
    "i915",     "thermal",   "clk",    "gpio",   "regulator", "power",   "pm",      "hrtimer", "key",    "security",
    "selinux",  "fs",        "bio",    "pid",    "signal",    "mnt",     "proc",    "kernfs",  "module", "workqueue",
    "device",   "bus",       "driver", "iommu",  "swiotlb",   "page",    "slab",    "zone",    "memcg",  "hugetlb",
    "io_uring", "tty",       "serial", "input",  "hid",       "led"};

constexpr std::array verbs = {"get",        "set",     "put",    "init",  "exit",  "alloc",  "free",   "register",
                              "unregister", "read",    "write",  "show",  "store", "probe",  "remove", "handle",
                              "update",     "check",   "add",    "del",   "find",  "lookup", "start",  "stop",
                              "enable",     "disable", "wait",   "wake",  "send",  "recv",   "parse",  "dump",
                              "lock",       "unlock",  "map",    "unmap", "flush", "sync",   "insert", "create",
                              "destroy",    "attach",  "detach", "do",    "try"};

constexpr std::array nouns = {
    "struct", "info",    "data",   "ops",     "state",  "list",   "node",    "event",   "entry",  "table",  "queue",
    "lock",   "mutex",   "flags",  "handler", "name",   "type",   "ent",     "id",      "size",   "len",    "count",
    "index",  "next",    "prev",   "head",    "tail",   "parent", "child",   "owner",   "dev",    "device", "bus",
    "addr",   "offset",  "mask",   "bits",    "mode",   "priv",   "private", "param",   "params", "args",   "attr",
    "attrs",  "group",   "cb",     "func",    "work",   "timer",  "delay",   "timeout", "start",  "end",    "stats",
    "stat",   "counter", "ref",    "kref",    "rcu",    "buf",    "buffer",  "page",    "pages",  "ring",   "desc",
    "ctx",    "context", "config", "caps",    "policy", "rule",   "key",     "value",   "hash",   "slot",   "port",
    "proto",  "hdr",     "header", "msg",     "req",    "resp",   "status",  "reg",     "irq",    "clock",  "freq",
    "rate",   "level",   "limit",  "range",   "region", "root",   "path",    "dir"};

std::string join(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!all.empty() && all.back() != '_') all += '_';
    all += part;
  }
  return all;
}

std::string_view subsystem(Random& random) { return subsystems[random.small_below(subsystems.size())]; }
std::string_view verb(Random& random) { return random.any(verbs); }
std::string_view noun(Random& random) { return random.any(nouns); }
std::string_view perhaps_noun(Random& random, std::uint32_t chance) {
  return random.percent(chance) ? noun(random) : "";
}

// C++ evaluates the elements of an initializer list from left to right, but arguments of a function in any order.
// Random words must be drawn in a fixed order.
std::string event(Random& random, std::string_view beginning) {
  return join({beginning, subsystem(random), verb(random), noun(random)});
}

}  // namespace

std::string structure(Random& random) {
  const std::uint32_t sort = random.below(100);
  if (sort < 6) return event(random, "trace_event_raw");
  if (sort < 12) return event(random, "trace_event_data_offsets");
  return join({subsystem(random), noun(random), noun(random), perhaps_noun(random, 20)});
}

std::string typedef_(Random& random) {
  if (random.percent(50)) return event(random, "btf_trace");
  return join({subsystem(random), noun(random), perhaps_noun(random, 30), "t"});
}

std::string function(Random& random) {
  static constexpr std::array generated = {"__bpf_trace",      "perf_trace",  "trace_event_raw_event",
                                           "trace_raw_output", "__traceiter", "__x64_sys"};
  if (random.percent(12)) return event(random, random.any(generated));
  return join(
      {random.percent(15) ? "__" : "", subsystem(random), verb(random), noun(random), perhaps_noun(random, 35)});
}

std::string variable(Random& random) { return join({subsystem(random), noun(random), noun(random)}); }

std::string member_prefix(Random& random) {
  if (random.percent(55)) return "";
  const std::string_view from = subsystem(random);
  return std::string(from.substr(0, 1 + random.below(4)));
}

std::string enumerator_prefix(Random& random) {
  return join({subsystem(random), noun(random), perhaps_noun(random, 30)});
}

std::string member(Random& random, std::string_view prefix) {
  return join({prefix, noun(random), perhaps_noun(random, 45), perhaps_noun(random, 8)});
}

std::string enumerator(Random& random, std::string_view prefix) {
  std::string name = join({prefix, noun(random), perhaps_noun(random, 40)});
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace minbtf::bench::names
