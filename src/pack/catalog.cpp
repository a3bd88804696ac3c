// SPDX-License-Identifier: BSD-2-Clause
#include "pack/catalog.hpp"

#include <algorithm>

#include "pack/format.hpp"
#include "pack/streams.hpp"

namespace minbtf::pack {

namespace {

enum KernelStream : std::size_t {
  stream_parts,   ///< number of parts, and their names
  stream_facts,   ///< bytes, types, byte order, form, groups, base
  stream_hashes,  ///< 16 bytes each, the lowest first
  kernel_streams,
};

enum SourceStream : std::size_t {
  stream_counts,  ///< numbers of files, members and links, and numbers of kernels
  stream_paths,
  stream_source_hashes,  ///< XXH3 and SHA-256
  source_streams,
};

void add_hash(StreamWriter& out, std::size_t stream, const io::Hash& hash) {
  for (const std::uint64_t half : {hash.low, hash.high}) {
    for (unsigned shift = 0; shift < 64; shift += 8) out.byte(stream, static_cast<std::uint8_t>(half >> shift));
  }
}

io::Hash read_hash(StreamReader& in, std::size_t stream) {
  io::Hash hash;
  for (std::uint64_t* half : {&hash.low, &hash.high}) {
    for (unsigned shift = 0; shift < 64; shift += 8) *half |= std::uint64_t{in.byte(stream)} << shift;
  }
  return hash;
}

bool read_flag(StreamReader& in, std::size_t stream) {
  const std::uint8_t value = in.byte(stream);
  if (value > 1) in.damaged("a flag that is neither 0 nor 1");
  return value == 1;
}

/// `kernels_before` is the number of kernels in earlier segments.
PackedKernel read_kernel(StreamReader& in, std::size_t kernels_before) {
  PackedKernel kernel;
  if (in.number(stream_parts) != 1) in.damaged("a kernel of several parts");
  if (!in.text(stream_parts).empty()) in.damaged("a part with a name");
  kernel.bytes = in.number(stream_facts);
  kernel.types = in.number32(stream_facts);
  const std::uint8_t order = in.byte(stream_facts);
  const std::uint8_t form = in.byte(stream_facts);
  const std::uint8_t groups = in.byte(stream_facts);
  if (order > 1 || form > 2 || groups > 1) in.damaged("a kernel with a value that is not allowed");
  kernel.order = static_cast<ByteOrder>(order);
  kernel.form = static_cast<PackedKernel::Form>(form);
  kernel.has_groups = groups == 1;
  const std::uint64_t base = in.number(stream_facts);
  if (base > kernels_before) in.damaged("a base kernel that is not in an earlier segment");
  if (base != 0) kernel.base = static_cast<std::uint32_t>(base - 1);
  kernel.hash = read_hash(in, stream_hashes);
  return kernel;
}

PackedSource read_source(StreamReader& in, std::uint32_t kernels) {
  PackedSource source;
  source.path = in.text(stream_paths);
  source.hash = read_hash(in, stream_source_hashes);
  const auto digest = in.bytes(stream_source_hashes, source.sha256.bytes.size());
  std::ranges::copy(digest, source.sha256.bytes.begin());
  source.is_elf = read_flag(in, stream_counts);
  source.ignored = in.number(stream_counts);
  source.modules = in.number(stream_counts);
  // Each member and each link has at least one byte in the stream of paths.
  const std::uint64_t members = in.number(stream_counts);
  if (members > in.left(stream_paths)) in.damaged("a source with too many members");
  for (std::uint64_t i = 0; i < members; ++i) {
    PackedMember& member = source.members.emplace_back();
    member.path = in.text(stream_paths);
    member.inner_tar = in.text(stream_paths);
    member.kernel = in.number32(stream_counts);
    if (member.kernel >= kernels) in.damaged("the number of a kernel that does not exist");
  }
  const std::uint64_t others = in.number(stream_counts);
  if (others > in.left(stream_paths)) in.damaged("a source with too many other members");
  for (std::uint64_t i = 0; i < others; ++i) {
    PackedOther& other = source.others.emplace_back();
    other.path = in.text(stream_paths);
    other.inner_tar = in.text(stream_paths);
    other.is_module = read_flag(in, stream_counts);
  }
  const std::uint64_t links = in.number(stream_counts);
  if (links > in.left(stream_paths)) in.damaged("a source with too many links");
  for (std::uint64_t i = 0; i < links; ++i) {
    PackedLink& link = source.links.emplace_back();
    link.path = in.text(stream_paths);
    link.target = in.text(stream_paths);
  }
  return source;
}

}  // namespace

std::uint64_t Catalog::ignored() const noexcept {
  std::uint64_t count = 0;
  for (const OtherFile& other : others) count += other.ignored;
  return count;
}

std::uint64_t Catalog::modules() const noexcept {
  std::uint64_t count = 0;
  for (const OtherFile& other : others) count += other.modules;
  return count;
}

std::vector<std::uint8_t> encode_kernels(std::span<const PackedKernel> kernels) {
  StreamWriter out(kernel_streams);
  for (const PackedKernel& kernel : kernels) {
    out.number(stream_parts, 1);
    out.text(stream_parts, "");
    out.number(stream_facts, kernel.bytes);
    out.number(stream_facts, kernel.types);
    out.byte(stream_facts, static_cast<std::uint8_t>(kernel.order));
    out.byte(stream_facts, static_cast<std::uint8_t>(kernel.form));
    out.byte(stream_facts, kernel.has_groups ? 1 : 0);
    out.number(stream_facts, kernel.base == no_kernel ? 0 : std::uint64_t{kernel.base} + 1);
    add_hash(out, stream_hashes, kernel.hash);
  }
  return out.section();
}

std::vector<std::uint8_t> encode_sources(const Catalog& catalog) {
  StreamWriter out(source_streams);
  out.number(stream_counts, catalog.others.size());
  for (const OtherFile& other : catalog.others) {
    out.text(stream_paths, other.path);
    out.number(stream_counts, other.ignored);
    out.number(stream_counts, other.modules);
  }
  for (const PackedSource& source : catalog.sources) {
    out.text(stream_paths, source.path);
    add_hash(out, stream_source_hashes, source.hash);
    out.bytes(stream_source_hashes, source.sha256.bytes);
    out.byte(stream_counts, source.is_elf ? 1 : 0);
    out.number(stream_counts, source.ignored);
    out.number(stream_counts, source.modules);
    out.number(stream_counts, source.members.size());
    for (const PackedMember& member : source.members) {
      out.text(stream_paths, member.path);
      out.text(stream_paths, member.inner_tar);
      out.number(stream_counts, member.kernel);
    }
    out.number(stream_counts, source.others.size());
    for (const PackedOther& other : source.others) {
      out.text(stream_paths, other.path);
      out.text(stream_paths, other.inner_tar);
      out.byte(stream_counts, other.is_module ? 1 : 0);
    }
    out.number(stream_counts, source.links.size());
    for (const PackedLink& link : source.links) {
      out.text(stream_paths, link.path);
      out.text(stream_paths, link.target);
    }
  }
  return out.section();
}

void decode_kernels(std::span<const std::uint8_t> section, std::uint32_t count, std::vector<PackedKernel>& kernels,
                    const std::string& file) {
  StreamReader in(section, kernel_streams, file, "kernels");
  const std::size_t before = kernels.size();
  std::vector<std::uint32_t> chains(before, 1);  // by kernel: number of kernels in its chain
  for (std::uint32_t i = 0; i < before; ++i) {
    if (kernels[i].base != no_kernel) chains[i] = chains[kernels[i].base] + 1;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const PackedKernel& kernel = kernels.emplace_back(read_kernel(in, before));
    if (kernel.base != no_kernel && chains[kernel.base] == max_chain) in.damaged("a chain of too many kernels");
  }
  in.finish();
}

void decode_sources(std::span<const std::uint8_t> section, std::uint32_t count, Catalog& catalog,
                    const std::string& file) {
  StreamReader in(section, source_streams, file, "sources");
  const std::uint64_t others = in.number(stream_counts);
  if (others > in.left(stream_paths)) in.damaged("too many other files");
  for (std::uint64_t i = 0; i < others; ++i) {
    OtherFile other;
    other.path = in.text(stream_paths);
    other.ignored = in.number(stream_counts);
    other.modules = in.number(stream_counts);
    if (i != 0 && other.path <= catalog.others.back().path) in.damaged("other files that are not sorted by path");
    catalog.others.push_back(std::move(other));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    PackedSource source = read_source(in, static_cast<std::uint32_t>(catalog.kernels.size()));
    if (i != 0 && source.path <= catalog.sources.back().path) in.damaged("sources that are not sorted by path");
    catalog.sources.push_back(std::move(source));
  }
  in.finish();
}

}  // namespace minbtf::pack
