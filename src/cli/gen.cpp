#include "cli/gen.hpp"

#include <filesystem>
#include <system_error>

#include "cli/gen_kernel.hpp"
#include "cli/gen_options.hpp"
#include "cli/gen_tree.hpp"

namespace minbtf::cli {

void gen(const std::vector<std::string>& arguments, Reply& reply) {
  const GenOptions options = parse_gen_options(arguments);
  if (options.help) {
    reply.text = gen_help();
    return;
  }
  reply.quiet = options.quiet;
  std::error_code error;  // left to the opening of the file, which says it better
  if (std::filesystem::is_directory(options.input, error)) {
    gen_tree(options, false, reply);
  } else if (!gen_kernel(options, reply)) {
    gen_tree(options, true, reply);
  }
}

}  // namespace minbtf::cli
