#include "cli/object_options.hpp"

#include <fmt/format.h>

namespace minbtf::cli {

OptionSpec include_object_option() {
  return {"include-object", "GLOB",
          "only objects whose path in the directory that is given fits, such as\n'*_x86_bpfel.o'; may be repeated",
          true};
}

OptionSpec exclude_object_option() {
  return {"exclude-object", "GLOB", "no objects whose path in the directory fits; may be repeated", true};
}

archive::ObjectSelection object_selection_of(const ParsedLine& line) {
  return {.include = line.all("include-object"), .exclude = line.all("exclude-object")};
}

archive::ObjectList find_selected_objects(const std::vector<std::string>& arguments,
                                          const archive::ObjectSelection& selection, Reply& reply) {
  archive::ObjectList list = archive::find_objects(arguments, selection);
  for (const std::string& glob : list.unmatched) {
    reply.warn(fmt::format("--include-object={}: fits no object in a directory", glob));
  }
  return list;
}

}  // namespace minbtf::cli
