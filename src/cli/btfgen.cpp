#include "cli/btfgen.hpp"

#include <filesystem>
#include <system_error>

#include "cli/btfgen_options.hpp"
#include "cli/gen.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

void btfgen(const ParsedLine& line, Reply& reply) {
  const GenOptions options = btfgen_options(line);
  std::error_code error;
  if (!std::filesystem::is_directory(options.input, error)) {
    throw Error(ErrorKind::io, options.input, "",
                "no such directory; is this a checkout of BTFHub with its archive? (-C)");
  }
  run_gen(options, reply);
}

}  // namespace minbtf::cli
