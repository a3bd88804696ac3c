// SPDX-License-Identifier: BSD-2-Clause
#include "cli/object_options.hpp"

#include <fmt/format.h>

#include "archive/input/architecture_field.hpp"

namespace minbtf::cli {

OptionSpec include_object_option() {
  return {"include-object", "GLOB",
          "of a directory of objects, select only those whose path in it matches\n"
          "GLOB, such as '*_x86_bpfel.o'; {bpfarch} in GLOB is the architecture of\n"
          "the kernel, such as x86 or arm64; repeatable",
          true};
}

OptionSpec exclude_object_option() {
  return {"exclude-object", "GLOB",
          "of a directory of objects, leave out those whose path in it matches\n"
          "GLOB; repeatable",
          true};
}

archive::ObjectSelection object_selection_of(const ParsedLine& line) {
  for (const char* option : {"include-object", "exclude-object"}) {
    for (const std::string& glob : line.all(option)) {
      const std::string_view field = archive::unknown_field(glob);
      if (field.empty()) continue;
      throw UsageError(fmt::format("--{}={}: unknown field {}; the only field is {{bpfarch}}{}", option, glob, field,
                                   line.see_help()));
    }
  }
  return {.include = line.all("include-object"), .exclude = line.all("exclude-object")};
}

archive::ObjectList find_selected_objects(const std::vector<std::string>& arguments,
                                          const archive::ObjectSelection& selection, Reply& reply) {
  archive::ObjectList list = archive::find_objects(arguments, selection);
  const auto warn = [&](const char* option, const std::vector<std::string>& globs) {
    for (const std::string& glob : globs) {
      reply.warn(fmt::format("--{}={}: matches no object in a directory", option, glob));
    }
  };
  warn("include-object", list.unmatched_include);
  warn("exclude-object", list.unmatched_exclude);
  return list;
}

}  // namespace minbtf::cli
