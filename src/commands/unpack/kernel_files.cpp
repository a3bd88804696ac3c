// SPDX-License-Identifier: BSD-2-Clause
#include "commands/unpack/kernel_files.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "archive/package/tar_writer.hpp"
#include "archive/tree_path.hpp"
#include "btf/view.hpp"
#include "io/parallel.hpp"
#include "io/read/buffer.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

UnpackedKernel UnpackTask::process(const archive::KernelPlace& place, const KernelBtf& kernel) const {
  const auto view = btf::View::parse_in_place(kernel.bytes, place.name, {});
  const std::uint32_t types = view.id_end() - 1;
  return {.number = place.packed_kernel.value(),
          .bytes = kernel.bytes.size(),
          .types = types,
          .is_complete = types == kernel.source_types.value_or(types),
          .hash = io::hash_of(kernel.bytes)};
}

std::string suffix_of(archive::Compression compression) {
  switch (compression) {
    case archive::Compression::none:
      return "";
    case archive::Compression::gzip:
      return ".gz";
    case archive::Compression::xz:
      return ".tar.xz";
    case archive::Compression::zstd:
      return ".zst";
  }
  return "";
}

archive::Content KernelFiles::file(std::size_t index) {
  if (!made_.contains(index)) make_from(index);
  archive::Content content = std::move(made_.at(index));
  made_.erase(index);
  return content;
}

archive::Content KernelFiles::made(const archive::NamedKernel& kernel) const {
  const auto& unpacked = archive::value_of<UnpackedKernel>(*kernel.result);
  io::Buffer memory;
  const std::span<const std::uint8_t> btf =
      pack_.kernel_btf(unpacked.number, {.follows_pointers = true, .everything = true, .name = kernel.path},
                       options_.most_bytes, memory);
  if (io::hash_of(btf) != unpacked.hash) {
    throw Error(ErrorKind::internal, kernel.path, "", "making the kernel again gives other bytes");
  }
  std::vector<std::uint8_t> bytes;
  if (options_.compression == archive::Compression::xz) {
    const std::string member(archive::file_name_of(kernel.path));
    bytes = archive::compressed(archive::ustar_of({{member, btf}}, options_.time), options_.compression);
  } else {
    bytes = archive::compressed(btf, options_.compression);
  }
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

/// Makes the file and as many that follow as there are threads.
void KernelFiles::make_from(std::size_t first) {
  made_.clear();
  const std::size_t end = std::min(kernels_.size(), first + options_.jobs);
  std::vector<archive::Content> files(end - first);
  std::size_t next = first;
  io::run_tasks(options_.jobs, [&]() -> std::optional<io::Task> {
    if (next == end) return std::nullopt;
    return [this, &files, first, index = next++] { files[index - first] = made(kernels_[index]); };
  });
  for (std::size_t index = first; index < end; ++index) {
    made_.emplace(index, std::move(files[index - first]));
    bytes_ += archive::value_of<UnpackedKernel>(*kernels_[index].result).bytes;
    ++count_;
    if (options_.progress) options_.progress(bytes_, count_, kernels_[index].path);
  }
}

}  // namespace minbtf::cli
