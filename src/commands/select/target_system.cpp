// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/target_system.hpp"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "cli/standard_streams.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::cli {

namespace {

/// Throws UsageError for a value that minbtf_system has no room for.
void refuse_long_options(const minbtf_system& system) {
  const auto refuse = [&](unsigned bit, const char* option, std::size_t capacity) {
    if ((system.too_long & bit) == 0) return;
    throw UsageError(fmt::format("--{}: over {} bytes, too long", option, capacity - 1));
  };
  refuse(MINBTF_TOO_LONG_MACHINE, "machine", sizeof system.machine);
  refuse(MINBTF_TOO_LONG_RELEASE, "release", sizeof system.release);
  refuse(MINBTF_TOO_LONG_BUILD, "build", sizeof system.build);
}

void warn_of_long_values(const TargetSystem& target, Reply& reply) {
  const auto warn = [&](unsigned bit, const char* name, std::size_t capacity) {
    if ((target.system.too_long & bit) == 0) return;
    reply.warn(fmt::format("{}: {} has over {} bytes and counts as absent", shown_path(target.os_release), name,
                           capacity - 1));
  };
  warn(MINBTF_TOO_LONG_ID, "ID", sizeof target.system.id);
  warn(MINBTF_TOO_LONG_VERSION_ID, "VERSION_ID", sizeof target.system.version_id);
  warn(MINBTF_TOO_LONG_ID_LIKE, "ID_LIKE", sizeof target.system.id_like);
}

void read_os_release(const std::string& path, TargetSystem& target) {
  const std::vector<std::uint8_t> text = io::InputFile(path).read_all(MINBTF_OS_RELEASE_MAX);
  minbtf_os_release_parse(&target.system, reinterpret_cast<const char*>(text.data()), text.size());
  target.os_release = path;
}

/// Reads the file of this machine, as minbtf_system_os_release() finds it.
void read_own_os_release(TargetSystem& target) {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    if (minbtf_system_os_release(&target.system, path) != MINBTF_OK) continue;
    target.os_release = path;
    return;
  }
  target.note = "neither /etc/os-release nor /usr/lib/os-release can be read";
}

bool is_same(const std::optional<std::string>& option, const char* own) { return !option || *option == own; }

/// Returns true if both are names of one machine.
bool is_same_machine(const std::optional<std::string>& option, const char* own) {
  return is_same(option, own) || (minbtf_machine(own) != 0 && minbtf_machine(option->c_str()) == minbtf_machine(own));
}

const char* text_of(const std::optional<std::string>& option, const char* other) {
  return option ? option->c_str() : other;
}

}  // namespace

TargetSystem target_system(const SelectOptions& options, Reply& reply) {
  minbtf_system own{};
  if (minbtf_system_uname(&own) != MINBTF_OK && !(options.machine && options.release)) {
    throw UsageError("the machine and the release of this kernel are unknown; give --machine and --release");
  }
  const bool is_own_kernel = is_same_machine(options.machine, own.machine) && is_same(options.release, own.release);
  TargetSystem target;
  minbtf_system_set_kernel(&target.system, text_of(options.machine, own.machine), text_of(options.release, own.release),
                           text_of(options.build, is_own_kernel ? own.build : ""));
  refuse_long_options(target.system);
  if (options.os_release) {
    read_os_release(*options.os_release, target);
  } else if (is_own_kernel && is_same(options.build, own.build)) {
    read_own_os_release(target);
  } else {
    target.note = "not that of this machine; --os-release names one";
  }
  warn_of_long_values(target, reply);
  return target;
}

}  // namespace minbtf::cli
