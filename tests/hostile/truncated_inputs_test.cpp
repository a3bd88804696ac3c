// SPDX-License-Identifier: BSD-2-Clause
// Inputs of every kind, truncated at every length. Each gives an error or a correct result.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "archive/input/kernel_task.hpp"
#include "archive/input/source_reader.hpp"
#include "io/byte_stream.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/libbpf/same_decisions.hpp"
#include "support/os/guarded.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Check = std::function<std::string(const Bytes&)>;

constexpr std::size_t unpacker_bytes = std::size_t{40} << 20U;  ///< twice the memory of libarchive and of the decoders

Bytes first(const Bytes& bytes, std::size_t length) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)};
}

/// Truncates `bytes` at every length and checks the beginning. Returns what is wrong with the first wrong one, or an
/// empty string. `always` is added to the length for the limit of memory; see wrong_with().
std::string wrong_with_beginnings(const std::string& name, const Bytes& bytes, std::size_t always, const Check& check) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string what = name + ", " + std::to_string(length) + " of " + std::to_string(bytes.size()) + " bytes";
    std::string wrong = wrong_with(what, length + always, [&] { return check(first(bytes, length)); });
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::vector<std::pair<std::string, Bytes>> compiled_objects() {
  std::vector<std::pair<std::string, Bytes>> all;
  for (const char* order : {"el", "eb"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(TEST_BPF_DIR) + "/" + order)) {
      if (entry.path().extension() == ".o")
        all.emplace_back(entry.path().string(), bytes_of(contents_of(entry.path())));
    }
  }
  return all;
}

/// Parses the object, makes a plan of it and reduces the kernel. Returns what is wrong with the result, or an empty
/// string.
std::string plan_and_reduce(const Bytes& object, const Bytes& kernel) {
  const Plan plan({BpfObject::parse(object, "object")});
  return wrong_with_reduction(plan, Btf::parse(kernel, "kernel"));
}

Bytes small_object(ByteOrder order, const ForgedObjectOptions& options = {}) {
  const EveryKind all(order);
  ForgedObjectOptions with_order = options;
  with_order.order = order;
  return forge_object(all.forge, ask_in_every_way(all.forge, {{all.struct_, "0:2:1"}}), with_order);
}

/// Fails with an internal error if a kernel is not complete.
class Whole final : public archive::TaskWithResult<bool> {
 public:
  explicit Whole(Bytes expected) : expected_(std::move(expected)) {}

 private:
  [[nodiscard]] bool process(const archive::KernelPlace& place, const KernelBtf& kernel) const override {
    if (!std::ranges::equal(kernel.bytes, expected_)) throw Error(ErrorKind::internal, place.name, "", "half a kernel");
    return true;
  }
  [[nodiscard]] bool are_equal(const bool& one, const bool& other) const override { return one == other; }

  Bytes expected_;
};

std::string wrong_with_source(const Bytes& bytes, const Bytes& kernel) {
  const Whole task(kernel);
  const archive::PathSelection everything;
  const archive::UnpackLimits limits = {.kernel_bytes = 1 << 20};
  const archive::SourceReader reader("k.btf", "source", task, everything, limits);
  io::MemoryStream input(bytes);
  const archive::SourceOutcome outcome = reader.read_packed(input);
  for (const archive::Problem& problem : outcome.problems) {
    if (problem.kind == ErrorKind::internal || problem.reason.empty()) return "internal: " + problem.reason;
  }
  // A tar that is truncated between two entries is valid.
  const bool nothing = outcome.kernels.empty() && outcome.problems.empty() && outcome.ignored == 0;
  return nothing && bytes.size() % 512 != 0 ? "neither a kernel nor a problem" : "";
}

}  // namespace

TEST_CASE("truncated_inputs: every beginning of a compiled object is refused or used within the limits") {
  const Bytes kernel = kernel_btf();
  const auto objects = compiled_objects();
  REQUIRE(objects.size() > 10);
  for (const auto& [name, bytes] : objects) {
    CHECK(wrong_with_beginnings(name, bytes, 0, [&](const Bytes& part) { return plan_and_reduce(part, kernel); }) ==
          "");
  }
}

