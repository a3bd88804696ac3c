#include "cli/object_options.hpp"

#include <fmt/format.h>

namespace minbtf::cli {

OptionSpec include_object_option() {
  return {"include-object", "GLOB",
          "of a directory of objects, select only those whose path in it matches\n"
          "GLOB, such as '*_x86_bpfel.o'; repeatable",
          true};
}

OptionSpec exclude_object_option() {
  return {"exclude-object", "GLOB",
          "of a directory of objects, leave out those whose path in it matches\n"
          "GLOB; repeatable",
          true};
}

archive::ObjectSelection object_selection_of(const ParsedLine& line) {
  return {.include = line.all("include-object"), .exclude = line.all("exclude-object")};
}

archive::ObjectList find_selected_objects(const std::vector<std::string>& arguments,
                                          const archive::ObjectSelection& selection, Reply& reply) {
  archive::ObjectList list = archive::find_objects(arguments, selection);
  for (const std::string& glob : list.unmatched) {
    reply.warn(fmt::format("--include-object={}: matches no object in a directory", glob));
  }
  return list;
}

}  // namespace minbtf::cli
