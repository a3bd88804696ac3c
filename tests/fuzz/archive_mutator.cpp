// SPDX-License-Identifier: BSD-2-Clause
// A libFuzzer mutator for tars and compressed data. Their checksums would make most random changes fail early. The
// mutator therefore corrects the checksums in a tar's headers, and changes gzip data in decompressed form.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "io/read/file_type.hpp"
#include "support/forge/archive_forge.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed);

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t block_bytes = 512;
constexpr std::size_t size_offset = 124;
constexpr std::size_t checksum_offset = 148;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t most_unpacked = 64 << 10;

void write_octal(std::uint8_t* field, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 8) field[i] = static_cast<std::uint8_t>('0' + value % 8);
}

std::size_t octal(const std::uint8_t* field, std::size_t bytes) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes && field[i] >= '0' && field[i] <= '7'; ++i) value = value * 8 + (field[i] - '0');
  return value;
}

/// Corrects the checksum of each header. A header gives the size of its contents, and thereby the place of the next
/// one.
void mend_tar(std::uint8_t* data, std::size_t size) {
  for (std::size_t at = 0; at + block_bytes <= size;) {
    std::uint8_t* header = data + at;
    at += block_bytes;
    if (std::all_of(header, header + block_bytes, [](std::uint8_t byte) { return byte == 0; })) continue;
    std::memset(header + checksum_offset, ' ', checksum_bytes);
    write_octal(header + checksum_offset, std::accumulate(header, header + block_bytes, 0U), 6);
    header[checksum_offset + 6] = 0;
    const std::size_t contents = std::min(octal(header + size_offset, 12), size);
    at += (contents + block_bytes - 1) / block_bytes * block_bytes;
  }
}

Bytes gunzip(const std::uint8_t* data, std::size_t size) {
  Bytes out(most_unpacked);
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(data);
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

std::size_t put(const Bytes& bytes, std::uint8_t* data, std::size_t size, std::size_t max_size) {
  if (bytes.size() > max_size) return size;
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, std::minstd_rand& random, int depth) {
  const io::Packing packing = io::packing_of({data, size});
  if (packing == io::Packing::gzip && depth < 3 && random() % 4 != 0) {
    Bytes inner = gunzip(data, size);
    const std::size_t length = inner.size();
    inner.resize(most_unpacked + 1);
    inner.resize(mutate(inner.data(), length, most_unpacked, random, depth + 1));
    return put(compressed(inner, Compression::gzip), data, size, max_size);
  }
  if (random() % 24 == 0) {
    const auto& all = all_compressions;
    return put(compressed({data, size}, all[random() % all.size()]), data, size, max_size);
  }
  const std::size_t changed = LLVMFuzzerMutate(data, size, max_size);
  if (packing == io::Packing::tar && random() % 8 != 0) mend_tar(data, changed);
  return changed;
}

}  // namespace

}  // namespace minbtf::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  std::minstd_rand random(seed);
  return minbtf::test::mutate(data, size, max_size, random, 0);
}
