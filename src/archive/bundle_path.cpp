// SPDX-License-Identifier: BSD-2-Clause
#include "archive/bundle_path.hpp"

namespace minbtf::archive {

std::string bundle_path(std::string_view id, std::string_view version_id, std::string_view architecture,
                        std::string_view release) {
  std::string path;
  if (!id.empty() || !version_id.empty()) {
    path.append(id.empty() ? empty_part : id).append("/");
    path.append(version_id.empty() ? empty_part : version_id).append("/");
  }
  return path.append(architecture).append("/").append(release).append(".btf");
}

}  // namespace minbtf::archive