TEST_CASE(
    "truncated_inputs: every beginning of a forged object, its .BTF or .BTF.ext is refused or used within the limits") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes kernel = sample_kernel(order);
  const Bytes object = small_object(order);
  const auto check = [&](const Bytes& part) { return plan_and_reduce(part, kernel); };
  CHECK(wrong_with_beginnings("object", object, 0, check) == "");
  std::size_t btf_bytes = 0;
  std::size_t ext_bytes = 0;
  small_object(order, {.edit_btf = [&](Bytes& btf) { btf_bytes = btf.size(); },
                       .edit_btf_ext = [&](Bytes& ext) { ext_bytes = ext.size(); }});
  REQUIRE(btf_bytes > 100);
  REQUIRE(ext_bytes > 100);
  for (std::size_t length = 0; length < btf_bytes; ++length) {
    const Bytes part = small_object(order, {.edit_btf = [&](Bytes& btf) { btf.resize(length); }});
    const std::string what = ".BTF of " + std::to_string(length) + " bytes";
    CHECK(wrong_with(what, part.size(), [&] { return check(part); }) == "");
  }
  for (std::size_t length = 0; length < ext_bytes; ++length) {
    const Bytes part = small_object(order, {.edit_btf_ext = [&](Bytes& ext) { ext.resize(length); }});
    const std::string what = ".BTF.ext of " + std::to_string(length) + " bytes";
    CHECK(wrong_with(what, part.size(), [&] { return check(part); }) == "");
  }
}

TEST_CASE("truncated_inputs: every beginning of a kernel is refused") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Plan plan({BpfObject::parse(small_object(order), "object")});
  for (const Bytes& kernel : {sample_kernel(order), other_sample_kernel(order)}) {
    CHECK(wrong_with_beginnings("kernel", kernel, 0, [&](const Bytes& part) {
            (void)plan.minimize(Btf::parse(part, "kernel"));
            return "accepted";
          }) == "");
  }
}

TEST_CASE("truncated_inputs: every beginning of a compressed kernel or tar is refused or read within the limits") {
  const Bytes kernel = other_sample_kernel();
  const Bytes tar = TarForge().directory("a").file("a/k.btf", kernel).symlink("a/l.btf", "k.btf").bytes();
  const auto check = [&](const Bytes& part) { return wrong_with_source(part, kernel); };
  CHECK(wrong_with_beginnings("tar", tar, unpacker_bytes / 64, check) == "");
  TarForge nested;
  for (const Compression compression : all_compressions) {
    const std::string name = name_of(compression);
    CHECK(wrong_with_beginnings(name, compressed(kernel, compression), unpacker_bytes / 64, check) == "");
    CHECK(wrong_with_beginnings("tar." + name, compressed(tar, compression), unpacker_bytes / 64, check) == "");
    nested.file(name + ".btf." + name, compressed(kernel, compression));
  }
  CHECK(wrong_with_beginnings("compressed kernels in a tar", nested.bytes(), unpacker_bytes / 64, check) == "");
}

TEST_CASE("truncated_inputs: the tool prints one line that names the truncated file, and writes no output") {
  const Workplace place;
  const Bytes object = bytes_of(contents_of(place.basic));
  const auto check = [&](const std::string& damaged, const std::vector<std::string>& arguments) {
    const CommandResult result = run_min_btf(arguments);
    INFO(damaged << ": " << result.err);
    CHECK(result.status == 1);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("min-btf: error: " + damaged + ":"));
    CHECK(count_of(result.err, "\n") == 1);
    CHECK_FALSE(std::filesystem::exists(place.output));
  };
  const std::vector<std::pair<std::string, Bytes>> kernels = {
      {"k.btf", kernel_btf()},
      {"k.btf.xz", compressed(kernel_btf(), Compression::xz)},
      {"k.btf.gz", compressed(kernel_btf(), Compression::gzip)},
      {"k.tar", TarForge().file("k.btf", kernel_btf()).bytes()}};
  for (const auto& [name, bytes] : kernels) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{3}, bytes.size() / 3, bytes.size() / 2 + 1}) {
      const std::string path = place.directory.write(name, first(bytes, length));
      check(path, {"gen", path, place.output, place.basic});
    }
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{19}, object.size() / 2, object.size() - 1}) {
    const std::string path = place.directory.write("object.bpf.o", first(object, length));
    check(path, {"gen", place.kernel, place.output, path});
  }
}

}  // namespace minbtf::test
