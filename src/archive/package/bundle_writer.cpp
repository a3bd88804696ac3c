// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/bundle_writer.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/short_text.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Contents = std::span<const std::uint8_t>;

constexpr std::string_view magic = "\x89MBNDL\r\n";
constexpr std::uint16_t major_version = 1;
constexpr std::uint16_t minor_version = 0;

// Sizes in bytes.
constexpr std::uint64_t header_size = 64;
constexpr std::uint64_t kernel_size = 32;
constexpr std::uint64_t blob_size = 16;
constexpr std::uint64_t alignment = 8;  ///< of contents

constexpr std::size_t index_crc_offset = 48;

std::uint64_t aligned(std::uint64_t offset) { return (offset + alignment - 1) / alignment * alignment; }

std::string_view text_of(Contents contents) {
  return {reinterpret_cast<const char*>(contents.data()), contents.size()};
}

auto key_of(const BundleKernel& kernel) {
  return std::tie(kernel.machine, kernel.release, kernel.id, kernel.version_id, kernel.build);
}

std::array<const std::string*, 4> texts_of(const BundleKernel& kernel) {
  return {&kernel.release, &kernel.id, &kernel.version_id, &kernel.build};
}

/// `reason` is about the kernel: "has ...".
[[noreturn]] void refuse(const BundleKernel& kernel, const std::string& reason) {
  std::string name = kernel.release;
  if (!kernel.id.empty()) name = kernel.id + "/" + kernel.version_id + "/" + name;
  throw Error(ErrorKind::unsupported, "bundle", "",
              "the kernel " + base::short_text(name) + " (machine " + base::hex(kernel.machine) + ") " + reason);
}

/// Sorts the kernels by key and removes repetitions.
void settle(std::vector<BundleKernel>& kernels) {
  for (const BundleKernel& kernel : kernels) {
    const std::string fault = bundle_text_fault(kernel);
    if (!fault.empty()) refuse(kernel, fault);
  }
  std::ranges::sort(kernels, [](const auto& one, const auto& other) { return key_of(one) < key_of(other); });
  const auto repeats = [](const BundleKernel& one, const BundleKernel& other) {
    if (key_of(one) != key_of(other)) return false;
    if (!std::ranges::equal(one.btf, other.btf)) refuse(one, "is given twice, with different contents");
    return true;
  };
  kernels.erase(std::unique(kernels.begin(), kernels.end(), repeats), kernels.end());
}

/// Places of the distinct texts of all kernels, sorted by bytes. The first is the empty text.
class Strings {
 public:
  explicit Strings(const std::vector<BundleKernel>& kernels) {
    places_.emplace(std::string_view(), 0);
    for (const BundleKernel& kernel : kernels) {
      for (const std::string* text : texts_of(kernel)) places_.emplace(*text, 0);
    }
    for (auto& [text, place] : places_) {
      place = size_;
      size_ += text.size() + 1;
    }
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Returns an offset in the strings. The result is cut to 32 bits if size() is over the limit.
  [[nodiscard]] std::uint32_t place(const std::string& text) const {
    return static_cast<std::uint32_t>(places_.at(text));
  }
  [[nodiscard]] const std::map<std::string_view, std::uint64_t>& all() const noexcept { return places_; }

 private:
  std::map<std::string_view, std::uint64_t> places_;
  std::uint64_t size_ = 0;
};

/// The distinct contents, in the order in which the kernels use them first.
struct Blobs {
  std::vector<Contents> contents;
  std::vector<std::uint32_t> of_kernel;  ///< index in `contents`, by index of the kernel

  explicit Blobs(const std::vector<BundleKernel>& kernels) {
    // By size first: most contents are then not compared.
    std::map<std::pair<std::size_t, std::string_view>, std::uint32_t> known;
    for (const BundleKernel& kernel : kernels) {
      const auto [found, is_new] =
          known.try_emplace({kernel.btf.size(), text_of(kernel.btf)}, static_cast<std::uint32_t>(contents.size()));
      if (is_new) contents.push_back(kernel.btf);
      of_kernel.push_back(found->second);
    }
  }
};

/// Appends little-endian numbers, texts and contents.
class Sink {
 public:
  explicit Sink(std::uint64_t size) { bytes_.reserve(size); }

  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint64_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void text(std::string_view characters) { bytes_.insert(bytes_.end(), characters.begin(), characters.end()); }
  void contents(Contents part) {
    bytes_.resize(aligned(bytes_.size()));
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  }
  void set_u32(std::size_t offset, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  Bytes bytes_;
};

std::uint32_t crc_of(Contents bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

void write_kernel(const BundleKernel& kernel, const Strings& strings, std::uint32_t blob, Sink& sink) {
  sink.u32(kernel.machine);
  for (const std::string* text : texts_of(kernel)) sink.u32(strings.place(*text));
  sink.u32(blob);
  sink.u32(0);  // flags
  sink.u32(0);
}

}  // namespace

std::string bundle_text_fault(const BundleKernel& kernel) {
  constexpr std::array<const char*, 4> names = {"a release", "an ID", "a VERSION_ID", "a build"};
  const std::array<const std::string*, 4> texts = texts_of(kernel);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i]->find('\0') != std::string::npos) return "has a zero byte in a text";
    if (texts[i]->size() <= longest_bundle_text) continue;
    return std::string("has ") + names[i] + " of " + std::to_string(texts[i]->size()) +
           " bytes, which no program finds: the limit is " + std::to_string(longest_bundle_text);
  }
  return {};
}

Bytes bundle_of(std::vector<BundleKernel> kernels) {
  settle(kernels);
  const Strings strings(kernels);
  const Blobs blobs(kernels);

  const std::uint64_t blobs_offset = header_size + kernels.size() * kernel_size;
  const std::uint64_t strings_offset = blobs_offset + blobs.contents.size() * blob_size;
  std::uint64_t size = strings_offset + strings.size();
  for (const Contents& contents : blobs.contents) size = aligned(size) + contents.size();
  if (size > largest_bundle) {
    throw Error(ErrorKind::unsupported, "bundle", "",
                "would have " + std::to_string(size) + " bytes, over the limit of " + std::to_string(largest_bundle));
  }

  Sink sink(size);
  sink.text(magic);
  sink.u16(major_version);
  sink.u16(minor_version);
  sink.u32(header_size);
  sink.u64(size);
  sink.u32(kernels.size());
  sink.u32(header_size);
  sink.u32(blobs.contents.size());
  sink.u32(blobs_offset);
  sink.u32(strings_offset);
  sink.u32(strings.size());
  sink.u32(0);  // index_crc: see below
  sink.u32(0);  // flags
  sink.u64(0);
  for (std::size_t i = 0; i < kernels.size(); ++i) write_kernel(kernels[i], strings, blobs.of_kernel[i], sink);
  std::uint64_t offset = strings_offset + strings.size();
  for (const Contents& contents : blobs.contents) {
    offset = aligned(offset);
    sink.u32(offset);
    sink.u32(contents.size());
    sink.u32(crc_of(contents));
    sink.u32(0);
    offset += contents.size();
  }
  for (const auto& [text, place] : strings.all()) {
    sink.text(text);
    sink.text(std::string_view("\0", 1));
  }
  sink.set_u32(index_crc_offset, crc_of(sink.bytes()));
  for (const Contents& contents : blobs.contents) sink.contents(contents);
  return sink.take();
}

}  // namespace minbtf::archive
