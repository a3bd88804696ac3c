// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/package_name.hpp"

#include <array>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

enum class Container : std::uint8_t { none, tar, bundle };

struct Suffix {
  std::string_view text;
  Container container;
  Compression compression;
};

/// A suffix comes before the shorter suffixes that it ends in.
constexpr std::array suffixes = {
    Suffix{".tar.gz", Container::tar, Compression::gzip},
    Suffix{".tar.xz", Container::tar, Compression::xz},
    Suffix{".tar.zst", Container::tar, Compression::zstd},
    Suffix{".tar", Container::tar, Compression::none},
    Suffix{".tgz", Container::tar, Compression::gzip},
    Suffix{".txz", Container::tar, Compression::xz},
    Suffix{".tzst", Container::tar, Compression::zstd},
    Suffix{".bundle.gz", Container::bundle, Compression::gzip},
    Suffix{".bundle.xz", Container::bundle, Compression::xz},
    Suffix{".bundle.zst", Container::bundle, Compression::zstd},
    Suffix{".bundle", Container::bundle, Compression::none},
    Suffix{".gz", Container::none, Compression::gzip},
    Suffix{".xz", Container::none, Compression::xz},
    Suffix{".zst", Container::none, Compression::zstd},
};

}  // namespace

std::optional<PackageName> package_name_of(std::string_view file_name) {
  for (const Suffix& suffix : suffixes) {
    if (!file_name.ends_with(suffix.text) || file_name_of(file_name).size() == suffix.text.size()) continue;
    file_name.remove_suffix(suffix.text.size());
    return PackageName{.is_tar = suffix.container == Container::tar,
                       .compression = suffix.compression,
                       .stem = std::string(file_name),
                       .is_bundle = suffix.container == Container::bundle};
  }
  return std::nullopt;
}

std::vector<std::string> archive_forms() {
  std::vector<std::string> forms;
  for (const Suffix& suffix : suffixes) {
    const bool is_long = suffix.text.starts_with(".tar") || suffix.text.starts_with(".bundle");
    if (is_long) forms.emplace_back(suffix.text.substr(1));
  }
  return forms;
}

}  // namespace minbtf::archive
