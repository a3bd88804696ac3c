#include "cli/btfgen.hpp"

#include <filesystem>
#include <system_error>

#include "cli/btfgen_options.hpp"
#include "cli/gen.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

void btfgen(const std::vector<std::string>& arguments, Reply& reply) {
  const GenOptions options = parse_btfgen_options(arguments);
  if (options.help) {
    reply.text = btfgen_help();
    return;
  }
  std::error_code error;
  if (!std::filesystem::is_directory(options.input, error)) {
    throw Error(ErrorKind::io, options.input, "",
                "no such directory; is this a checkout of BTFHub with its archive? (-C)");
  }
  run_gen(options, reply);
}

}  // namespace minbtf::cli
