#include "cli/gen_output.hpp"

#include "cli/file_output.hpp"
#include "cli/tree_output.hpp"

namespace minbtf::cli {

std::unique_ptr<GenOutput> make_gen_output(const archive::Input& input, const GenOptions& options, GenReport& report,
                                           Reply& reply) {
  if (input.is_one_kernel()) return std::make_unique<FileOutput>(options, report, reply);
  return std::make_unique<TreeOutput>(options, report, reply);
}

}  // namespace minbtf::cli
